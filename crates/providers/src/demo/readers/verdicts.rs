//! Whether stretches carry a claim: the line that says what the claim says, or has most words in common with it.

use serde_json::{Value, json};

use crate::demo::log::day;
use crate::demo::log::reading::parts;

/// Words shorter than this say nothing.
const SHORTEST: usize = 5;
/// What a line counts for that says the cause which the claim names.
const SAYS_IT: usize = 100;

pub(super) fn read(text: &str) -> Value {
    let mut verdicts = Vec::new();
    for section in text.split("Claim ").skip(1) {
        let Some((head, stretches)) = section.split_once('\n') else { continue };
        let Some((number, claim)) = head.split_once(": ") else { continue };
        let Ok(number) = number.parse::<u32>() else { continue };
        verdicts.push(verdict(number, claim, stretches));
    }
    json!({ "verdicts": verdicts })
}

fn verdict(number: u32, claim: &str, stretches: &str) -> Value {
    let lines = stretches.lines().filter_map(parts).map(|(_, _, says)| (fit(claim, says), says));
    match lines.max_by_key(|(fit, _)| *fit) {
        Some((fit, says)) if fit > 0 => json!({"claim": number, "verdict": "supported", "quote": says}),
        Some(_) | None => json!({"claim": number, "verdict": "insufficient", "quote": ""}),
    }
}

fn fit(claim: &str, says: &str) -> usize {
    let is_cause = day().cause_of(says).is_some_and(|failure| claim.contains(&failure.cause));
    let words = claim.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.len() >= SHORTEST);
    words.filter(|word| says.contains(word)).count() + if is_cause { SAYS_IT } else { 0 }
}
