//! The words of a refusal: `{"error": {...}}` and the other shapes in which servers complain, whatever the wire.

use serde_json::Value;

/// The words of a server about a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// What it says to people, as it came.
    pub message: String,
    /// Its names for the kind of failure, in lower case, as far as it gives any.
    pub codes: Vec<String>,
    /// The HTTP status it claims inside the body.
    pub status: Option<u16>,
}

/// The complaint in an error body, if it is one.
pub(crate) fn read(body: &Value) -> Option<Complaint> {
    // One vendor wraps the object in a list.
    let body = body.get(0).unwrap_or(body);
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        // A plain `{"error": "..."}` may have its code beside it.
        let error = if error.is_object() { error } else { body };
        return Some(from_error(error));
    }
    ["message", "detail"].into_iter().any(|name| body.get(name).is_some()).then(|| from_error(body))
}

/// The complaint in the error object itself, or in a plain text.
pub(crate) fn from_error(error: &Value) -> Complaint {
    let words = ["message", "error", "detail"].into_iter().find_map(|name| error.get(name)).unwrap_or(error);
    let mut message = words.as_str().map_or_else(|| words.to_string(), str::to_owned);
    // What the vendor behind a router said.
    if let Some(raw) = error.pointer("/metadata/raw").and_then(Value::as_str) {
        message = format!("{message}: {raw}");
    }
    let fields = ["code", "type", "status"].into_iter().filter_map(|name| error.get(name));
    let mut complaint = Complaint { message, ..Complaint::default() };
    for field in fields {
        match status(field) {
            Some(status) => complaint.status = complaint.status.or(Some(status)),
            None => complaint.codes.extend(field.as_str().map(str::to_lowercase)),
        }
    }
    complaint
}

/// An HTTP status, as a number or in digits.
fn status(field: &Value) -> Option<u16> {
    let number = field.as_u64().or_else(|| field.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}
