//! The report of what a request cost. One that makes no sense is passed over: the answer it comes with is worth more.

use headwater_protocol::{Tokens, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

/// More tokens than any request of any model holds, by a factor of a hundred.
const ABSURD: u64 = 1_000_000_000;

/// The numbers are kept as they are written: one that does not fit a number must not spoil the rest.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Report<'a> {
    #[serde(borrow)]
    prompt_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    completion_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_tokens_details: Option<PromptDetails<'a>>,
    #[serde(borrow)]
    completion_tokens_details: Option<CompletionDetails<'a>>,
    /// DeepSeek's name for the cached part.
    #[serde(borrow)]
    prompt_cache_hit_tokens: Option<&'a RawValue>,
    /// Moonshot's.
    #[serde(borrow)]
    cached_tokens: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PromptDetails<'a> {
    #[serde(borrow)]
    cached_tokens: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CompletionDetails<'a> {
    #[serde(borrow)]
    reasoning_tokens: Option<&'a RawValue>,
}

/// What a report says; `None` when it says nothing, or something that cannot be.
pub(super) fn reported(report: &RawValue) -> Option<Usage> {
    // A list would be taken for the fields in their order.
    let object = Some(report.get()).filter(|report| report.starts_with('{'))?;
    let report: Report<'_> = serde_json::from_str(object).ok()?;
    let detailed = report.prompt_tokens_details.and_then(|details| details.cached_tokens);
    let cached = detailed.or(report.prompt_cache_hit_tokens).or(report.cached_tokens);
    let reasoning = report.completion_tokens_details.and_then(|details| details.reasoning_tokens);
    let usage = Usage {
        input: tokens(report.prompt_tokens)?,
        cached: tokens(cached)?,
        cache_written: Tokens(0),
        output: tokens(report.completion_tokens)?,
        reasoning: tokens(reasoning)?,
        cleared: Tokens(0),
    };
    (usage != Usage::default()).then_some(usage)
}

/// A count; a missing one is zero, and one that is negative, broken or absurd is none.
fn tokens(written: Option<&RawValue>) -> Option<Tokens> {
    let Some(written) = written.map(RawValue::get) else { return Some(Tokens(0)) };
    // Languages with one kind of number write whole ones like this.
    let whole = written.strip_suffix(".0").unwrap_or(written);
    whole.parse().ok().filter(|count| *count < ABSURD).map(Tokens)
}
