//! The report of a mission: what was expected, what came, what shows it; estimate against fact; what is left
//! (RECURSIVE §7.9).

use headwater_protocol::card::SubTask;
use headwater_protocol::{Gap, MissionCard, Tokens, Usd};

use super::answers::{clip, push_line};
use crate::rlm::thousands;

/// The longest cell of the table, in characters.
const LONGEST_CELL: usize = 160;

/// What became of a sub-task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskOutcome {
    /// Its number.
    pub n: u32,
    /// What came out of it; empty when nothing did.
    pub got: String,
    /// What shows it: a citation, a command with its code, a file.
    pub evidence: String,
    /// How its check came out; `None` when only a person can tell.
    pub check: Option<Result<(), String>>,
}

/// What a mission took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taken {
    /// Calls of child models.
    pub calls: u32,
    /// Tokens.
    pub tokens: Tokens,
    /// Money, as far as known; absent when a price is unknown.
    pub cost_usd: Option<Usd>,
    /// Seconds.
    pub seconds: u64,
}

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct ReportFacts<'a> {
    /// The card that was approved.
    pub card: &'a MissionCard,
    /// The answer; empty when there is none.
    pub answer: &'a str,
    /// What became of the sub-tasks.
    pub outcomes: &'a [TaskOutcome],
    /// What of the contract does not hold.
    pub gaps: &'a [Gap],
    /// What it took.
    pub taken: Taken,
    /// Whether changes can be undone, and how, in one sentence.
    pub undo: Option<&'a str>,
}

/// The report as markdown.
pub fn report(facts: &ReportFacts<'_>) -> String {
    let mut text = String::new();
    if !facts.answer.trim().is_empty() {
        push_line(&mut text, &format!("{}\n", facts.answer.trim()));
    }
    table(&mut text, facts);
    against_estimate(&mut text, facts);
    leftovers(&mut text, facts);
    if let Some(undo) = facts.undo {
        push_line(&mut text, &format!("\n{undo}"));
    }
    text
}

fn table(text: &mut String, facts: &ReportFacts<'_>) {
    text.push_str("| sub-task | expected | got | evidence |\n|---|---|---|---|\n");
    for task in &facts.card.subtasks {
        let outcome = facts.outcomes.iter().find(|outcome| outcome.n == task.n);
        let (got, evidence) = row(task, outcome);
        let title = format!("{}. {}", task.n, task.title);
        let cells = [title.as_str(), &task.expected_output, &got, &evidence].map(cell);
        push_line(text, &format!("| {} |", cells.join(" | ")));
    }
}

fn row(task: &SubTask, outcome: Option<&TaskOutcome>) -> (String, String) {
    let Some(outcome) = outcome else {
        let why = if task.on { "nothing: it did not run" } else { "switched off" };
        return (why.to_owned(), String::new());
    };
    let mark = match &outcome.check {
        Some(Ok(())) => "✓",
        Some(Err(_)) => "✗",
        None => "?",
    };
    let got = if outcome.got.trim().is_empty() { "nothing" } else { outcome.got.trim() };
    let evidence = match &outcome.check {
        Some(Err(found)) if outcome.evidence.is_empty() => found.clone(),
        Some(Err(found)) => format!("{}; {found}", outcome.evidence),
        Some(Ok(())) => outcome.evidence.clone(),
        None if outcome.evidence.is_empty() => "for a person to look at".to_owned(),
        None => format!("{}; for a person to look at", outcome.evidence),
    };
    (format!("{mark} {got}"), evidence)
}

/// One line without what would end a cell.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    clip(&line, LONGEST_CELL).replace('|', "\\|")
}

