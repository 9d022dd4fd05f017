//! What the person asks for in a contract: a model that is not told finds out by refusals alone.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use headwater_protocol::{TaskContract, Tokens};

use super::Facts;
use crate::injection::{Priority, Reminder, reminder_room};
use crate::prompts;
use crate::tokens::estimate_bytes;

/// Once, and again when the person changes it. A summary carries it on.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let contract = facts.state.contract.of_person()?;
    let lines = lines(&contract);
    let mut digest = DefaultHasher::new();
    lines.hash(&mut digest);
    let key = format!("terms/{:016x}", digest.finish());
    let is_told = facts.state.reminders.steps_since(&key).is_some();
    let terms = fitting(&lines, facts);
    let filled = [("{terms}", terms.as_str())];
    (!is_told).then(|| super::reminder(&key, Priority::State, prompts::REMINDER_TERMS, &filled))
}

/// A line for each thing that is asked for.
fn lines(contract: &TaskContract) -> Vec<String> {
    let goal = (!contract.goal.is_empty()).then(|| format!("Goal: {}", contract.goal));
    let outputs = contract.required_outputs.iter().map(|output| {
        let what = if output.what == output.id { String::new() } else { format!(" {};", output.what) };
        format!("- {}:{what} {}", output.id, output.predicate)
    });
    let questions = contract.must_ask.iter().map(|question| format!("- ask the person: {question}"));
    let sure = contract.acceptability.min_confidence;
    let sure = sure.map(|sure| format!("- say with `contract` how sure you are; {sure} is asked for"));
    goal.into_iter().chain(outputs).chain(questions).chain(sure).collect()
}

/// As many lines as half of the room for reminders takes, and how many are left.
fn fitting(lines: &[String], facts: &Facts<'_>) -> String {
    let room = Tokens(reminder_room(facts.state).0 / 2);
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let bytes = text.len() + line.len() + 1;
        if at > 0 && estimate_bytes(bytes, facts.state.budget.calibration) > room {
            return format!("{text}- and {} more, told when they are missing", lines.len() - at);
        }
        text.extend([line.as_str(), "\n"]);
    }
    text.trim_end().to_owned()
}
