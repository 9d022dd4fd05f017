//! The arguments of a call in a few words.

use serde_json::{Map, Value};

/// Arguments that say what a call is about, the most telling first.
const TELLING: &[&str] =
    &["command", "pattern", "query", "path", "file", "file_path", "url", "question", "text", "id", "job"];

/// What a call is about: its most telling argument with the ones that narrow it, else all of them.
pub fn summary(input: &Value) -> String {
    let Some(fields) = input.as_object() else { return compact(input) };
    let Some((key, main)) = TELLING.iter().find_map(|key| Some((*key, fields.get(*key)?.as_str()?))) else {
        return if fields.is_empty() { String::new() } else { compact(input) };
    };
    let place = match key {
        "pattern" | "query" => fields.get("path").and_then(Value::as_str).map(|path| format!("  in {path}")),
        "path" | "file" | "file_path" => lines(fields),
        _other => None,
    };
    format!("{main}{}", place.unwrap_or_default())
}

/// `:10-49`, when a part of a file is asked for.
fn lines(fields: &Map<String, Value>) -> Option<String> {
    let number = |keys: &[&str]| keys.iter().find_map(|key| fields.get(*key)?.as_u64());
    let first = number(&["offset", "start", "from", "line"])?;
    let last = number(&["end", "to"])
        .or_else(|| number(&["limit", "count", "lines"]).map(|count| (first + count).saturating_sub(1)));
    Some(last.map_or_else(|| format!(":{first}-"), |last| format!(":{first}-{last}")))
}

fn compact(value: &Value) -> String {
    let text = value.to_string();
    let cut = (0..=text.len().min(200)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    text.get(..cut).unwrap_or_default().to_owned()
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
            (json!({"pattern": "fn main", "path": "src"}), "fn main  in src"),
            (json!({"path": "src/a.rs", "old": "x"}), "src/a.rs"),
            (json!({"todos": [1]}), "{\"todos\":[1]}"),
            (json!({}), ""),
        ];
        for (input, expected) in cases {
            assert_eq!(summary(&input), expected);
        }
    }
}
