//! Reminders: what the harness tells the model of its own accord (HARNESS B3). To add one: a file here and a line in a list.
//!
//! *Invariants:* a reminder is a pure function of the state and of facts that somebody else has gathered; it is true, short,
//! and has a condition under which it comes again, so that none is said at every step. It stands at the end of a request and
//! is never taken back: the requests of a session stay prefixes of each other.
//!
//! There are three levels. The system prompt explains the tag once, with an example (`prompts/base.md`). [`MESSAGE`] holds
//! those that stand in a message of their own before a request; [`BEHIND_RESULT`] those that stand behind a call's result.

mod answer_cut;
mod budget_spent;
mod context_pressure;
mod edited_call;
mod empty_reply;
mod file_changed;
mod mode_changed;
mod output_limit;
mod repeat;
mod repeated_failure;
mod terms;
mod todos_stale;

use headwater_protocol::{Limit, ModeSpec, RunState, Timestamp};

use crate::injection::{Priority, Queue, Reminder};
use crate::pressure::Thresholds;

/// What a reminder may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The run.
    pub state: &'a RunState,
    /// The mode of the turn.
    pub mode: &'a ModeSpec,
    /// The hard limits.
    pub limit: &'a Limit,
    /// How full the window may get.
    pub thresholds: Thresholds,
    /// The time.
    pub now: Timestamp,
    /// Files that are not what the model saw, and that it was not told of yet.
    pub changed: &'a [ChangedFile],
}

/// A file that is not what the model saw of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path as the tools write it.
    pub path: String,
    /// Whether it is no longer there.
    pub is_gone: bool,
}

/// What is known of a call that has ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResultFacts<'a> {
    /// Whether it has given the same result so often that it will not run again as it is.
    pub is_last_round: bool,
    /// What ran, where the person changed the call.
    pub ran_instead: Option<&'a serde_json::Value>,
}

type Member = fn(&Facts<'_>) -> Option<Reminder>;

/// Those before a request.
const MESSAGE: &[Member] = &[
    mode_changed::remind,
    terms::remind,
    output_limit::remind,
    answer_cut::remind,
    empty_reply::remind,
    repeated_failure::remind,
    file_changed::remind,
    budget_spent::remind,
    context_pressure::remind,
    todos_stale::remind,
];

/// Those behind a result.
const BEHIND_RESULT: &[fn(&ResultFacts<'_>) -> Option<String>] = &[repeat::remind, edited_call::remind];

/// What is to be told before the next request.
pub fn due(facts: &Facts<'_>) -> Queue {
    let mut queue = Queue::default();
    MESSAGE.iter().filter_map(|member| member(facts)).for_each(|reminder| queue.push(reminder));
    queue
}

/// What is to be told behind the result of a call.
pub fn behind_result(facts: &ResultFacts<'_>) -> Vec<String> {
    BEHIND_RESULT.iter().filter_map(|member| member(facts)).collect()
}

/// A reminder with a text of `prompts/reminders/` in which the placeholders are filled.
fn reminder(key: &str, priority: Priority, text: &str, filled: &[(&str, &str)]) -> Reminder {
    let fill = |text: String, (name, value): &(&str, &str)| text.replace(name, value);
    let text = filled.iter().fold(text.trim().to_owned(), fill);
    Reminder { key: key.to_owned(), priority, text }
}

#[cfg(test)]
mod tests;
