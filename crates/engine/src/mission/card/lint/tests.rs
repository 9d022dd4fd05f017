//! A card that may be approved, and one change for each rule that it then breaks.

use headwater_protocol::card::{Confidence, DoneCheck, Finding, SubTask, Tier};
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::{MissionCard, Predicate, Tokens, Usd};
use serde_json::json;

use super::lint;

fn task(n: u32) -> SubTask {
    SubTask {
        n,
        title: format!("Task {n}"),
        looks_at: vec!["src/**".into(), "blob:ab12".into()],
        expected_output: "a list".into(),
        done_check: DoneCheck::Command { command: "true".into() },
        writes: vec!["docs/*.md".into()],
        tools: vec![],
        tier: Tier::Cheap,
        depends_on: vec![],
        claims: vec!["c1".into()],
        on: true,
    }
}

fn card() -> MissionCard {
    let finding = Finding {
        id: "c1".into(),
        parent: None,
        title: "Title".into(),
        claim: "Claim.".into(),
        confidence: Confidence::High,
        citations: vec![],
    };
    let mut card = MissionCard {
        goal: "Find out why v1.2 fails.".into(),
        findings: vec![finding],
        subtasks: vec![task(1), task(2), task(3)],
        ..MissionCard::default()
    };
    card.contract.required_outputs = vec![output("answer", Predicate::AnswerNonempty)];
    card
}

fn output(id: &str, predicate: Predicate) -> RequiredOutput {
    RequiredOutput { id: id.into(), what: "it".into(), predicate }
}

