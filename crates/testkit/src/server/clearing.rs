//! Context editing on the messages wire: the edit `clear_tool_uses_20250919`, made on the messages of each request before
//! the scripted model sees them.
//!
//! Source: "Context editing" in the guide of the Messages API (beta `context-management-2025-06-27`) and the types of the
//! vendor's SDK. What it does not say is settled here: all uses count for `keep`, those of excluded tools among them.

use super::Recorded;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

const BETA: &str = "context-management-2025-06-27";
const EDIT: &str = "clear_tool_uses_20250919";
const KNOWN: &[&str] = &["type", "trigger", "keep", "clear_at_least", "exclude_tools", "clear_tool_inputs"];
/// What stands in the place of a cleared result.
pub const CLEARED: &str = "[This result was cleared by the server.]";

/// How the server takes requests to clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clearing {
    /// As it is told.
    #[default]
    AsTold,
    /// It refuses them, as one that does not know the beta.
    Refused,
    /// It takes them, and does nothing of the kind.
    Ignored,
    /// It leaves alone one use more than it is told to.
    OneFewer,
}

/// The way of one server.
#[derive(Default)]
pub(crate) struct Editor {
    clearing: Mutex<Clearing>,
}

/// What became of a request's messages.
#[derive(Clone, Debug)]
pub(crate) struct Edited {
    /// The messages as the model sees them.
    pub(crate) messages: Vec<Value>,
    /// `context_management` of the answer.
    pub(crate) applied: Value,
    /// Bytes that the model does not see.
    pub(crate) bytes: usize,
}

impl Editor {
    pub(crate) fn takes(&self, clearing: Clearing) {
        *self.clearing.lock().unwrap_or_else(PoisonError::into_inner) = clearing;
    }

    /// Edits the messages of a request; `None` where it asks for nothing, the words of a refusal where it asks wrongly.
    pub(crate) fn edit(&self, request: &Recorded) -> Result<Option<Edited>, String> {
        let Some(management) = request.body.get("context_management") else { return Ok(None) };
        let clearing = *self.clearing.lock().unwrap_or_else(PoisonError::into_inner);
        let betas = request.header("anthropic-beta").unwrap_or_default();
        if clearing == Clearing::Refused || !betas.split(',').any(|beta| beta.trim() == BETA) {
            return Err("context_management: Extra inputs are not permitted".to_owned());
        }
        if clearing == Clearing::Ignored {
            return Ok(None);
        }
        let mut edited = Edited { messages: request.messages().to_vec(), applied: json!([]), bytes: 0 };
        for edit in management["edits"].as_array().ok_or("context_management.edits: Field required")? {
            let wish = Wish::of(edit)?;
            wish.carry_out(request, u64::from(clearing == Clearing::OneFewer), &mut edited);
        }
        edited.applied = json!({"applied_edits": edited.applied});
        Ok(Some(edited))
    }
}

/// One edit as it is asked for.
struct Wish {
    trigger: (String, u64),
    keep: u64,
    at_least: u64,
    exclude: Vec<String>,
    clears_inputs: bool,
}

impl Wish {
    fn of(edit: &Value) -> Result<Self, String> {
        let fields = edit.as_object().ok_or("context_management.edits: Input should be an object")?;
        if let Some(unknown) = fields.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(format!("context_management.edits.0.{unknown}: Extra inputs are not permitted"));
        }
        if edit["type"] != EDIT {
            return Err(format!("context_management.edits.0: unknown type {}", edit["type"]));
        }
        let count = |key: &str, kinds: &[&str], usual: (&str, u64)| {
            let Some(given) = fields.get(key).filter(|given| !given.is_null()) else {
                return Ok((usual.0.to_owned(), usual.1));
            };
            let kind = given["type"].as_str().filter(|kind| kinds.contains(kind));
            let (Some(kind), Some(value)) = (kind, given["value"].as_u64()) else {
                return Err(format!("context_management.edits.0.{key}: Input should be one of {kinds:?}"));
            };
            Ok((kind.to_owned(), value))
        };
        let names = |key: &str| -> Vec<String> {
            let given = fields.get(key).and_then(Value::as_array);
            given.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Ok(Self {
            trigger: count("trigger", &["input_tokens", "tool_uses"], ("input_tokens", 100_000))?,
            keep: count("keep", &["tool_uses"], ("tool_uses", 3))?.1,
            at_least: count("clear_at_least", &["input_tokens"], ("input_tokens", 0))?.1,
            exclude: names("exclude_tools"),
            clears_inputs: edit["clear_tool_inputs"] == true,
        })
    }

    fn carry_out(&self, request: &Recorded, more: u64, edited: &mut Edited) {
        let uses: Vec<(String, String)> = edited.messages.iter().flat_map(uses).collect();
        let size = if self.trigger.0 == "tool_uses" { uses.len() } else { request.raw.len() / 4 };
        if size as u64 <= self.trigger.1 {
            return;
        }
        let old = uses.len().saturating_sub(usize::try_from(self.keep + more).unwrap_or(usize::MAX));
        let cleared: BTreeSet<&str> = uses[..old]
            .iter()
            .filter(|(_, name)| !self.exclude.contains(name))
            .map(|(id, _)| id.as_str())
            .collect();
        let mut messages = edited.messages.clone();
        let bytes: usize = messages.iter_mut().map(|message| self.clear(message, &cleared)).sum();
        let tokens = bytes as u64 / 4;
        if cleared.is_empty() || tokens < self.at_least {
            return;
        }
        edited.messages = messages;
        edited.bytes += bytes;
        let applied =
            json!({"type": EDIT, "cleared_tool_uses": cleared.len(), "cleared_input_tokens": tokens});
        edited.applied.as_array_mut().expect("a list").push(applied);
    }

    /// Clears what is to go of a message; says how many bytes that saves.
    fn clear(&self, message: &mut Value, cleared: &BTreeSet<&str>) -> usize {
        let before = message.to_string().len();
        for block in message["content"].as_array_mut().into_iter().flatten() {
            let is_meant = |key: &str| block[key].as_str().is_some_and(|id| cleared.contains(id));
            if block["type"] == "tool_result" && is_meant("tool_use_id") {
                block["content"] = json!(CLEARED);
            } else if block["type"] == "tool_use" && self.clears_inputs && is_meant("id") {
                block["input"] = json!({});
            }
        }
        before.saturating_sub(message.to_string().len())
    }
}

/// The uses of tools in a message: their ids and names.
fn uses(message: &Value) -> Vec<(String, String)> {
    let blocks = message["content"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    blocks
        .filter(|block| block["type"] == "tool_use")
        .map(|block| (text(&block["id"]), text(&block["name"])))
        .collect()
}
