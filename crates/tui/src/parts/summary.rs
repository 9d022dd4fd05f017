//! The arguments of a call in a few words.

use serde_json::{Map, Value};

/// Arguments that say what a call is about, the most telling first.
const TELLING: &[&str] =
    &["command", "pattern", "query", "path", "file", "file_path", "url", "question", "text", "id"];
/// Bytes of arguments that nothing is known about.
const MOST_BYTES: usize = 200;

/// What a call is about: its most telling argument with the ones that narrow it, else all of them.
pub fn summary(input: &Value) -> String {
    let Some(fields) = input.as_object() else { return compact(input) };
    todos(fields).or_else(|| action(fields)).or_else(|| telling(fields)).unwrap_or_else(|| all(fields))
}

/// `2 of 3 done`.
fn todos(fields: &Map<String, Value>) -> Option<String> {
    let todos = fields.get("todos")?.as_array()?;
    let is_done = |todo: &&Value| matches!(text(todo, "status"), Some("completed" | "cancelled"));
    Some(format!("{} of {} done", todos.iter().filter(is_done).count(), todos.len()))
}

/// `kill 1`: a tool with several actions on numbered things.
fn action(fields: &Map<String, Value>) -> Option<String> {
    let action = fields.get("action")?.as_str()?;
    let job = fields.get("job").map(|job| format!(" {job}"));
    Some(format!("{action}{}", job.unwrap_or_default()))
}

fn telling(fields: &Map<String, Value>) -> Option<String> {
    let (key, main) = TELLING.iter().find_map(|key| Some((*key, fields.get(*key)?.as_str()?)))?;
    let narrowed = match key {
        "pattern" | "query" => place(fields),
        "path" | "file" | "file_path" => lines(fields).unwrap_or_default(),
        _other => String::new(),
    };
    Some(format!("{main}{narrowed}"))
}

/// `  in src (*.rs)`, when a search is told where to look.
fn place(fields: &Map<String, Value>) -> String {
    let field = |key: &str| fields.get(key).and_then(Value::as_str);
    match (field("path"), field("glob")) {
        (Some(path), Some(glob)) => format!("  in {path} ({glob})"),
        (Some(place), None) | (None, Some(place)) => format!("  in {place}"),
        (None, None) => String::new(),
    }
}

/// `:10-49`, when a part of a file is asked for.
fn lines(fields: &Map<String, Value>) -> Option<String> {
    let number = |keys: &[&str]| keys.iter().find_map(|key| fields.get(*key)?.as_u64());
    let first = number(&["offset", "start", "from", "line"])?;
    let last = number(&["end", "to"])
        .or_else(|| number(&["limit", "count", "lines"]).map(|count| (first + count).saturating_sub(1)));
    Some(last.map_or_else(|| format!(":{first}-"), |last| format!(":{first}-{last}")))
}

/// `depth: 3, kinds: ["a"]`, cut where it becomes too much to read.
fn all(fields: &Map<String, Value>) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(key, value)| match value.as_str() {
            Some(text) => format!("{key}: {text}"),
            None => format!("{key}: {value}"),
        })
        .collect();
    cut(pairs.join(", "))
}

fn compact(value: &Value) -> String {
    cut(value.to_string())
}

fn cut(mut text: String) -> String {
    let end = (0..=text.len().min(MOST_BYTES)).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
    text
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_telling_argument_stands_alone() {
        let cases = [
            (json!({"command": "cargo test", "timeout": 5}), "cargo test"),
            (json!({"path": "src/a.rs", "offset": 10, "limit": 40}), "src/a.rs:10-49"),
            (json!({"path": "src/a.rs", "offset": 10}), "src/a.rs:10-"),
            (json!({"pattern": "fn main", "path": "src"}), "fn main  in src"),
            (json!({"pattern": "fn main", "path": "src", "glob": "*.rs"}), "fn main  in src (*.rs)"),
            (json!({"pattern": "fn main", "glob": "*.rs"}), "fn main  in *.rs"),
            (json!({"path": "src/a.rs", "old": "x"}), "src/a.rs"),
            (json!({"todos": [{"status": "completed"}, {"status": "pending"}]}), "1 of 2 done"),
            (json!({"action": "kill", "job": 1}), "kill 1"),
            (json!({"action": "list"}), "list"),
            (json!({"depth": 3, "name": "x", "more": [1]}), "depth: 3, name: x, more: [1]"),
            (json!({}), ""),
            (json!([1, 2]), "[1,2]"),
        ];
        for (input, expected) in cases {
            assert_eq!(summary(&input), expected);
        }
    }

    #[test]
    fn what_is_not_known_is_cut() {
        assert_eq!(summary(&json!({"x": "ä".repeat(500)})).chars().count(), 3 + 98);
    }
}