/// A change, and the fault that it brings.
type Case = (fn(&mut MissionCard), &'static str);

fn assert_each(cases: &[Case]) {
    for (change, expected) in cases {
        let mut changed = card();
        change(&mut changed);
        assert_eq!(lint(&changed), [*expected]);
    }
}

#[test]
fn a_sound_card_has_no_faults() {
    assert_eq!(lint(&card()), Vec::<String>::new());
}

#[test]
fn what_the_card_says() {
    assert_each(&[
        (|card| card.goal = "  ".into(), "The card has no goal."),
        (|card| card.goal = "One. Two.".into(), "The goal is more than one sentence."),
        (|card| card.goal = "One\ntwo".into(), "The goal is more than one sentence."),
        (|card| card.goal = "x".repeat(301), "The goal is longer than 300 characters."),
        (|card| card.subtasks.clear(), "The card has no sub-tasks."),
        (
            |card| card.subtasks.iter_mut().for_each(|task| task.on = false),
            "Every sub-task is switched off: there is nothing to do.",
        ),
        (|card| card.subtasks[0].title.clear(), "Sub-task 1 has no title."),
        (|card| card.subtasks[1].expected_output.clear(), "Sub-task 2 does not say what comes out of it."),
        (
            |card| card.subtasks[0].done_check = DoneCheck::Command { command: " ".into() },
            "Sub-task 1 is checked by a command that is empty.",
        ),
        (
            |card| card.subtasks[0].done_check = DoneCheck::Matches { pattern: "(".into(), path: None },
            "Sub-task 1 is checked by a pattern that cannot be used: unclosed group.",
        ),
        (
            |card| {
                card.subtasks[0].done_check =
                    DoneCheck::Matches { pattern: "a".into(), path: Some("/etc/passwd".into()) }
            },
            "Sub-task 1 is checked in a file whose path is not relative to the workspace.",
        ),
        (
            |card| card.subtasks[0].writes = vec!["../x".into()],
            "Sub-task 1 would write `../x`, which leaves the workspace.",
        ),
        (
            |card| card.subtasks[0].writes = vec!["~/x".into()],
            "Sub-task 1 would write `~/x`, which is not relative to the workspace.",
        ),
        (
            |card| card.subtasks[0].writes = vec!["a[".into()],
            "Sub-task 1 would write `a[`, which is no glob.",
        ),
        (|card| card.subtasks[0].looks_at = vec![String::new()], "Sub-task 1 looks at ``, which is empty."),
        (
            |card| card.subtasks[0].claims = vec!["c9".into()],
            "Sub-task 1 rests on `c9`, which is no finding of this card.",
        ),
        (
            |card| card.findings[0].confidence = Confidence::Unsupported,
            "`c1` is unsupported, and the confidence notes do not say so.",
        ),
        (
            |card| card.findings[0].confidence = Confidence::Disputed,
            "`c1` is disputed, and the confidence notes do not say so.",
        ),
    ]);
    let mut noted = card();
    noted.findings[0].confidence = Confidence::Disputed;
    noted.confidence_notes = vec!["c1 is disputed: two places disagree.".into()];
    assert_eq!(lint(&noted), Vec::<String>::new());
}

#[test]
fn the_order_of_subtasks() {
    assert_each(&[
        (|card| card.subtasks[1].n = 1, "Two sub-tasks have the number 1."),
        (|card| card.subtasks[1].n = 0, "A sub-task has the number 0; they count from 1."),
        (
            |card| card.subtasks[1].depends_on = vec![9],
            "Sub-task 2 comes after sub-task 9, which is not there.",
        ),
        (|card| card.subtasks[1].depends_on = vec![2], "Sub-task 2 comes after sub-task 2, which is itself."),
        (
            |card| {
                card.subtasks[0].on = false;
                card.subtasks[1].depends_on = vec![1];
            },
            "Sub-task 2 comes after sub-task 1, which is switched off.",
        ),
        (
            |card| {
                card.subtasks[0].depends_on = vec![3];
                card.subtasks[1].depends_on = vec![1];
                card.subtasks[2].depends_on = vec![2];
            },
            "Sub-tasks wait for each other in a circle, so that none of these can begin: 1, 2, 3.",
        ),
    ]);
}

#[test]
fn the_contract() {
    assert_each(&[
        (
            |card| card.contract.required_outputs.push(output("answer", Predicate::AnswerNonempty)),
            "Two required outputs are called `answer`.",
        ),
        (|card| card.contract.required_outputs[0].id.clear(), "A required output has no id."),
        (
            |card| card.contract.required_outputs[0].what.clear(),
            "The required output `answer` does not say what it is.",
        ),
        (
            |card| {
                card.contract.required_outputs[0].predicate = Predicate::FileExists { path: "../a".into() }
            },
            "The required output `answer` cannot be checked: the path `../a` leaves the workspace.",
        ),
        (
            |card| {
                card.contract.required_outputs[0].predicate =
                    Predicate::CommandExit0 { command: String::new() }
            },
            "The required output `answer` cannot be checked: its command is empty.",
        ),
        (
            |card| {
                card.contract.required_outputs[0].predicate =
                    Predicate::RegexMatches { path: None, pattern: String::new() };
            },
            "The required output `answer` cannot be checked: its pattern cannot be used (it is empty).",
        ),
        (
            |card| {
                card.contract.required_outputs[0].predicate =
                    Predicate::DiffNonempty { path: Some("/".into()) }
            },
            "The required output `answer` cannot be checked: the path `/` is not relative to the workspace.",
        ),
    ]);
    let mut broken = card();
    let schema = json!({"type": "no such type"});
    broken.contract.required_outputs[0].predicate = Predicate::JsonSchemaValid { path: None, schema };
    let faults = lint(&broken);
    assert!(faults.len() == 1 && faults[0].contains("its schema is none"), "{faults:?}");
}

#[test]
fn the_budget() {
    assert_each(&[
        (|card| card.budget.calls = 0, "The budget has no calls."),
        (|card| card.budget.seconds = 0, "The budget has no time."),
        (|card| card.budget.iterations = 0, "The budget has no answers of the root."),
        (|card| card.budget.tokens = Some(Tokens(0)), "The budget has no tokens."),
        (|card| card.budget.cost_usd = Some(Usd(-1.0)), "The budget has no money."),
        (|card| card.budget.cost_usd = Some(Usd(f64::NAN)), "The budget has no money."),
        (|card| card.budget.depth = 9, "The budget allows more than 8 levels below the root."),
        (
            |card| card.estimate.calls = (300, 400),
            "The sub-tasks take 300 calls at the least, and the budget has 200.",
        ),
        (
            |card| {
                card.estimate.cost_usd = Some((Usd(2.0), Usd(3.0)));
                card.budget.cost_usd = Some(Usd(0.5));
            },
            "The sub-tasks cost $2.00 at the least, and the budget has $0.50.",
        ),
    ]);
}
