//! What the bodies of all wires are written with.

use std::borrow::Cow;

use serde::Serialize;

/// Appends `value` as JSON.
pub(crate) fn append(out: &mut Vec<u8>, value: &impl Serialize) {
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        tracing::error!(%error, "a part of the request could not be written");
    }
}

/// The text of a failed call, for wires that have no mark for one: the text must say it.
pub(crate) fn as_error(text: &str) -> Cow<'_, str> {
    let says_so = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("error"));
    if says_so { Cow::Borrowed(text) } else { Cow::Owned(format!("Error: {text}")) }
}
