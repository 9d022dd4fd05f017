//! How the task stands beside the conversation: its todos, its contract with what is met, and what is not known. A summary
//! carries it on word for word, since the messages that said it are gone.

use std::fmt::Write as _;

use headwater_protocol::events::UncertaintyKind;
use headwater_protocol::{RunState, TodoStatus};

/// The todo list, the contract and what is open, each with its title; empty where there is nothing.
pub(crate) fn standing(state: &RunState) -> String {
    let mut text = String::new();
    todos(&mut text, state);
    contract(&mut text, state);
    uncertainties(&mut text, state);
    text
}

// Writing to a text cannot fail, here and below.
fn todos(text: &mut String, state: &RunState) {
    if !state.todos.items.is_empty() {
        text.push_str("\n\nThe todo list as it stands:");
    }
    for todo in &state.todos.items {
        let status = match todo.status {
            TodoStatus::Pending => "pending",
            TodoStatus::InProgress => "in progress",
            TodoStatus::Completed => "completed",
            TodoStatus::Cancelled => "cancelled",
        };
        write!(text, "\n- [{status}] {}", todo.text).ok();
    }
}

fn contract(text: &mut String, state: &RunState) {
    let Some(contract) = &state.contract.contract else { return };
    text.push_str("\n\nThe contract: each of this is checked before your answer is accepted.");
    if !contract.goal.is_empty() {
        write!(text, "\nGoal: {}", contract.goal).ok();
    }
    for output in &contract.required_outputs {
        let coverage = state.contract.coverage.iter().find(|one| one.id == output.id);
        let status = if coverage.is_some_and(|one| one.is_met) { "met" } else { "not met" };
        write!(text, "\n- [{status}] {}: {} ({})", output.id, output.what, output.predicate).ok();
        if let Some(found) = coverage.map(|one| &one.found).filter(|found| !found.is_empty()) {
            write!(text, "; {found}").ok();
        }
    }
    for question in &contract.must_ask {
        write!(text, "\n- the person must be asked: {question}").ok();
    }
}

fn uncertainties(text: &mut String, state: &RunState) {
    for (at, entry) in state.uncertainties.open().enumerate() {
        if at == 0 {
            text.push_str("\n\nOpen uncertainties:");
        }
        let kind = match entry.kind {
            UncertaintyKind::Assumption => "assumed",
            UncertaintyKind::Unknown => "not known",
        };
        write!(text, "\n- {} ({kind}): {}", entry.id, entry.text).ok();
    }
}
