//! The last look at a card: claims whose quotes are there carry it.

use serde_json::{Value, json};

pub(super) fn read(text: &str) -> Value {
    let listed = text.split_once("Claims:\n").map_or("", |(_, rest)| rest);
    let listed = listed.split_once("\nSub-tasks:").map_or(listed, |(claims, _)| claims);
    let mut claims: Vec<(&str, bool)> = Vec::new();
    for line in listed.lines() {
        match (line.starts_with(' '), claims.last_mut()) {
            (true, Some((_, has_quote))) => *has_quote = true,
            (true, None) => {}
            (false, _) => claims.extend(line.split_once(": ").map(|(id, _)| (id, false))),
        }
    }
    let judged: Vec<Value> = claims
        .iter()
        .map(|(id, has_quote)| json!({"id": id, "verdict": if *has_quote { "supported" } else { "insufficient" }}))
        .collect();
    json!({"claims": judged, "faults": []})
}
