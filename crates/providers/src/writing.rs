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

/// The longest name of a tool that every wire takes.
const LONGEST_NAME: usize = 64;

/// The name of a call as every wire takes it: what a model made up (`functions.read`) would have all further requests
/// refused.
pub(crate) fn plain_name(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.len() <= LONGEST_NAME && name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(LONGEST_NAME).collect())
}
