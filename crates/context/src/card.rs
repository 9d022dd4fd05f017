//! A mission card as plain text, for who has no screen.

use std::fmt::Write as _;

use headwater_protocol::card::{Confidence, DoneCheck, Finding};
use headwater_protocol::events::MissionProposed;

use crate::root::budget_text;

/// How the text of a card begins.
pub const CARD_TITLE: &str = "MISSION CARD";

/// The most findings that are told.
const FINDINGS: usize = 24;
/// The most places of a finding.
const PLACES: usize = 3;

/// The card, as `exec` prints it.
pub fn card_text(proposed: &MissionProposed) -> String {
    let card = &proposed.card;
    let mut text = format!("{CARD_TITLE} · revision {}\nGoal: {}\n", proposed.revision, card.goal);
    // Writing to a text cannot fail.
    for task in &card.subtasks {
        let mark = if task.on { 'x' } else { ' ' };
        writeln!(text, "[{mark}] {}. {} → {}", task.n, task.title, task.expected_output).ok();
        line(&mut text, "reads", &task.looks_at);
        line(&mut text, "writes", &task.writes);
        line(&mut text, "tools", &task.tools);
        match &task.done_check {
            DoneCheck::Command { command } => writeln!(text, "      done when `{command}` succeeds").ok(),
            DoneCheck::Matches { pattern, path } => writeln!(
                text,
                "      done when /{pattern}/ is in {}",
                path.as_deref().unwrap_or("the answer")
            )
            .ok(),
            DoneCheck::Human => writeln!(text, "      done when a person says so").ok(),
        };
    }
    findings(&mut text, &card.findings);
    for (title, items) in
        [("Not doing", &card.not_doing), ("Only half known", &card.confidence_notes), ("Risks", &card.risks)]
    {
        for item in items {
            writeln!(text, "{title}: {item}").ok();
        }
    }
    for output in &card.contract.required_outputs {
        writeln!(text, "Required: {} ({})", output.what, output.id).ok();
    }
    let (low, high) = card.estimate.calls;
    let cost = card
        .estimate
        .cost_usd
        .map_or_else(|| "cost unknown".to_owned(), |(low, high)| format!("{low} to {high}"));
    writeln!(text, "Estimate: {low} to {high} calls, {cost}, about {} s", card.estimate.seconds).ok();
    writeln!(text, "Budget: {}", budget_text(card.budget)).ok();
    for fault in &proposed.lint {
        writeln!(text, "Cannot be approved yet: {fault}").ok();
    }
    text
}

fn line(text: &mut String, name: &str, items: &[String]) {
    if !items.is_empty() {
        writeln!(text, "      {name}: {}", items.join(", ")).ok();
    }
}

fn findings(text: &mut String, findings: &[Finding]) {
    let told: Vec<&Finding> = findings.iter().filter(|finding| !finding.claim.is_empty()).collect();
    if told.is_empty() {
        return;
    }
    writeln!(text, "Findings:").ok();
    for finding in told.iter().take(FINDINGS) {
        let places = places(&finding.citations);
        writeln!(text, "  {} [{}] {}{places}", finding.id, belief(finding.confidence), finding.claim).ok();
    }
    if told.len() > FINDINGS {
        writeln!(text, "  … and {} more", told.len() - FINDINGS).ok();
    }
}

/// The first places in brackets, and how many more there are.
fn places(citations: &[String]) -> String {
    let shown: Vec<&str> = citations.iter().take(PLACES).map(String::as_str).collect();
    match citations.len().saturating_sub(PLACES) {
        _ if shown.is_empty() => String::new(),
        0 => format!(" ({})", shown.join(", ")),
        more => format!(" ({} and {more} more)", shown.join(", ")),
    }
}

fn belief(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Unchecked => "unchecked",
        Confidence::Disputed => "disputed",
        Confidence::Unsupported => "unsupported",
        Confidence::Refuted => "refuted",
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::MissionCard;

    use super::*;

    #[test]
    fn a_card_is_told_with_what_keeps_it_from_being_approved() {
        let card = MissionCard { goal: "Find it.".into(), ..MissionCard::default() };
        let hash = card.hash();
        let lint = vec!["There is no sub-task.".to_owned()];
        let text = card_text(&MissionProposed {
            mission: "m".into(),
            revision: 2,
            card: Box::new(card),
            hash,
            lint,
        });
        assert_eq!(
            text,
            "MISSION CARD · revision 2\nGoal: Find it.\nEstimate: 0 to 0 calls, cost unknown, about 0 s\nBudget: 20 turns, \
             200 calls, 900 s\nCannot be approved yet: There is no sub-task.\n"
        );
    }
}
