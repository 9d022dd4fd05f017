//! What must hold of every transcript (HARNESS T1, T2, E2, R-I): usable in tests, in `doctor`, in `conformance` and on
//! resume. Calls and approvals are checked here, the rest in a file each.

mod endings;
mod phases;
mod references;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use crate::approval::ApprovalDecision;
use crate::event::Event;
use crate::events::{ApprovalGiven, ResultStatus, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;
use crate::views::Rewinds;

use self::endings::Endings;
use self::phases::Phases;
pub use self::phases::is_of_a_turn;
use self::references::References;

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
    /// The model was asked while a call waited for a person (HARNESS R-I).
    #[error("a request went out while {call} waited for an approval")]
    AskedWhileWaiting {
        /// The call.
        call: CallId,
    },
    /// The session went back while a turn ran, or to something that is no message of the person that counts.
    #[error("record {seq} goes back where nobody can")]
    Rewind {
        /// The rewind.
        seq: u64,
    },
    /// The model was asked while a call ran (HARNESS T1).
    #[error("a request went out while {call} had no result")]
    AskedWhileOpen {
        /// The call.
        call: CallId,
    },
    /// Something of a turn while no turn ran (HARNESS R-I).
    #[error("record {seq} outside a turn")]
    OutsideTurn {
        /// The record.
        seq: u64,
    },
    /// A turn began while another ran.
    #[error("a turn began at record {seq} while another ran")]
    TurnWithin {
        /// Where.
        seq: u64,
    },
    /// A turn is told as done although something failed in it, or its last request has no answer.
    #[error("the turn that ended at record {seq} is told as done and was not")]
    Unmarked {
        /// Its end.
        seq: u64,
    },
    /// A child or sub-agent began twice.
    #[error("{what} was started twice")]
    StartedTwice {
        /// Which.
        what: String,
    },
    /// A child or sub-agent ended that had not begun, or had ended.
    #[error("a second end of {what}, or an end without a start")]
    EndWithoutStart {
        /// Which.
        what: String,
    },
    /// A child or sub-agent had no end when the turn had.
    #[error("turn ended while {what} had not")]
    LeftOpen {
        /// Which.
        what: String,
    },
    /// A record names what is not there.
    #[error("record {seq} names {what}, which is not there")]
    Missing {
        /// The record.
        seq: u64,
        /// What it names.
        what: String,
    },
}

/// Checks `records` from the first to the last; an empty list means that everything holds. A call may still
/// be open when the records end within a turn. One pass, whatever the number of calls and turns.
pub fn check<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Violation> {
    check_placed(records).into_iter().map(|(_, violation)| violation).collect()
}

/// The same, with the position at which each was found.
pub fn check_placed<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<(usize, Violation)> {
    let (mut checker, mut found) = (Checker::default(), Vec::new());
    for (position, record) in records.into_iter().enumerate() {
        checker.look(position as u64, record);
        found.extend(checker.violations.drain(..).map(|violation| (position, violation)));
    }
    found
}

#[derive(Default)]
struct Checker<'a> {
    /// Every call that was made.
    known: HashSet<&'a CallId>,
    /// Calls without a result, in the order in which they are told.
    open: BTreeSet<&'a CallId>,
    /// Calls whose turn ended before they had a result; one may still come.
    late: HashSet<&'a CallId>,
    /// Calls that wait for a person.
    waiting: BTreeSet<&'a CallId>,
    /// Calls which asked and were not answered with a yes.
    unapproved: HashSet<&'a CallId>,
    is_in_turn: bool,
    rewinds: Rewinds<()>,
    phases: Phases,
    references: References<'a>,
    endings: Endings<'a>,
    violations: Vec<Violation>,
}

impl<'a> Checker<'a> {
    fn look(&mut self, position: u64, record: &'a Record) {
        self.place(position, record);
        self.phases.look(record, &mut self.violations);
        self.pair(record);
        self.go_back(record);
        self.references.look(record, &self.known, &mut self.violations);
        self.endings.look(record, &mut self.violations);
    }

    fn place(&mut self, expected: u64, record: &Record) {
        if record.seq != expected {
            self.violations.push(Violation::Sequence { expected, found: record.seq });
        }
        if matches!(record.event, Event::SessionStarted(_)) != (expected == 0) {
            self.violations.push(Violation::Start { seq: record.seq });
        }
    }

    fn pair(&mut self, record: &'a Record) {
        if let Event::ToolCalled(called) = &record.event {
            self.called(&called.request.call);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        } else if let Event::ApprovalRequested(asked) = &record.event {
            self.waiting.insert(&asked.call);
            self.unapproved.insert(&asked.call);
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.answered(given);
        } else if let Event::TurnStarted(_) = &record.event {
            self.is_in_turn = true;
        } else if let Event::RequestSent(_) = &record.event {
            self.asked();
        } else if let Event::TurnEnded(_) = &record.event {
            self.turn_ended();
        }
    }

    fn go_back(&mut self, record: &Record) {
        if let Event::Rewound(rewound) = &record.event
            && (self.is_in_turn || !self.rewinds.accepts(rewound))
        {
            self.violations.push(Violation::Rewind { seq: record.seq });
        }
        self.rewinds.apply(record, || ());
    }

    fn called(&mut self, call: &'a CallId) {
        if self.known.insert(call) {
            self.open.insert(call);
        } else {
            self.violations.push(Violation::DuplicateCall { call: call.clone() });
        }
    }

    fn returned(&mut self, returned: &'a ToolReturned) {
        let call = &returned.call;
        let was_open = self.open.remove(call) || self.late.remove(call);
        if !was_open && self.known.contains(call) {
            self.violations.push(Violation::DuplicateResult { call: call.clone() });
        } else if !was_open {
            self.violations.push(Violation::OrphanResult { call: call.clone() });
        }
        if self.unapproved.remove(call) && returned.status == ResultStatus::Ran {
            self.violations.push(Violation::Unapproved { call: call.clone() });
        }
        self.waiting.remove(call);
    }

    fn answered(&mut self, given: &'a ApprovalGiven) {
        self.waiting.remove(&given.call);
        match given.decision {
            ApprovalDecision::Allow | ApprovalDecision::Edit { .. } => {
                self.unapproved.remove(&given.call);
            }
            ApprovalDecision::Deny { .. } => {}
        }
    }

    fn asked(&mut self) {
        let waiting = self.waiting.iter().map(|call| Violation::AskedWhileWaiting { call: (*call).clone() });
        let running = self.open.difference(&self.waiting);
        let running = running.map(|call| Violation::AskedWhileOpen { call: (*call).clone() });
        self.violations.extend(waiting.chain(running));
    }

    fn turn_ended(&mut self) {
        self.is_in_turn = false;
        let open = std::mem::take(&mut self.open);
        self.violations.extend(open.iter().map(|call| Violation::Dangling { call: (*call).clone() }));
        self.late.extend(open);
    }
}
