//! When the harness spoke to the model last, and what happened since: what keeps a reminder from being said too often.

use std::collections::BTreeMap;

use super::View;
use crate::event::Event;
use crate::events::{AssistantBlock, AssistantMessage, ReminderInjected};
use crate::message::StopSignal;
use crate::record::Record;

/// The key of the reminder that names files which changed on disk, one a line behind [`NAMED`].
pub const FILE_CHANGED: &str = "file_changed";
/// How a line of that reminder begins.
pub const NAMED: &str = "- ";

/// What the harness has told the model in this session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reminders {
    requests: u32,
    told: BTreeMap<String, Told>,
    /// The record that last told of each file.
    files: BTreeMap<String, u64>,
    /// Requests that had been made when the todo list last changed.
    todos_changed: u32,
    /// Requests that had been made when the conversation was last edited.
    edited: u32,
    idle: Option<Idle>,
}

/// When something was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    requests: u32,
    /// Whether it was in the running turn.
    is_of_turn: bool,
}

/// An answer that neither says nor does anything that ends the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The output limit cut it off.
    CutShort,
    /// It was empty.
    Empty,
    /// It broke off.
    Broken,
}

impl Reminders {
    /// Requests since this was last told; `None` where it never was.
    pub fn steps_since(&self, key: &str) -> Option<u32> {
        self.told.get(key).map(|told| self.requests.saturating_sub(told.requests))
    }

    /// Whether this was told in the running turn.
    pub fn was_told_in_turn(&self, key: &str) -> bool {
        self.told.get(key).is_some_and(|told| told.is_of_turn)
    }

    /// Requests since the todo list last changed.
    pub fn steps_since_todos(&self) -> u32 {
        self.requests.saturating_sub(self.todos_changed)
    }

    /// Whether this was told since the conversation was last edited; without an edit, whether it was told at all.
    pub fn was_told_since_edit(&self, key: &str) -> bool {
        self.told.get(key).is_some_and(|told| told.requests >= self.edited)
    }

    /// The record that last told that this file changed on disk.
    pub fn told_of_file(&self, path: &str) -> Option<u64> {
        self.files.get(path).copied()
    }

    /// What was idle about the model's last message; `None` where nothing was, or a request has gone out since.
    pub fn idle(&self) -> Option<Idle> {
        self.idle
    }

    fn told(&mut self, reminder: &ReminderInjected, record: u64) {
        let told = Told { requests: self.requests, is_of_turn: true };
        self.told.insert(reminder.key.clone(), told);
        if reminder.key == FILE_CHANGED {
            let names = reminder.text.lines().filter_map(|line| line.strip_prefix(NAMED));
            self.files.extend(names.map(|name| (name.to_owned(), record)));
        }
    }
}

impl View for Reminders {
    fn apply(&mut self, record: &Record) {
        if let Event::RequestSent(_) = &record.event {
            self.requests += 1;
            self.idle = None;
        } else if let Event::ReminderInjected(reminder) = &record.event {
            self.told(reminder, record.seq);
        } else if let Event::TodosChanged(_) = &record.event {
            self.todos_changed = self.requests;
        } else if let Event::ContextEdited(_) = &record.event {
            self.edited = self.requests;
        } else if let Event::AssistantMessage(said) = &record.event {
            self.idle = idle(said);
        } else if let Event::AnswerCut(_) = &record.event {
            self.idle = Some(Idle::Broken);
        } else if let Event::TurnStarted(_) = &record.event {
            self.idle = None;
            self.told.values_mut().for_each(|told| told.is_of_turn = false);
        }
    }
}

fn idle(said: &AssistantMessage) -> Option<Idle> {
    if said.blocks.iter().any(|block| matches!(block, AssistantBlock::Call { .. })) {
        return None;
    }
    match said.stop {
        StopSignal::Length => Some(Idle::CutShort),
        StopSignal::EndTurn | StopSignal::ToolCalls if said.text.trim().is_empty() => Some(Idle::Empty),
        StopSignal::EndTurn | StopSignal::ToolCalls | StopSignal::Filtered | StopSignal::Interrupted => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{ContextEdited, RequestSent, TodosChanged, TurnStarted};
    use crate::{ContextEditPlan, EditKind, EditReason, ModeId, Timestamp, Tokens};

    fn fold(events: Vec<Event>) -> Reminders {
        let mut view = Reminders::default();
        for (seq, event) in (0u64..).zip(events) {
            view.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
        }
        view
    }

    fn sent() -> Event {
        RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) }.into()
    }

    fn told(key: &str, text: &str) -> Event {
        ReminderInjected { key: key.into(), text: text.into() }.into()
    }

    #[test]
    fn b6_what_was_told_is_known_by_steps_turns_and_edits() {
        let begun = || -> Event { TurnStarted { turn: 1, mode: ModeId::Agent }.into() };
        let edited = || -> Event {
            let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits: vec![] };
            ContextEdited { kind: EditKind::Drop, before: Tokens(2), after: Tokens(1), plan }.into()
        };
        let view = fold(vec![begun(), told("a", "x"), sent(), sent()]);
        assert_eq!((view.steps_since("a"), view.steps_since("b")), (Some(2), None));
        assert!(view.was_told_in_turn("a") && view.was_told_since_edit("a"));
        let view = fold(vec![begun(), told("a", "x"), sent(), edited(), begun()]);
        assert!(!view.was_told_in_turn("a") && !view.was_told_since_edit("a"));
        let todos = TodosChanged { todos: vec![] };
        assert_eq!(fold(vec![sent(), todos.into(), sent(), sent(), sent()]).steps_since_todos(), 3);
    }

    #[test]
    fn b6_the_files_that_were_told_of_are_read_off_the_text() {
        let view = fold(vec![told("x", "- a.rs"), told(FILE_CHANGED, "Changed:\n- src/b c.rs\n- d\nSo.")]);
        let found = ["a.rs", "src/b c.rs", "d"].map(|path| view.told_of_file(path));
        assert_eq!(found, [None, Some(1), Some(1)]);
    }

    #[test]
    fn b3_an_idle_answer_is_told_from_one_that_ends_the_turn() {
        let said = |text: &str, stop, calls: bool| -> Event {
            let blocks = if calls { vec![AssistantBlock::Call { call: "c".into() }] } else { vec![] };
            AssistantMessage { text: text.into(), blocks, origin: String::new(), stop }.into()
        };
        let table = [
            (said("so", StopSignal::Length, false), Some(Idle::CutShort)),
            (said("so", StopSignal::Length, true), None),
            (said(" ", StopSignal::EndTurn, false), Some(Idle::Empty)),
            (said("done", StopSignal::EndTurn, false), None),
            (said("", StopSignal::Interrupted, false), None),
        ];
        for (event, expected) in table {
            assert_eq!(fold(vec![event.clone()]).idle(), expected, "{event:?}");
            assert_eq!(fold(vec![event, sent()]).idle(), None);
        }
    }
}
