//! The answer: as text, and what keeps it from being believed.

use futures_util::future::BoxFuture;
use headwater_protocol::contract::Gap;
use headwater_protocol::{Cancel, RunState};
use serde_json::Value;

/// The most names that are suggested.
const NAMES: usize = 5;

/// Checks an answer before it is believed.
pub(crate) trait Verifier: Send + Sync {
    /// What does not hold; empty when everything does.
    fn verify<'a>(
        &'a self,
        state: &'a RunState,
        answer: &'a Value,
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Vec<Gap>>;
}

/// What every completion must bring: an answer that is not empty, and no silence about calls that failed.
#[derive(Debug, Default)]
pub(crate) struct Plausible;

impl Verifier for Plausible {
    fn verify<'a>(
        &'a self,
        state: &'a RunState,
        answer: &'a Value,
        _cancel: &'a Cancel,
    ) -> BoxFuture<'a, Vec<Gap>> {
        let gaps = empty(answer).into_iter().chain(failed_calls(state)).collect();
        Box::pin(std::future::ready(gaps))
    }
}

fn empty(answer: &Value) -> Option<Gap> {
    text_of(answer)
        .trim()
        .is_empty()
        .then(|| Gap { id: "answer".to_owned(), found: "the answer is empty".to_owned() })
}

/// Calls that failed and were never answered, told once: the same answer again is accepted.
fn failed_calls(state: &RunState) -> Option<Gap> {
    if state.mission.refusals > 0 {
        return None;
    }
    let asked = state.children.count();
    let open = state.children.iter().filter(|child| {
        let is_failed = child.returned.as_ref().is_some_and(|returned| returned.is_error);
        is_failed && state.children.answer(&child.started.key).is_none()
    });
    let failed = open.count();
    (failed > 0).then(|| Gap {
        id: "calls".to_owned(),
        found: format!(
            "{failed} of {asked} calls failed and were not asked again; ask them again, or send the same answer to \
             accept it without them"
        ),
    })
}

/// An answer as a person reads it: a text as it is, anything else as JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        // A value always serializes.
        Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

/// What the root is told of gaps.
pub(crate) fn gap_text(gaps: &[Gap], is_last: bool) -> String {
    let list: Vec<String> = gaps.iter().map(|gap| format!("- {}: {}", gap.id, gap.found)).collect();
    let then = if is_last { "It ends here." } else { "Mend this, then send the answer again." };
    format!("The answer is not accepted yet:\n{}\n{then}", list.join("\n"))
}

/// What the root is told when the answer is to be a variable that is not bound.
pub(crate) fn no_variable(name: &str, bound: &[&str]) -> String {
    let mut near: Vec<(&str, f64)> =
        bound.iter().map(|other| (*other, strsim::jaro_winkler(name, other))).collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1));
    let names: Vec<&str> = near.into_iter().take(NAMES).map(|(name, _)| name).collect();
    if names.is_empty() {
        return format!(
            "There is no variable {name}, and none at all: nothing is bound yet. Work it out in a block."
        );
    }
    format!(
        "There is no variable {name}; that was not taken for the answer. The nearest names: {}.",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_read_as_people_write_them() {
        let table = [
            (json!("words"), "words"),
            (json!(42), "42"),
            (json!(true), "true"),
            (json!(null), ""),
            (json!([1, 2]), "[\n  1,\n  2\n]"),
        ];
        for (value, expected) in table {
            assert_eq!(text_of(&value), expected);
        }
    }

    #[test]
    fn the_nearest_names_come_first() {
        let text = no_variable("reslt", &["chunks", "result", "x"]);
        assert!(text.contains("The nearest names: result,"), "{text}");
        assert!(no_variable("a", &[]).contains("nothing is bound yet"));
    }
}
