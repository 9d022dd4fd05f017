//! The JSON of a streamed chunk, and of a whole answer, which differs only in `message` for `delta`.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::said::Said;

#[derive(Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    pub(super) usage: Option<&'a RawValue>,
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
    #[serde(borrow)]
    pub(super) usage: Option<&'a RawValue>,
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
