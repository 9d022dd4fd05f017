//! The arguments of a call as lines to read before it is allowed: a command, a path with what would change in its file,
//! or a line an argument.

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use crate::theme::Slot;

/// Names under which tools are given a file.
const PATHS: [&str; 3] = ["path", "file_path", "file"];
/// Names of a text that is replaced, each with that of what stands there instead.
const REPLACED: [(&str, &str); 2] = [("old", "new"), ("old_string", "new_string")];
/// Bytes of texts beyond which they are not compared: all of the one goes, all of the other comes.
const MOST_COMPARED: usize = 20_000;

/// One line, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentLine {
    /// What it means.
    pub slot: Slot,
    /// Its text; nothing in it is sanitized yet.
    pub text: String,
}

/// All of the input as lines, nothing left out.
pub fn argument_lines(input: &Value) -> Vec<ArgumentLine> {
    let Some(fields) = input.as_object() else { return vec![line(Slot::Code, input.to_string())] };
    let mut rest = fields.clone();
    let mut lines = Vec::new();
    let main = std::iter::once("command").chain(PATHS).find_map(|name| taken(&mut rest, name));
    if let Some(main) = main {
        lines.extend(main.split('\n').map(|part| line(Slot::Code, part)));
    }
    lines.extend(changes(&mut rest));
    push_fields(&mut lines, "", &rest);
    lines
}

fn line(slot: Slot, text: impl Into<String>) -> ArgumentLine {
    ArgumentLine { slot, text: text.into() }
}

/// The text of a field, which is then told.
fn taken(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.to_owned();
    fields.remove(name);
    Some(text)
}

/// What would change in a file.
fn changes(fields: &mut Map<String, Value>) -> Vec<ArgumentLine> {
    let is_text = |name: &str| fields.get(name).is_some_and(Value::is_string);
    if let Some((old, new)) = REPLACED.into_iter().find(|(old, new)| is_text(old) && is_text(new)) {
        let (old, new) = (taken(fields, old).unwrap_or_default(), taken(fields, new).unwrap_or_default());
        return compared(&old, &new);
    }
    taken(fields, "content").map(|content| marked(Slot::Add, "+", &content)).unwrap_or_default()
}

fn compared(old: &str, new: &str) -> Vec<ArgumentLine> {
    if old.len().max(new.len()) > MOST_COMPARED {
        return [marked(Slot::Del, "-", old), marked(Slot::Add, "+", new)].concat();
    }
    let diff = TextDiff::from_lines(old, new);
    let changes = diff.iter_all_changes().map(|change| {
        let (slot, sign) = match change.tag() {
            ChangeTag::Delete => (Slot::Del, "-"),
            ChangeTag::Insert => (Slot::Add, "+"),
            ChangeTag::Equal => (Slot::Text, " "),
        };
        line(slot, format!("{sign} {}", change.value().trim_end_matches('\n')))
    });
    changes.collect()
}

fn marked(slot: Slot, sign: &str, text: &str) -> Vec<ArgumentLine> {
    text.lines().map(|part| line(slot, format!("{sign} {part}"))).collect()
}

/// A line a field; what lies within a field is named with it.
fn push_fields(lines: &mut Vec<ArgumentLine>, within: &str, fields: &Map<String, Value>) {
    for (name, value) in fields {
        push_value(lines, &format!("{within}{name}"), value);
    }
}

fn push_value(lines: &mut Vec<ArgumentLine>, name: &str, value: &Value) {
    match value {
        Value::Object(fields) if !fields.is_empty() => push_fields(lines, &format!("{name}."), fields),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (at, item) in items.iter().enumerate() {
                push_value(lines, &format!("{name}.{}", at + 1), item);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            let told = if items.is_empty() { "none".to_owned() } else { items.join(", ") };
            push_text(lines, name, &told);
        }
        Value::Object(_) | Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
            push_text(lines, name, &scalar(value));
        }
    }
}

/// A text of several lines stands below its name.
fn push_text(lines: &mut Vec<ArgumentLine>, name: &str, text: &str) {
    if !text.contains('\n') {
        return lines.push(line(Slot::Text, format!("{name}: {text}")));
    }
    lines.push(line(Slot::Text, format!("{name}:")));
    lines.extend(text.lines().map(|part| line(Slot::Text, format!("  {part}"))));
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(input: &Value) -> Vec<String> {
        argument_lines(input).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn d6_arguments_are_lines_to_read_and_none_is_left_out() {
        let table = [
            (json!({"command": "ls\nwc", "timeout": 5}), vec!["ls", "wc", "timeout: 5"]),
            (json!({"path": "a.rs", "content": "one\ntwo\n"}), vec!["a.rs", "+ one", "+ two"]),
            (
                json!({"path": "a.rs", "old": "one\ntwo\n", "new": "one\n2\n", "all": true}),
                vec!["a.rs", "  one", "- two", "+ 2", "all: yes"],
            ),
            (
                json!({"query": "x\ny", "labels": ["a", "b"], "of": {"deep": {"er": null}}, "in": []}),
                vec!["in: none", "labels: a, b", "of.deep.er: none", "query:", "  x", "  y"],
            ),
            (json!({"items": [{"id": 1}, [2]], "path": 3}), vec!["items.1.id: 1", "items.2: 2", "path: 3"]),
            (json!([1, "a"]), vec!["[1,\"a\"]"]),
            (json!({}), vec![]),
        ];
        for (input, mut expected) in table {
            let mut found = texts(&input);
            // The order of fields is that of the map.
            found.sort();
            expected.sort_unstable();
            assert_eq!(found, expected, "{input}");
        }
    }

    #[test]
    fn d6_long_texts_are_not_compared_and_told_whole() {
        let (old, new) = ("a\n".repeat(20_000), "b\n".repeat(3));
        let lines = argument_lines(&json!({"path": "x", "old": old, "new": new}));
        assert_eq!(lines.len(), 1 + 20_000 + 3);
    }
}
