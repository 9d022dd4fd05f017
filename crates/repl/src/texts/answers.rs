//! The JSON value in what a model wrote: alone, in a fence, among words, or nearly JSON.

use jsonschema::Validator;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::Value;

use super::mending;

/// The largest text that is repaired, in bytes.
const REPAIRED: usize = 1 << 20;
/// How many places among words are tried.
const TRIED: usize = 500;

/// The value, or in one sentence why there is none. The outer error is one of the schema.
pub(crate) fn read(text: &str, schema: Option<&Value>) -> Result<Result<Value, String>, String> {
    let validator = match schema.filter(|schema| !schema.is_null()) {
        None => None,
        Some(schema) => {
            let validator = jsonschema::validator_for(schema);
            Some(validator.map_err(|error| format!("the schema is none: {error}"))?)
        }
    };
    let mut misfit = None;
    for candidate in candidates(text) {
        match validator.as_ref().map_or(Ok(()), |validator| check(validator, &candidate)) {
            Ok(()) => return Ok(Ok(candidate)),
            Err(error) => misfit = misfit.or(Some(error)),
        }
    }
    if let Some(word) = bare_word(text, schema, validator.as_ref()) {
        return Ok(Ok(word));
    }
    Ok(Err(misfit.unwrap_or_else(|| "there is no JSON value in it".to_owned())))
}

fn check(validator: &Validator, value: &Value) -> Result<(), String> {
    validator.validate(value).map_err(|error| {
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "the value".to_owned() } else { place };
        let mut message = error.to_string();
        message.truncate(message.floor_char_boundary(300));
        format!("{place} does not fit the schema: {message}")
    })
}

/// What could be meant, the likeliest first, each worked out when those before it did not do.
fn candidates(text: &str) -> impl Iterator<Item = Value> {
    let whole = text.trim().trim_start_matches('\u{feff}');
    let fenced =
        move || fences(whole).into_iter().filter_map(|body| strict(&body).or_else(|| repaired(&body)));
    let stages: [Box<dyn FnOnce() -> Vec<Value> + '_>; 4] = [
        Box::new(move || strict(whole).into_iter().collect()),
        Box::new(move || fenced().collect()),
        Box::new(move || among_words(whole)),
        Box::new(move || outermost(whole).and_then(repaired).into_iter().collect()),
    ];
    stages.into_iter().flat_map(|stage| stage())
}

fn strict(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok()
}

/// The bodies of code blocks, the longest first.
fn fences(text: &str) -> Vec<String> {
    let mut bodies: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for event in Parser::new(text) {
        match (event, open.as_mut()) {
            (Event::Start(Tag::CodeBlock(_)), _) => open = Some(String::new()),
            (Event::Text(part), Some(body)) => body.push_str(&part),
            (Event::End(TagEnd::CodeBlock), Some(_)) => bodies.extend(open.take()),
            _ => {}
        }
    }
    bodies.sort_by_key(|body| std::cmp::Reverse(body.len()));
    bodies
}

/// The objects and lists that stand among words, the longest first.
fn among_words(text: &str) -> Vec<Value> {
    let mut found: Vec<(usize, Value)> = Vec::new();
    let (mut at, mut tried) = (0, 0);
    while let Some(ahead) = text.get(at..).and_then(|rest| rest.find(['{', '['])) {
        at += ahead;
        let mut values =
            serde_json::Deserializer::from_str(text.get(at..).unwrap_or_default()).into_iter::<Value>();
        if let Some(Ok(value)) = values.next() {
            found.push((values.byte_offset(), value));
            at += values.byte_offset();
            continue;
        }
        at += 1;
        tried += 1;
        if tried > TRIED {
            break;
        }
    }
    found.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    found.into_iter().map(|(_, value)| value).collect()
}

/// From the first bracket to the last one that closes; to the end when none does.
fn outermost(text: &str) -> Option<&str> {
    let rest = text.get(text.find(['{', '['])?..)?;
    let closing = if rest.starts_with('{') { '}' } else { ']' };
    let end = rest.rfind(closing).map_or(rest.len(), |at| at + 1);
    rest.get(..end)
}

/// Mends what is nearly JSON.
fn repaired(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) || text.len() > REPAIRED {
        return None;
    }
    mending::mend(text)
}

