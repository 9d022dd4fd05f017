//! What matters in a stretch of the log: each cause of a failure once, and what only looks like one.

use serde_json::{Value, json};

use super::capitalized;
use crate::demo::log::reading::{Request, requests};

/// The most notes of one stretch.
const MOST: usize = 8;

pub(super) fn read(text: &str) -> Value {
    let requests = requests(text);
    let mut seen: Vec<&str> = Vec::new();
    let mut notes = Vec::new();
    for request in requests.iter().filter(|request| request.has_failed()) {
        if !seen.contains(&request.cause()) {
            seen.push(request.cause());
            notes.push(cause(request));
        }
    }
    let repeated = |request: &&Request<'_>| request.repeated.is_some() && !request.has_failed();
    notes.extend(requests.iter().find(repeated).map(false_alarm));
    notes.truncate(MOST);
    json!({"empty": notes.is_empty(), "obs": notes, "zoom": []})
}

fn cause(request: &Request<'_>) -> Value {
    let id = request.id;
    let Some((failure, says)) = request.complaint else {
        return note(&format!("No line says why {id} ended with a 5xx."), request.answer, "unknown", (2, 3));
    };
    let text = format!("{}: {} failed {id}.", capitalized(&failure.cause), failure.component);
    note(&text, says, "fact", (3, 2))
}

fn false_alarm(request: &Request<'_>) -> Value {
    let text = format!("An ERROR is not always a failure: {} was tried again, and went through.", request.id);
    note(&text, request.repeated.unwrap_or_default(), "contradiction", (3, 3))
}

fn note(text: &str, quote: &str, kind: &str, (importance, surprise): (u8, u8)) -> Value {
    json!({"text": text, "quote": quote, "kind": kind, "importance": importance, "surprise": surprise})
}
