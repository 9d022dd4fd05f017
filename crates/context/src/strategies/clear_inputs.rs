//! Clear inputs too: the long texts in the calls of older messages give way to their beginnings, beside their results. A
//! file that was written stands on disk; what the model wrote to it is the one thing that it can read again.

use headwater_protocol::{ContextEdit, ContextEditPlan, EditKind, Passage, Replacement, RunState};
use serde_json::Value;

use super::{Caps, Scene, Strategy, clear_results};
use crate::passages::{Input, inputs};

pub(super) const STRATEGY: Strategy = Strategy { kind: EditKind::ClearResults, is_applicable, propose };

/// A text of an input that is longer is shortened, in bytes. What is left of it is shorter, so that it is done once.
const LONG: usize = 400;
/// What is left of its beginning.
const SHOWN: usize = 120;

fn is_applicable(_caps: Caps, state: &RunState) -> bool {
    !state.conversation.entries().is_empty()
}

/// The outputs and the inputs that are not of the newest messages.
fn propose(scene: &Scene<'_>) -> Option<ContextEditPlan> {
    let conversation = &scene.state.conversation;
    let tail = scene.tail();
    let old = inputs(conversation).into_iter().filter(|input| input.index < tail);
    let shortened: Vec<Replacement> = old.filter_map(|input| replacement(&input)).collect();
    if shortened.is_empty() {
        return None;
    }
    let mut cleared = clear_results::outputs_before(scene, tail);
    cleared.extend(shortened);
    Some(scene.plan(vec![ContextEdit::ClearResults { cleared }]))
}

pub(super) fn replacement(input: &Input<'_>) -> Option<Replacement> {
    let mut short = input.value.clone();
    shorten(&mut short)
        .then(|| Replacement { passage: Passage::Input(input.call.clone()), text: short.to_string() })
}

/// Shortens the long texts in a value, whose keys and kinds stay: it is still what the tool's schema asks for. Says whether
/// there were any.
pub(crate) fn shorten(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.len() > LONG => {
            let head = text.get(..text.floor_char_boundary(SHOWN)).unwrap_or_default();
            *text = format!("{head}[… the rest of {} bytes was cleared to save room]", text.len());
            true
        }
        // Each of them, not up to the first.
        Value::Array(items) => items.iter_mut().map(shorten).filter(|is_shorter| *is_shorter).count() > 0,
        Value::Object(fields) => {
            fields.values_mut().map(shorten).filter(|is_shorter| *is_shorter).count() > 0
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn x2_an_input_keeps_its_keys_and_kinds_and_is_shortened_once() {
        let long = "é".repeat(300);
        let mut input =
            json!({"path": "a.rs", "content": long, "edits": [{"new": long, "all": true}], "n": 3});
        assert!(shorten(&mut input));
        let text = input["content"].as_str().unwrap();
        assert!(
            text.starts_with(&"é".repeat(60)) && text.contains("the rest of 600 bytes was cleared"),
            "{text}"
        );
        assert_eq!(input["edits"][0]["new"], input["content"]);
        assert_eq!(
            (&input["path"], &input["n"], &input["edits"][0]["all"]),
            (&json!("a.rs"), &json!(3), &json!(true))
        );
        assert!(!shorten(&mut input), "once and for all");
    }
}