fn against_estimate(text: &mut String, facts: &ReportFacts<'_>) {
    let (estimate, taken) = (&facts.card.estimate, &facts.taken);
    let expected =
        estimate.cost_usd.map_or("unknown".to_owned(), |(least, most)| format!("{least} to {most}"));
    let cost = taken.cost_usd.map_or("unknown".to_owned(), |cost| cost.to_string());
    push_line(
        text,
        &format!(
            "\n| | estimate | fact |\n|---|---|---|\n| calls | {} to {} | {} |\n| tokens | at most {} | {} |\n\
         | cost | {expected} | {cost} |\n| seconds | {} | {} |",
            estimate.calls.0,
            estimate.calls.1,
            taken.calls,
            thousands(estimate.tokens.0),
            thousands(taken.tokens.0),
            estimate.seconds,
            taken.seconds
        ),
    );
}

/// What does not hold, what did not run, what a person has still to look at.
fn leftovers(text: &mut String, facts: &ReportFacts<'_>) {
    let mut left: Vec<String> = facts.gaps.iter().map(|gap| format!("{}: {}", gap.id, gap.found)).collect();
    for task in &facts.card.subtasks {
        let outcome = facts.outcomes.iter().find(|outcome| outcome.n == task.n);
        let what = match outcome.map(|outcome| &outcome.check) {
            None if task.on => "did not run",
            None => "was switched off",
            Some(Some(Err(_))) => "did not pass its check",
            Some(None) => "is for a person to look at",
            Some(Some(Ok(()))) => continue,
        };
        left.push(format!("sub-task {} {what}", task.n));
    }
    if !left.is_empty() {
        push_line(text, "\nLeft over:");
        for line in left {
            push_line(text, &format!("- {line}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::card::{DoneCheck, Estimate, Tier};

    use super::*;

    fn task(n: u32, on: bool) -> SubTask {
        SubTask {
            n,
            title: format!("Task {n}"),
            looks_at: vec![],
            expected_output: "a | b\nlist".into(),
            done_check: DoneCheck::Human,
            writes: vec![],
            tools: vec![],
            tier: Tier::Cheap,
            depends_on: vec![],
            claims: vec![],
            on,
        }
    }

    #[test]
    fn the_report_says_what_came_and_what_did_not() {
        let estimate = Estimate { calls: (3, 9), tokens: Tokens(5_000), cost_usd: None, seconds: 40 };
        let card = MissionCard {
            subtasks: vec![task(1, true), task(2, true), task(3, true), task(4, true), task(5, false)],
            estimate,
            ..MissionCard::default()
        };
        let outcome = |n: u32, got: &str, check| TaskOutcome {
            n,
            got: got.into(),
            evidence: format!("a.rs:{n}"),
            check,
        };
        let outcomes = [
            outcome(1, "done", Some(Ok(()))),
            outcome(2, "", Some(Err("it ended with code 1".into()))),
            outcome(3, "a picture", None),
        ];
        let gaps = [Gap { id: "report".into(), found: "report.md is not there".into() }];
        let taken = Taken { calls: 7, tokens: Tokens(4_200), cost_usd: Some(Usd(0.012)), seconds: 31 };
        let undo = Some("`/undo mission` takes every change back.");
        let facts = ReportFacts {
            card: &card,
            answer: "Forty-two.\n",
            outcomes: &outcomes,
            gaps: &gaps,
            taken,
            undo,
        };
        insta::assert_snapshot!(report(&facts), @r"
        Forty-two.

        | sub-task | expected | got | evidence |
        |---|---|---|---|
        | 1. Task 1 | a \| b list | ✓ done | a.rs:1 |
        | 2. Task 2 | a \| b list | ✗ nothing | a.rs:2; it ended with code 1 |
        | 3. Task 3 | a \| b list | ? a picture | a.rs:3; for a person to look at |
        | 4. Task 4 | a \| b list | nothing: it did not run |  |
        | 5. Task 5 | a \| b list | switched off |  |

        | | estimate | fact |
        |---|---|---|
        | calls | 3 to 9 | 7 |
        | tokens | at most 5.0K | 4.2K |
        | cost | unknown | $0.0120 |
        | seconds | 40 | 31 |

        Left over:
        - report: report.md is not there
        - sub-task 2 did not pass its check
        - sub-task 3 is for a person to look at
        - sub-task 4 did not run
        - sub-task 5 was switched off

        `/undo mission` takes every change back.
        ");
    }
}
