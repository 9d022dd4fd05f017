//! Arguments that are no JSON as they came (HARNESS R-B): what can be read of them without a guess is kept, if the tool's
//! schema takes it. Everything else goes back to the model with the place of the error.
//!
//! *Invariants:* no value is made up. Quotes, commas, brackets and fences are syntax, and are mended; a text, a number or a
//! member that is not there in full is not.

use headwater_protocol::{ToolCall, ToolSpec};
use serde_json::Value;

/// The call with its arguments as they can be read; `None` where they cannot be, or need not be.
pub(super) fn mend(call: &ToolCall, tools: &[ToolSpec]) -> Option<ToolCall> {
    let raw = call.malformed.as_ref()?.raw.as_str();
    let spec = tools.iter().find(|spec| spec.name == call.name)?;
    let input = read(raw)?;
    let validator = jsonschema::validator_for(&spec.input_schema).ok()?;
    validator.is_valid(&input).then(|| ToolCall { input, malformed: None, ..call.clone() })
}

/// An object written with small errors of syntax.
fn read(raw: &str) -> Option<Value> {
    let text = escape_controls(without_fence(raw.trim()));
    let read = parse(&text).or_else(|| parse(&balanced(&text)?))?;
    let value = match read {
        // Encoded twice.
        Value::String(inner) => parse(&inner)?,
        other => other,
    };
    value.is_object().then_some(value)
}

/// Reads JSON5: commas that are too many, single quotes, names without quotes, comments.
fn parse(text: &str) -> Option<Value> {
    let value: Value = json5::from_str(text).ok()?;
    // What JSON has no number for (`NaN`) is read as null, which nobody said.
    (nulls(&value) <= text.matches("null").count()).then_some(value)
}

