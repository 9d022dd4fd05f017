//! Going back: what the views were at each message of the person that counts, and what the last rewinds took away.
//!
//! Views that tell what was spent, what was allowed and what files held are not taken back: they happened.

use std::sync::Arc;

use super::{
    Budget, Cache, ContractView, FilesSeen, MissionView, Relief, Reminders, RunState, SessionView, Todos,
    ToolResults, Uncertainties,
};
use crate::event::Event;
use crate::events::{RewindScope, Rewound};
use crate::record::Record;

/// The messages one can go back to, each with what was kept of it, and the rewinds that can be taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewinds<T> {
    marks: Vec<Mark<T>>,
    undone: Vec<Undone<T>>,
}

/// A message of the person.
#[derive(Clone, Debug, PartialEq)]
struct Mark<T> {
    seq: u64,
    then: Arc<T>,
}

/// A rewind that nothing has followed.
#[derive(Clone, Debug, PartialEq)]
struct Undone<T> {
    rewind: Redoable,
    marks: Vec<Mark<T>>,
    before: Option<Arc<T>>,
}

/// A rewind that can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redoable {
    /// Its record.
    pub seq: u64,
    /// The message it went back to.
    pub to: u64,
    /// What went back.
    pub scope: RewindScope,
}

impl<T> Default for Rewinds<T> {
    fn default() -> Self {
        Self { marks: Vec::new(), undone: Vec::new() }
    }
}

impl<T> Rewinds<T> {
    /// The messages that count, oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.marks.iter().map(|mark| mark.seq)
    }

    /// The rewind that would be taken back; `None` when there was none, or something has followed it.
    pub fn redoable(&self) -> Option<Redoable> {
        self.undone.last().map(|undone| undone.rewind)
    }

    /// Whether such a rewind can be made now.
    pub fn accepts(&self, rewound: &Rewound) -> bool {
        match rewound.redoes {
            None => self.marks.iter().any(|mark| mark.seq == rewound.to),
            Some(rewind) => self.redoable().is_some_and(|last| last.seq == rewind),
        }
    }

    /// Takes the next record into account; `now` is what is kept of the state before it. What the state has to become comes
    /// back, where it goes back.
    pub fn apply(&mut self, record: &Record, now: impl FnOnce() -> T) -> Option<Arc<T>> {
        if moves_on(&record.event) {
            self.undone.clear();
        }
        if let Event::UserMessage(_) = &record.event {
            self.marks.push(Mark { seq: record.seq, then: Arc::new(now()) });
        } else if let Event::Rewound(rewound) = &record.event {
            return self.rewound(record.seq, rewound, now);
        }
        None
    }

    fn rewound(&mut self, seq: u64, rewound: &Rewound, now: impl FnOnce() -> T) -> Option<Arc<T>> {
        if !self.accepts(rewound) {
            return None;
        }
        if rewound.redoes.is_some() {
            let undone = self.undone.pop()?;
            self.marks.extend(undone.marks);
            return undone.before;
        }
        let rewind = Redoable { seq, to: rewound.to, scope: rewound.scope };
        if !rewound.scope.has_conversation() {
            self.undone.push(Undone { rewind, marks: Vec::new(), before: None });
            return None;
        }
        let place = self.marks.iter().position(|mark| mark.seq == rewound.to)?;
        let marks = self.marks.split_off(place);
        let then = marks.first().map(|mark| Arc::clone(&mark.then));
        self.undone.push(Undone { rewind, marks, before: Some(Arc::new(now())) });
        then
    }
}

/// Whether the conversation goes on with this: a rewind before it can no longer be taken back.
pub(super) fn moves_on(event: &Event) -> bool {
    matches!(
        event,
        Event::UserMessage(_) | Event::TurnStarted(_) | Event::UserShell(_) | Event::ContextEdited(_)
    )
}

/// The views that go back with the conversation and are small enough to be kept at every message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Then {
    session: SessionView,
    budget: Budget,
    cache: Cache,
    todos: Todos,
    contract: ContractView,
    uncertainties: Uncertainties,
    results: ToolResults,
    relief: Relief,
    reminders: Reminders,
    files: Arc<FilesSeen>,
    mission: MissionView,
}

impl RunState {
    /// Keeps the views at a message of the person, or takes them back to one.
    pub(super) fn look_back(&mut self, record: &Record) {
        let mut rewinds = std::mem::take(&mut self.rewinds);
        let then = rewinds.apply(record, || self.kept());
        self.rewinds = rewinds;
        let Some(then) = then else { return };
        self.session.go_back(&then.session);
        self.budget.go_back(&then.budget);
        self.cache.go_back(&then.cache);
        self.todos = then.todos.clone();
        self.contract.go_back(&then.contract);
        self.uncertainties = then.uncertainties.clone();
        self.results.go_back(&then.results);
        self.relief = then.relief.clone();
        self.reminders = then.reminders.clone();
        self.files = Arc::clone(&then.files);
        self.mission = then.mission.clone();
    }

    fn kept(&self) -> Then {
        Then {
            session: self.session.clone(),
            budget: self.budget.clone(),
            cache: self.cache.clone(),
            todos: self.todos.clone(),
            contract: self.contract.clone(),
            uncertainties: self.uncertainties.clone(),
            results: self.results.clone(),
            relief: self.relief.clone(),
            reminders: self.reminders.clone(),
            files: Arc::clone(&self.files),
            mission: self.mission.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
