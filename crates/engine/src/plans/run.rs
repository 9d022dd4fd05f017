//! A plan that runs: glances, leaves, merges; what failed is named and what came is kept.

use headwater_protocol::PromptPiece;
use headwater_protocol::card::Tier;
use headwater_protocol::repl::QueryResult;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::concat::{concat, is_none};
use super::layout::Layout;
use super::map::{Desk, Leaf, map};
use super::reduce::reduce;
use super::task::Task;
use super::wishes::{Cross, Reduce};
use super::{cross, estimate, reducers};

/// Errors that a result quotes.
const SHOWN_ERRORS: usize = 3;
/// The longest "yes", in tokens.
const YES: u64 = 8;

/// Runs a plan, unless it may make more calls than are left.
pub(super) async fn run(desk: &Desk<'_>, mut layout: Layout) -> Result<Value, String> {
    let (_, most) = layout.estimate.calls;
    let left = desk.pool.budget().calls_left;
    if most > left {
        return Err(format!(
            "this plan makes up to {most} calls and {left} are left: raise tau, filter, or ask for a larger budget; \
             nothing was asked"
        ));
    }
    let began = Instant::now();
    let mut bill = Bill { estimate: estimate::value(&layout), ..Bill::default() };
    let abouts = chosen(desk, &mut layout, &mut bill).await?;
    let leaves = map(desk, &layout.leaf, abouts).await?;
    bill.add(&leaves);
    let said: Vec<String> =
        leaves.into_iter().filter(|leaf| leaf.error.is_none()).map(|leaf| leaf.text).collect();
    let answer = one(desk, &layout, said, &mut bill).await?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(bill.result(&layout, &answer, seconds))
}

/// What the calls of the first level are about: all of it, or what a model thinks is worth it.
async fn chosen(
    desk: &Desk<'_>,
    layout: &mut Layout,
    bill: &mut Bill,
) -> Result<Vec<Vec<PromptPiece>>, String> {
    let abouts = std::mem::take(&mut layout.abouts);
    bill.chunks = abouts.len();
    if layout.glances.is_empty() {
        return Ok(abouts);
    }
    let words = Leaf::named("relevant", &layout.question);
    let leaf = Leaf { words, max_tokens: YES, tier: Tier::Cheap };
    let verdicts = map(desk, &leaf, std::mem::take(&mut layout.glances)).await?;
    bill.add(&verdicts);
    let mut chosen = Vec::new();
    for (place, (about, verdict)) in abouts.into_iter().zip(verdicts).enumerate() {
        // Only a clear "no" drops a chunk.
        if verdict.error.is_none() && verdict.text.trim_start().to_lowercase().starts_with("no") {
            layout.dropped.push(place + 1);
            bill.dropped += 1;
        } else {
            chosen.push(about);
        }
    }
    Ok(chosen)
}

/// Many answers into one.
async fn one(desk: &Desk<'_>, layout: &Layout, said: Vec<String>, bill: &mut Bill) -> Result<Value, String> {
    let answers = said.iter().map(String::as_str);
    if layout.task == Task::Pairs && layout.cross == Cross::Key {
        return Ok(cross::join(answers));
    }
    Ok(match layout.reduce {
        Reduce::Sum => reducers::sum(answers),
        Reduce::Union => reducers::union(answers),
        Reduce::Counter => reducers::counter(answers),
        Reduce::Vote => reducers::vote(answers),
        Reduce::Concat => Value::String(concat(answers)),
        Reduce::Model => {
            let said = said.into_iter().filter(|answer| !is_none(answer)).collect();
            let merged = reduce(desk, &layout.merge, layout.k, said).await?;
            bill.add(&merged.results);
            merged.answer.map_or(Value::Null, Value::String)
        }
    })
}

/// What a run took.
#[derive(Default)]
struct Bill {
    /// What was expected.
    estimate: Value,
    chunks: usize,
    dropped: usize,
    calls: usize,
    cached: usize,
    errors: Vec<String>,
    tokens: u64,
    cost: f64,
}

impl Bill {
    fn add(&mut self, results: &[QueryResult]) {
        for result in results {
            self.calls += usize::from(!result.is_cached);
            self.cached += usize::from(result.is_cached);
            self.errors.extend(result.error.clone());
            self.tokens += result.usage.input.0 + result.usage.output.0;
            self.cost += result.cost.unwrap_or_default().0;
        }
    }

    fn result(self, layout: &Layout, answer: &Value, seconds: f64) -> Value {
        let text = match answer {
            Value::String(text) => text.clone(),
            Value::Null => "none".to_owned(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => answer.to_string(),
        };
        let (read, all) = layout.coverage;
        let asked = self.chunks.saturating_sub(self.dropped) as f64 / self.chunks.max(1) as f64;
        let failed = self.errors.len();
        let errors: Vec<String> = self.errors.into_iter().take(SHOWN_ERRORS).collect();
        json!({
            "answer": answer,
            "text": text,
            "calls": self.calls,
            "cached": self.cached,
            "failed": failed,
            "errors": errors,
            "coverage": read as f64 / all.max(1) as f64 * asked,
            "dropped": layout.dropped,
            "tokens": self.tokens,
            "cost_usd": self.cost,
            "seconds": seconds,
            "estimate": self.estimate,
        })
    }
}
