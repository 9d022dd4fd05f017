//! One tool call of a turn, well-formed or not.

use serde_json::Value;

/// One tool call of a [`Turn`](super::Turn).
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) id: CallId,
}

#[derive(Clone, Debug)]
pub(crate) enum CallId {
    /// Unique over the whole script.
    Fresh,
    Named(String),
    Missing,
}

impl Call {
    /// A call with these arguments and a fresh id.
    #[expect(clippy::needless_pass_by_value, reason = "`json!(...)` is written in place")]
    pub fn new(name: impl Into<String>, arguments: Value) -> Self {
        Self::raw(name, arguments.to_string())
    }

    /// A call whose arguments are sent as they stand here: malformed JSON, cut JSON, nothing at all.
    pub fn raw(name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self { name: name.into(), arguments: arguments.into(), id: CallId::Fresh }
    }

    /// Sends this id: reused, empty, or strange.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = CallId::Named(id.into());
        self
    }

    /// Sends no id at all.
    #[must_use]
    pub fn without_id(mut self) -> Self {
        self.id = CallId::Missing;
        self
    }

    /// Writes every character beyond ASCII in the arguments as `\uXXXX`, as many servers do, so that fragments can
    /// end inside an escape and inside a surrogate pair.
    #[must_use]
    pub fn escaped(mut self) -> Self {
        self.arguments = escape_non_ascii(&self.arguments);
        self
    }
}

fn escape_non_ascii(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => escaped.push(char::from(byte)),
            _ => write!(escaped, "\\u{unit:04x}").expect("writing to a string"),
        }
    }
    escaped
}
