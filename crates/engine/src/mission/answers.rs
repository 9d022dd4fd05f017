//! The JSON that models are asked for: its schema from the type that reads it, and reading it with patience.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The schema of what `T` reads.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(T).to_value();
    if let Some(object) = schema.as_object_mut() {
        // Rust's name of the type tells a model nothing.
        object.remove("title");
        object.remove("$schema");
    }
    schema
}

/// Reads the one object in `text`, whatever stands around it.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let object = text.get(text.find('{')?..=text.rfind('}')?)?;
    serde_json::from_str(object).ok()
}

/// At most `most` characters, cut with a mark.
pub(crate) fn clip(text: &str, most: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

/// Adds a line to a text.
pub(crate) fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// The first sentence of a text.
pub(crate) fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    let ends = text.char_indices().filter(|(_, letter)| matches!(letter, '.' | '!' | '?' | '。'));
    let end = ends.map(|(at, letter)| at + letter.len_utf8()).find(|end| {
        let rest = text.get(*end..).unwrap_or_default();
        rest.starts_with(char::is_whitespace) || text.get(..*end).is_some_and(|said| said.ends_with('。'))
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_read_out_of_chatter() {
        for text in ["{\"a\":1}", "```json\n{\"a\":1}\n```", "Sure! {\"a\":1} There you go."] {
            assert_eq!(read::<Value>(text), Some(json!({"a": 1})), "{text}");
        }
        for text in ["", "none", "} {", "{\"a\":", "[1]"] {
            assert_eq!(read::<Value>(text), None, "{text}");
        }
    }

    #[test]
    fn sentences_end_at_a_mark_before_white_space() {
        let table = [
            ("One. Two.", "One."),
            ("See a.rs for it! Now.", "See a.rs for it!"),
            ("No mark", "No mark"),
            ("Version 1.2 is old.", "Version 1.2 is old."),
            ("一。二。", "一。"),
        ];
        for (text, expected) in table {
            assert_eq!(first_sentence(text), expected);
        }
        assert_eq!((clip("abcdef", 3), clip("abc", 3)), ("abc…".to_owned(), "abc".to_owned()));
    }
}
