//! The JSON of a streamed chunk, and of a whole answer, which differs only in `message` for `delta`.

use headwater_protocol::{Tokens, Usage};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::said::Said;

#[derive(Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) usage: Option<UsageData>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(borrow)]
    pub(super) delta: Option<Piece<'a>>,
    /// In place of `delta` in an answer that is no stream.
    #[serde(borrow)]
    pub(super) message: Option<Piece<'a>>,
    pub(super) finish_reason: Option<String>,
    /// Where one vendor puts what others put beside the choices.
    pub(super) usage: Option<UsageData>,
    pub(super) error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Piece<'a> {
    pub(super) content: Said,
    pub(super) reasoning_content: Said,
    pub(super) reasoning: Said,
    pub(super) refusal: Option<String>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<Vec<CallPiece<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct CallPiece<'a> {
    pub(super) index: Option<i64>,
    pub(super) id: Option<String>,
    #[serde(borrow)]
    pub(super) function: Option<FunctionPiece<'a>>,
}

#[derive(Deserialize)]
pub(super) struct FunctionPiece<'a> {
    pub(super) name: Option<String>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

impl FunctionPiece<'_> {
    /// The next piece of JSON text: a string holds it, anything else is it.
    pub(super) fn arguments(&self) -> String {
        let raw = self.arguments.map_or("", RawValue::get);
        serde_json::from_str(raw)
            .unwrap_or_else(|_| if raw == "null" { String::new() } else { raw.to_owned() })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UsageData {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    /// DeepSeek's name for the cached part.
    prompt_cache_hit_tokens: Option<u64>,
    /// Moonshot's.
    cached_tokens: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl From<UsageData> for Usage {
    fn from(data: UsageData) -> Self {
        let detailed = data.prompt_tokens_details.and_then(|details| details.cached_tokens);
        let cached = detailed.or(data.prompt_cache_hit_tokens).or(data.cached_tokens);
        let reasoning = data.completion_tokens_details.and_then(|details| details.reasoning_tokens);
        let tokens = |count: Option<u64>| Tokens(count.unwrap_or(0));
        Self {
            input: tokens(data.prompt_tokens),
            cached: tokens(cached),
            output: tokens(data.completion_tokens),
            reasoning: tokens(reasoning),
        }
    }
}
