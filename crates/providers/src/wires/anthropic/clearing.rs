//! Clearing of old results by the server: the edit `clear_tool_uses_20250919`.
//!
//! Source: "Context editing" in the guide of the Messages API (beta `context-management-2025-06-27`), and the types of the
//! vendor's SDK: `trigger` and `keep` count uses of tools, `exclude_tools` names tools whose uses stay, and the answer says
//! in its last `message_delta` which edits were applied. Every request is edited afresh, from all of its messages.

use headwater_protocol::{Clearing, Projection};
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::body;
use crate::wires::{Clears, Destination};
use crate::writing::plain_name;

/// The edit's name, in requests and in answers.
const EDIT: &str = "clear_tool_uses_20250919";

/// How this wire's servers clear.
pub(super) struct ToolUses;

impl Clears for ToolUses {
    fn header(&self) -> (HeaderName, HeaderValue) {
        let name = HeaderName::from_static("anthropic-beta");
        (name, HeaderValue::from_static("context-management-2025-06-27"))
    }

    fn body(&self, request: &Projection, destination: Destination<'_>) -> Option<Vec<u8>> {
        let management = Management { edits: [Edit::of(request.clearing.as_ref()?)] };
        Some(body::write_cleared(request, destination, &management))
    }
}

/// What is to be done with the messages before the model reads them.
#[derive(Serialize)]
pub(super) struct Management<'a> {
    edits: [Edit<'a>; 1],
}

#[derive(Serialize)]
struct Edit<'a> {
    r#type: &'static str,
    trigger: Count,
    keep: Count,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude_tools: Vec<std::borrow::Cow<'a, str>>,
}

#[derive(Clone, Copy, Serialize)]
struct Count {
    r#type: &'static str,
    value: u32,
}

impl<'a> Edit<'a> {
    fn of(clearing: &'a Clearing) -> Self {
        // There are more uses than are kept, so that the edit is always made.
        let keep = Count { r#type: "tool_uses", value: clearing.keep };
        let exclude_tools = clearing.exclude.iter().map(|tool| plain_name(tool)).collect();
        Self { r#type: EDIT, trigger: keep, keep, exclude_tools }
    }
}

/// What the answer says of the edits.
#[derive(Deserialize)]
pub(super) struct Managed {
    #[serde(default)]
    applied_edits: Vec<Applied>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Applied {
    r#type: String,
    cleared_tool_uses: u32,
    cleared_input_tokens: u64,
}

impl Managed {
    /// Results that were cleared, and the tokens they had.
    pub(super) fn cleared(&self) -> (u32, u64) {
        let ours = self.applied_edits.iter().filter(|edit| edit.r#type == EDIT);
        ours.fold((0, 0), |(results, tokens), edit| {
            (results.saturating_add(edit.cleared_tool_uses), tokens.saturating_add(edit.cleared_input_tokens))
        })
    }
}
