//! Taking secrets out of texts: the port through which every part reaches the output policy.

use std::borrow::Cow;

use serde_json::Value;

/// Knows secrets and replaces them. The same text always comes out the same, and what came out stays as it is.
pub trait Redact: Send + Sync {
    /// The text with a mark in place of each secret; borrowed when there is none.
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str>;

    /// The same for a text that arrives in pieces, cut anywhere.
    fn stream(&self) -> Box<dyn RedactStream>;
}

/// A text that arrives in pieces.
pub trait RedactStream: Send {
    /// Takes the next piece, and gives what can be told by now: a possible beginning of a secret is held back.
    fn push(&mut self, piece: &str) -> String;

    /// The text has ended: what was still held back.
    fn finish(&mut self) -> String;
}

/// Redacts every text in `value`, names of fields included; whether anything changed.
pub fn redact_value(redact: &dyn Redact, value: &mut Value) -> bool {
    match value {
        Value::String(text) => redact_text(redact, text),
        Value::Array(items) => {
            items.iter_mut().fold(false, |changed, item| redact_value(redact, item) | changed)
        }
        Value::Object(fields) => {
            let changed =
                fields.values_mut().fold(false, |changed, field| redact_value(redact, field) | changed);
            let is_named = fields.keys().any(|name| matches!(redact.redact(name), Cow::Owned(_)));
            if is_named {
                let old = std::mem::take(fields);
                fields
                    .extend(old.into_iter().map(|(name, field)| (redact.redact(&name).into_owned(), field)));
            }
            changed || is_named
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Redacts `text` in place; whether it changed.
pub fn redact_text(redact: &dyn Redact, text: &mut String) -> bool {
    let Cow::Owned(redacted) = redact.redact(text) else { return false };
    *text = redacted;
    true
}
