//! What must hold of every transcript (HARNESS T1, T2, E2): usable in tests, in `doctor` and on resume.

use std::collections::{BTreeSet, HashSet};

use crate::approval::ApprovalDecision;
use crate::event::Event;
use crate::events::{ApprovalGiven, ResultStatus, ToolReturned};
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
    /// The model was asked while a call waited for a person (HARNESS R-I).
    #[error("a request went out while {call} waited for an approval")]
    AskedWhileWaiting {
        /// The call.
        call: CallId,
    },
    /// The model was asked while no turn ran (HARNESS R-I).
    #[error("request at record {seq} outside a turn")]
    OutsideTurn {
        /// The request.
        seq: u64,
    },
}

/// Checks `records` from the first to the last; an empty list means that everything holds. A call may still
/// be open when the records end within a turn. One pass, whatever the number of calls and turns.
pub fn check<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<Violation> {
    let mut checker = Checker::default();
    for (position, record) in records.into_iter().enumerate() {
        checker.place(position as u64, record);
        checker.pair(record);
    }
    checker.violations
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
    violations: Vec<Violation>,
}

impl<'a> Checker<'a> {
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
            self.asked(record.seq);
        } else if let Event::TurnEnded(_) = &record.event {
            self.turn_ended();
        }
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

    fn asked(&mut self, seq: u64) {
        if !self.is_in_turn {
            self.violations.push(Violation::OutsideTurn { seq });
        }
        let waiting = self.waiting.iter().map(|call| Violation::AskedWhileWaiting { call: (*call).clone() });
        self.violations.extend(waiting);
    }

    fn turn_ended(&mut self) {
        self.is_in_turn = false;
        let open = std::mem::take(&mut self.open);
        self.violations.extend(open.iter().map(|call| Violation::Dangling { call: (*call).clone() }));
        self.late.extend(open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{
        ApprovalRequested, Header, RequestSent, SessionResumed, SessionStarted, ToolCalled, TurnEnded,
        TurnStarted, UserMessage,
    };
    use crate::{ApprovalScope, Approver, EndReason, ModeId, ModelInfo, Timestamp, Tokens, ToolCall};

    fn started() -> Event {
        let header = Header { system: "".into(), tools: [].into() };
        SessionStarted {
            schema: 1,
            version: String::new(),
            workspace: "/w".into(),
            vendor: "v".into(),
            model: ModelInfo::unknown("m"),
            mode: ModeId::Agent,
            header,
        }
        .into()
    }

    fn turn() -> Event {
        TurnStarted { turn: 1, mode: ModeId::Agent }.into()
    }

    fn request() -> Event {
        RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) }.into()
    }

    fn called(call: &str) -> Event {
        let input = serde_json::json!({});
        ToolCalled { request: ToolCall { call: call.into(), name: "shell".into(), input, malformed: None } }
            .into()
    }

    fn returned(call: &str, status: ResultStatus) -> Event {
        ToolReturned {
            call: call.into(),
            name: "shell".into(),
            is_error: false,
            status,
            text: String::new(),
            data: serde_json::Value::Null,
            reminders: vec![],
            blobs: vec![],
            files: vec![],
            millis: 0,
        }
        .into()
    }

    fn ran(call: &str) -> Event {
        returned(call, ResultStatus::Ran)
    }

    fn asked(call: &str) -> Event {
        ApprovalRequested {
            call: call.into(),
            rule: String::new(),
            why: String::new(),
            offers: vec![],
            effect: String::new(),
            is_catastrophic: false,
        }
        .into()
    }

    fn answered(call: &str, decision: ApprovalDecision) -> Event {
        ApprovalGiven { call: call.into(), decision, scope: ApprovalScope::Once, by: Approver::Person }.into()
    }

    fn ended() -> Event {
        TurnEnded { turn: 1, reason: EndReason::Done, text: String::new(), denied: 0, steps: 1 }.into()
    }

    fn numbered(events: Vec<Event>) -> Vec<Record> {
        let record =
            |(seq, event)| Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event };
        (0..).zip(events).map(record).collect()
    }

    /// The violations of a session of these events, behind its first record.
    fn broken(events: Vec<Event>) -> Vec<Violation> {
        check(&numbered([vec![started()], events].concat()))
    }

    fn deny() -> ApprovalDecision {
        ApprovalDecision::Deny { reason: String::new() }
    }

    #[test]
    fn a_sound_session_breaks_nothing() {
        let message = || Event::from(UserMessage { text: "go".into() });
        let resumed = SessionResumed { version: String::new() }.into();
        let calls = vec![called("a"), called("b"), asked("b"), answered("b", ApprovalDecision::Allow)];
        let denied = vec![called("c"), asked("c"), answered("c", deny())];
        let events = [
            vec![message(), turn(), request()],
            calls,
            vec![ran("a"), ran("b"), request()],
            denied,
            vec![returned("c", ResultStatus::Denied), request(), ended()],
            // What comes behind the end of a session belongs to whoever carries it on.
            vec![resumed, message(), turn(), request(), called("d"), asked("d")],
        ]
        .concat();
        assert_eq!(broken(events), []);
    }

    #[test]
    fn a_call_may_be_open_while_its_turn_runs_and_may_be_closed_late_once() {
        assert_eq!(broken(vec![turn(), request(), called("a")]), []);
        let late = vec![turn(), called("a"), ended(), ran("a"), ran("a"), ended()];
        let expected =
            [Violation::Dangling { call: "a".into() }, Violation::DuplicateResult { call: "a".into() }];
        assert_eq!(broken(late), expected);
    }

    #[test]
    fn each_seeded_violation_is_found_and_nothing_else() {
        let call = || CallId::from("a");
        let table = [
            (vec![started()], Violation::Start { seq: 1 }),
            (vec![called("a"), called("a"), ran("a")], Violation::DuplicateCall { call: call() }),
            (vec![ran("a")], Violation::OrphanResult { call: call() }),
            (vec![called("a"), ran("a"), ran("a")], Violation::DuplicateResult { call: call() }),
            (vec![turn(), called("a"), ended(), turn(), ended()], Violation::Dangling { call: call() }),
            (vec![called("a"), asked("a"), ran("a")], Violation::Unapproved { call: call() }),
            (
                vec![called("a"), asked("a"), answered("a", deny()), ran("a")],
                Violation::Unapproved { call: call() },
            ),
            (
                vec![
                    turn(),
                    called("a"),
                    asked("a"),
                    request(),
                    answered("a", ApprovalDecision::Allow),
                    ran("a"),
                ],
                Violation::AskedWhileWaiting { call: call() },
            ),
            (vec![request()], Violation::OutsideTurn { seq: 1 }),
            (vec![turn(), ended(), request()], Violation::OutsideTurn { seq: 3 }),
        ];
        for (events, expected) in table {
            assert_eq!(broken(events), [expected]);
        }
    }

    #[test]
    fn a_gap_and_a_missing_start_are_found_by_their_place() {
        let mut records = numbered(vec![started(), turn(), ended()]);
        records.remove(1);
        assert_eq!(check(&records), [Violation::Sequence { expected: 1, found: 2 }]);
        assert_eq!(check(&numbered(vec![turn()])), [Violation::Start { seq: 0 }]);
    }
}