/// The words themselves, where the schema wants a text: a label needs no quotation marks.
fn bare_word(text: &str, schema: Option<&Value>, validator: Option<&Validator>) -> Option<Value> {
    let schema = schema?;
    let wants_text = schema.get("type").is_some_and(|kind| kind == "string") || schema.get("enum").is_some();
    if !wants_text {
        return None;
    }
    let plain = text.trim().trim_matches(['"', '\'', '`', '*', '.']).trim();
    [text.trim(), plain]
        .into_iter()
        .map(Value::from)
        .find(|word| validator.is_some_and(|it| it.is_valid(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn values_are_found_however_they_are_wrapped() {
        let table = [
            ("{\"a\": 1}", json!({"a": 1})),
            (" 42 ", json!(42)),
            ("\"text\"", json!("text")),
            ("```json\n{\"a\": 1}\n```", json!({"a": 1})),
            ("Sure!\n\n```\n[1, 2]\n```\nDone.", json!([1, 2])),
            ("Sure: {\"a\": [1, 2]} as you asked [1].", json!({"a": [1, 2]})),
            ("{\"a\": 1,}", json!({"a": 1})),
            ("[1, 2, ]", json!([1, 2])),
            ("{'a': 'it', b: True, c: None}", json!({"a": "it", "b": true, "c": null})),
            ("{\"a\": [1, 2", json!({"a": [1, 2]})),
            ("```json\n{\"a\": 1,\n \"b\": 2,}\n```", json!({"a": 1, "b": 2})),
            ("{\"a\": 1, \"b", json!({"a": 1})),
            ("{\"a\": [1, {\"b\": \"cut he", json!({"a": [1, {"b": "cut he"}]})),
            ("{\"a\": \"two\nlines\", \"b\": NaN}", json!({"a": "two\nlines", "b": null})),
            ("[\"a\\é\",]", json!(["aé"])),
            ("Here: {\"a\": 1, // one\n \"b\": 2}", json!({"a": 1, "b": 2})),
            ("{\"a\": \"é \\u00e9\"}", json!({"a": "é é"})),
        ];
        for (text, expected) in table {
            assert_eq!(read(text, None), Ok(Ok(expected)), "{text}");
        }
        assert_eq!(read("no value here", None), Ok(Err("there is no JSON value in it".to_owned())));
        assert_eq!(read("", None), Ok(Err("there is no JSON value in it".to_owned())));
    }

    #[test]
    fn a_schema_chooses_and_judges() {
        let object = json!({"type": "object", "required": ["a"]});
        let found = read("Not [1, 2, 3, 4, 5] but {\"a\": 1}", Some(&object));
        assert_eq!(found, Ok(Ok(json!({"a": 1}))));
        let error = read("{\"b\": 1}", Some(&object)).unwrap().unwrap_err();
        assert!(error.contains("\"a\" is a required property"), "{error}");
        let label = json!({"enum": ["yes", "no"]});
        for text in ["yes", "\"yes\"", "**yes**.", " yes\n"] {
            assert_eq!(read(text, Some(&label)), Ok(Ok(json!("yes"))), "{text}");
        }
        assert!(read("maybe", Some(&label)).unwrap().is_err());
        assert_eq!(read("any words", Some(&json!({"type": "string"}))), Ok(Ok(json!("any words"))));
        assert!(read("1", Some(&json!({"type": "strange"}))).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_in_time(text in r#"[{}\[\]:,"'a1é \\\n/*#.-]{0,120}"#, times in 1usize..20) {
            let text = text.repeat(times);
            let read = read(&text, Some(&json!({"type": "object", "required": ["none such"]}))).unwrap();
            prop_assert!(read.is_err());
        }
    }

    #[test]
    fn no_text_brings_it_down() {
        let (open, mixed) = ("[".repeat(200_000), "{\"a\":[".repeat(50_000));
        for text in
            [open.as_str(), mixed.as_str(), "{{{{\"", "[,,,]", "{:}", "\u{0}{", "{\"a\": \"\\ud800\"}"]
        {
            assert!(read(text, Some(&json!({"type": "number"}))).unwrap().is_err(), "{}", text.len());
        }
    }
}
