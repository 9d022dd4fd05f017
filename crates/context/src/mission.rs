//! The head and the first message of an approved mission: the card in words.

use std::fmt::Write as _;

use headwater_protocol::card::{DoneCheck, Finding, SubTask};
use headwater_protocol::contract::Predicate;
use headwater_protocol::events::Header;
use headwater_protocol::repl::HelperDoc;
use headwater_protocol::{Corpus, MissionCard, ModelInfo};

use crate::prompts;
use crate::root::{budget_text, describe, directives_header, root_header};

/// The most findings that the first message tells.
const FINDINGS: usize = 40;

/// The frozen head of a mission's root: that of a completion, and the tools as functions.
pub fn mission_header(root: &ModelInfo, helpers: &[HelperDoc], child_chars: u64) -> Header {
    let root = root_header(root, helpers, child_chars);
    let system = format!("{}\n{}", root.system.trim_end(), prompts::root::TOOLS);
    Header { system: system.into(), ..root }
}

/// The head where there is no Python: blocks are of directives, and so are calls of tools.
pub fn directives_mission_header(child_chars: u64) -> Header {
    let root = directives_header(child_chars);
    let system = format!("{}\n\n{}", root.system.trim_end(), prompts::root::DIRECTIVES_TOOLS);
    Header { system: system.into(), ..root }
}

/// The first message: what was asked, the card, what the context is, what may be spent.
pub fn mission_task(question: &str, card: &MissionCard, corpus: &Corpus) -> String {
    let mut text = format!("The person asked: {}\n\n# Approved card\nGoal: {}\n", question.trim(), card.goal);
    for task in card.subtasks.iter().filter(|task| task.on) {
        subtask(&mut text, task);
    }
    list(&mut text, "Not to be done", &card.not_doing);
    list(&mut text, "Only half known", &card.confidence_notes);
    list(&mut text, "Risks", &card.risks);
    required(&mut text, card);
    findings(&mut text, &card.findings);
    // Writing to a text cannot fail.
    write!(text, "\n{}\nBudget: {}.", describe(corpus), budget_text(card.budget)).ok();
    text
}

fn subtask(text: &mut String, task: &SubTask) {
    writeln!(text, "{}. {}", task.n, task.title).ok();
    writeln!(text, "   expected: {}", task.expected_output).ok();
    for (name, globs) in [("reads", &task.looks_at), ("writes", &task.writes), ("tools", &task.tools)] {
        if !globs.is_empty() {
            writeln!(text, "   {name}: {}", globs.join(", ")).ok();
        }
    }
    match &task.done_check {
        DoneCheck::Command { command } => writeln!(text, "   done when `{command}` succeeds").ok(),
        DoneCheck::Matches { pattern, path } => {
            let place = path.as_deref().unwrap_or("the answer");
            writeln!(text, "   done when /{pattern}/ is found in {place}").ok()
        }
        DoneCheck::Human => None,
    };
    if !task.depends_on.is_empty() {
        let before: Vec<String> = task.depends_on.iter().map(u32::to_string).collect();
        writeln!(text, "   after: {}", before.join(", ")).ok();
    }
}

fn list(text: &mut String, title: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    writeln!(text, "{title}:").ok();
    for item in items {
        writeln!(text, "- {item}").ok();
    }
}

fn required(text: &mut String, card: &MissionCard) {
    if card.contract.required_outputs.is_empty() {
        return;
    }
    text.push_str("Required at the end, checked by the host:\n");
    for output in &card.contract.required_outputs {
        writeln!(text, "- {}: {} ({})", output.id, output.what, predicate(&output.predicate)).ok();
    }
}

fn predicate(predicate: &Predicate) -> String {
    match predicate {
        Predicate::FileExists { path } => format!("{path} exists"),
        Predicate::CommandExit0 { command } => format!("`{command}` succeeds"),
        Predicate::JsonSchemaValid { path, .. } => {
            format!("{} fits its schema", path.as_deref().unwrap_or("the answer"))
        }
        Predicate::RegexMatches { path, pattern } => {
            format!("/{pattern}/ is found in {}", path.as_deref().unwrap_or("the answer"))
        }
        Predicate::DiffNonempty { path } => format!("{} has changed", path.as_deref().unwrap_or("something")),
        Predicate::AnswerNonempty => "the answer is not empty".to_owned(),
        Predicate::ToolResultPassed { .. } => predicate.to_string(),
    }
}

fn findings(text: &mut String, findings: &[Finding]) {
    let claims: Vec<&Finding> = findings.iter().filter(|finding| !finding.claim.is_empty()).collect();
    if claims.is_empty() {
        return;
    }
    text.push_str("What research found (check before you rely on it):\n");
    for finding in claims.iter().take(FINDINGS) {
        let places = if finding.citations.is_empty() {
            String::new()
        } else {
            format!(" [{}]", finding.citations.join(", "))
        };
        writeln!(text, "- {}{places}", finding.claim).ok();
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::card::Tier;

    use super::*;

    #[test]
    fn the_card_is_told_without_what_is_switched_off() {
        let task = |n: u32, on: bool| SubTask {
            n,
            title: format!("task {n}"),
            looks_at: vec!["src/**".into()],
            expected_output: "a table".into(),
            done_check: DoneCheck::Command { command: "cargo test".into() },
            writes: vec!["out.md".into()],
            tools: vec![],
            tier: Tier::Cheap,
            depends_on: vec![1],
            claims: vec![],
            on,
        };
        let card = MissionCard {
            goal: "Find it.".into(),
            subtasks: vec![task(2, true), task(3, false)],
            risks: vec!["slow".into()],
            ..MissionCard::default()
        };
        let text = mission_task("why?", &card, &Corpus::default());
        let expected = "The person asked: why?\n\n# Approved card\nGoal: Find it.\n2. task 2\n   expected: a table\n   reads: src/**\n   \
                        writes: out.md\n   done when `cargo test` succeeds\n   after: 1\nRisks:\n- slow\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("task 3"));
    }

    #[test]
    fn the_static_part_of_a_mission_stays_small() {
        assert!(
            mission_header(&headwater_protocol::ModelInfo::unknown("m"), &[], 100_000).system.chars().count()
                <= 3_500
        );
    }
}