fn nulls(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Array(items) => items.iter().map(nulls).sum(),
        Value::Object(members) => members.values().map(nulls).sum(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// What stands between the marks of a fenced block, where it is one.
fn without_fence(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    let Some(inner) = inner else { return text };
    inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim()
}

/// Line breaks and tabs within double quotes, as JSON writes them.
fn escape_controls(text: &str) -> String {
    let mut scan = Scan::default();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let was_quoted = scan.is_quoted();
        scan.take(c);
        match c {
            '\n' if was_quoted => escaped.push_str("\\n"),
            '\r' if was_quoted => escaped.push_str("\\r"),
            '\t' if was_quoted => escaped.push_str("\\t"),
            _other => escaped.push(c),
        }
    }
    escaped
}

/// The text with as many brackets at its end as were opened; `None` where it ends within a value, so that something of it
/// is missing, or where that is not all that is wrong.
fn balanced(text: &str) -> Option<String> {
    let mut scan = Scan::default();
    let mut end = 0;
    for (place, c) in text.char_indices() {
        if end > 0 && !matches!(c, '}' | ']') && !c.is_whitespace() {
            // Something else follows the object.
            return None;
        }
        scan.take(c);
        if end == 0 && scan.open.is_empty() && matches!(c, '}' | ']') {
            end = place + c.len_utf8();
        }
    }
    if end > 0 {
        return text.get(..end).map(str::to_owned);
    }
    let is_whole = text.trim_end().ends_with(['"', '\'', '}', ']']) || ends_with_word(text);
    (is_whole && !scan.is_quoted()).then(|| text.chars().chain(scan.open.iter().rev().copied()).collect())
}

fn ends_with_word(text: &str) -> bool {
    ["true", "false", "null"].iter().any(|word| text.trim_end().ends_with(word))
}

/// Where a text stands: within which quotes, and which brackets have to be closed.
#[derive(Default)]
struct Scan {
    quote: Option<char>,
    is_escaped: bool,
    open: Vec<char>,
}

impl Scan {
    fn is_quoted(&self) -> bool {
        self.quote.is_some()
    }

    fn take(&mut self, c: char) {
        match (self.quote, c) {
            (Some(_), _) if self.is_escaped => self.is_escaped = false,
            (Some(_), '\\') => self.is_escaped = true,
            (Some(quote), c) if c == quote => self.quote = None,
            (None, '"' | '\'') => self.quote = Some(c),
            (None, '{') => self.open.push('}'),
            (None, '[') => self.open.push(']'),
            (None, '}' | ']') => {
                self.open.pop_if(|open| *open == c);
            }
            (Some(_) | None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::message::MalformedInput;
    use headwater_protocol::{Capability, tool::ToolSpec};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn spec() -> ToolSpec {
        ToolSpec {
            name: "write".into(),
            description: String::new(),
            input_schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "content": {"type": "string"},
                    "lines": {"type": "array", "items": {"type": "integer"}},
                    "is_new": {"type": "boolean"},
                },
                "required": ["path"],
                "additionalProperties": false,
            }),
            capability: Capability::Write,
        }
    }

    fn mended(raw: &str) -> Option<Value> {
        let malformed = Some(MalformedInput { raw: raw.into(), error: "no JSON".into() });
        let call = ToolCall { call: "c".into(), name: "write".into(), input: json!({}), malformed };
        mend(&call, &[spec()]).map(|call| {
            assert_eq!(call.malformed, None);
            call.input
        })
    }

    #[test]
    fn r_b_syntax_is_mended_and_no_value_is_invented() {
        let table = [
            (
                "a comma too many",
                r#"{"path": "a", "is_new": true,}"#,
                Some(json!({"path": "a", "is_new": true})),
            ),
            ("single quotes", "{'path': 'it is'}", Some(json!({"path": "it is"}))),
            ("names without quotes", r#"{path: "a"}"#, Some(json!({"path": "a"}))),
            (
                "a line break in a text",
                "{\"path\": \"a\", \"content\": \"b\nc\td\"}",
                Some(json!({"path": "a", "content": "b\nc\td"})),
            ),
            ("a fence", "```json\n{\"path\": \"a\",}\n```", Some(json!({"path": "a"}))),
            (
                "a bracket too few",
                r#"{"path": "a", "lines": [1, 2], "is_new": false"#,
                Some(json!({"path": "a", "lines": [1, 2], "is_new": false})),
            ),
            ("two brackets too few", r#"{"path": "a", "lines": [1, [2]"#, None),
            ("a bracket too many", r#"{"path": "a"}}"#, Some(json!({"path": "a"}))),
            ("encoded twice, badly", r#""{\"path\": \"a\",}""#, Some(json!({"path": "a"}))),
            ("a text that is cut", r#"{"path": "a", "content": "half of i"#, None),
            ("a number that may be cut", r#"{"path": "a", "lines": [1, 2"#, None),
            ("a member that is missing", r#"{"path": "a", "#, None),
            ("a value that is missing", r#"{"path": "a", "is_new":"#, None),
            ("a value that is no JSON", r#"{"path": "a", "is_new": NaN}"#, None),
            ("two objects", r#"{"path": "a"} {"path": "b"}"#, None),
            ("prose", "I write the file a", None),
            ("what the schema does not take", r#"{"path": "a", "mode": "x",}"#, None),
            ("what the schema misses", r#"{"content": "x",}"#, None),
            ("a list", "[1,]", None),
            ("nothing", "", None),
        ];
        for (name, raw, expected) in table {
            assert_eq!(mended(raw), expected, "{name}: {raw}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn r_b_of_a_prefix_nothing_but_whole_values_is_read(
            path in "[a-z \"\\\\\n]{0,8}", lines in prop::collection::vec(0i64..1_000, 0..4), cut in 0usize..60,
        ) {
            let whole = json!({"path": path, "lines": lines, "is_new": true});
            let text = whole.to_string();
            let prefix: String = text.chars().take(cut).collect();
            let Some(read) = mended(&prefix) else { return Ok(()) };
            for (name, value) in read.as_object().unwrap() {
                prop_assert_eq!(value, &whole[name], "{} of {}", name, prefix);
            }
        }
    }
}
