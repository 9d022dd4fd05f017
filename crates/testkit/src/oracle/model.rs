//! The oracle: how well it reads, and whom it plays for a request.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use serde_json::Value;

use super::lexicon::Lexicon;
use super::{child, obedient, root, slips};
use crate::server::{Recorded, Script, Turn};

/// Characters over which accuracy falls by the whole factor of the rot.
const ROT_CHARS: f64 = 400_000.0;
/// What only the prompt of a root speaks of.
const ROOT_MARK: &str = "llm_query_batched(";

/// How well the oracle reads. A child sees a line of a text of `n` characters with the chance
/// `accuracy · rot^(n / 400,000)`, decided by the line and the seed: what it sees in a long text it sees in a short one.
#[derive(Clone, Debug)]
pub struct Oracle {
    accuracy: f64,
    rot: f64,
    seed: u64,
    latency: Duration,
    pub(super) lexicon: Lexicon,
}

impl Default for Oracle {
    /// Nearly perfect over a page, half as good over a book.
    fn default() -> Self {
        Self {
            accuracy: 0.99,
            rot: 0.5,
            seed: 0,
            latency: Duration::ZERO,
            lexicon: Lexicon::shared_with_the_evals(),
        }
    }
}

impl Oracle {
    /// The models by whose name a root with a weakness is asked for; any other name is a good one.
    pub const SLIPS: &'static [&'static str] = slips::NAMES;

    /// Reads with this accuracy, and with this factor of it over 400,000 characters.
    #[must_use]
    pub fn reading(mut self, accuracy: f64, rot: f64) -> Self {
        (self.accuracy, self.rot) = (accuracy, rot);
        self
    }

    /// Overlooks other lines than an oracle with another seed.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Waits this long before the first byte of each answer.
    #[must_use]
    pub fn after(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The script of a server that answers as this oracle; it keeps no bodies, which would be whole contexts.
    pub fn script(self) -> Script {
        Script::responder(move |_, request| self.turn(request)).without_bodies()
    }

    /// The answer to one request.
    pub fn turn(&self, request: &Recorded) -> Turn {
        self.answer(request).first_byte_after(self.latency)
    }

    fn answer(&self, request: &Recorded) -> Turn {
        let told = texts(request, "user");
        let said = request.messages().iter().filter(|message| message["role"] == "assistant").count();
        let known = [texts(request, "system"), texts(request, "tool")].concat();
        if let Some(turn) = obedient::turn(&told, &known, said) {
            return turn;
        }
        if texts(request, "system").iter().any(|text| text.contains(ROOT_MARK)) {
            let model = request.body["model"].as_str().unwrap_or_default();
            return Turn::text(root::message(model, &told.join("\n"), said));
        }
        Turn::text(child::answer(self, &told.join("\n")))
    }

    /// Whether a child that reads `chars` characters sees this line.
    pub(super) fn sees(&self, line: &str, chars: usize) -> bool {
        let mut hasher = DefaultHasher::new();
        (self.seed, line).hash(&mut hasher);
        let chance = (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64;
        chance < self.accuracy * self.rot.powf(chars as f64 / ROT_CHARS)
    }
}

/// What messages with this role say.
fn texts(request: &Recorded, role: &str) -> Vec<String> {
    let messages = request.messages().iter().filter(|message| message["role"] == role);
    messages.map(|message| text_of(&message["content"])).collect()
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_text_is_read_less_well_and_never_sees_more() {
        let oracle = Oracle::default();
        let lines: Vec<String> = (0..4_000).map(|n| format!("line {n}")).collect();
        let seen = |chars: usize| lines.iter().filter(|line| oracle.sees(line, chars)).count();
        let (short, long) = (seen(4_000), seen(400_000));
        assert!((3_880..=3_990).contains(&short), "{short}");
        assert!((1_850..=2_110).contains(&long), "{long}");
        assert!(lines.iter().all(|line| oracle.sees(line, 4_000) || !oracle.sees(line, 400_000)));
    }
}
