//! What must hold of every transcript (HARNESS T1, T2, E2): usable in tests, in `doctor` and on resume.

use std::collections::HashMap;

use crate::event::Event;
use crate::ids::CallId;
use crate::record::Record;

/// A broken invariant, with the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Sequence numbers have a gap or repeat.
    #[error("record {found} stands where {expected} should")]
    Sequence {
        /// What had to come.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// The first record is not `session_started`, or a later one is.
    #[error("session_started at record {seq}")]
    Start {
        /// Where.
        seq: u64,
    },
    /// Two calls share an id.
    #[error("call {call} was made twice")]
    DuplicateCall {
        /// The call.
        call: CallId,
    },
    /// A result without its call.
    #[error("a result for {call}, which was never called")]
    OrphanResult {
        /// The call.
        call: CallId,
    },
    /// A second result for a call.
    #[error("a second result for {call}")]
    DuplicateResult {
        /// The call.
        call: CallId,
    },
    /// A call without a result at the end of a turn.
    #[error("turn ended while {call} had no result")]
    Dangling {
        /// The call.
        call: CallId,
    },
    /// A call ran although an approval was asked for and none was given.
    #[error("{call} ran without the approval it asked for")]
    Unapproved {
        /// The call.
        call: CallId,
    },
}

/// Checks `records` from the first to the last; an empty list means that everything holds. A call may still
/// be open when the records end within a turn.
pub fn check<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Violation> {
    let mut checker = Checker::default();
    for (position, record) in records.into_iter().enumerate() {
        checker.place(position as u64, record);
        checker.pair(&record.event);
    }
    checker.violations
}

#[derive(Default)]
struct Checker {
    /// Call → whether it has its result.
    calls: HashMap<CallId, bool>,
    /// Calls which asked and were not answered with a yes.
    unapproved: Vec<CallId>,
    violations: Vec<Violation>,
}

impl Checker {
    fn place(&mut self, expected: u64, record: &Record) {
        if record.seq != expected {
            self.violations.push(Violation::Sequence { expected, found: record.seq });
        }
        if matches!(record.event, Event::SessionStarted(_)) != (expected == 0) {
            self.violations.push(Violation::Start { seq: record.seq });
        }
    }

    fn pair(&mut self, event: &Event) {
        if let Event::ToolCalled(called) = event {
            let call = called.request.call.clone();
            if self.calls.insert(call.clone(), false).is_some() {
                self.violations.push(Violation::DuplicateCall { call });
            }
        } else if let Event::ToolReturned(returned) = event {
            self.result(&returned.call, returned.status == crate::events::ResultStatus::Ran);
        } else if let Event::ApprovalRequested(asked) = event {
            self.unapproved.push(asked.call.clone());
        } else if let Event::ApprovalGiven(given) = event {
            if !matches!(given.decision, crate::ApprovalDecision::Deny { .. }) {
                self.unapproved.retain(|call| *call != given.call);
            }
        } else if matches!(event, Event::TurnEnded(_)) {
            self.turn_ended();
        }
    }

    fn result(&mut self, call: &CallId, ran: bool) {
        match self.calls.get_mut(call) {
            None => self.violations.push(Violation::OrphanResult { call: call.clone() }),
            Some(true) => self.violations.push(Violation::DuplicateResult { call: call.clone() }),
            Some(done) => *done = true,
        }
        if ran && self.unapproved.contains(call) {
            self.violations.push(Violation::Unapproved { call: call.clone() });
        }
    }

    fn turn_ended(&mut self) {
        let mut open: Vec<_> =
            self.calls.iter().filter(|(_, done)| !**done).map(|(call, _)| call.clone()).collect();
        open.sort();
        self.violations.extend(open.into_iter().map(|call| Violation::Dangling { call }));
    }
}
