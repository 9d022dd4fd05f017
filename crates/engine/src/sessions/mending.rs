//! Making records fit together again after lines between them were lost: what has lost its counterpart is set
//! aside, and what must stand between two records is put there.
//!
//! *Invariants:* what comes out breaks no invariant but the numbering; a record that is set aside leaves a
//! `repaired` record in its place, so that nothing becomes shorter; no yes of a person is ever made up. It ends: every
//! round but the last sets a record aside.

use std::collections::{HashMap, HashSet};

use headwater_protocol::events::{RepairKind, Repaired, ResultStatus, ToolReturned, TurnEnded, TurnStarted};
use headwater_protocol::invariants::{self, Violation};
use headwater_protocol::views::{Children, OpenCalls, PendingCall, SessionView, Subagents};
use headwater_protocol::{ApprovalDecision, CallId, EndReason, Event, Record, Timestamp, View as _};

use crate::repairs::{lost_child, lost_subagent};

/// The number of a record that was not there before.
pub(super) const NEW: u64 = u64::MAX;

/// What the model reads for a call whose result is lost.
const LOST: &str = "The log was damaged and the result of this call is lost. Whether it took effect is unknown: look \
                    before you repeat it.";

/// Mends `records`, which begin with the session's first; their numbers are the caller's to set.
pub(super) fn mend(records: Vec<Record>) -> Vec<Record> {
    let mut records = put_between(records);
    loop {
        let broken: Vec<(usize, Violation)> = invariants::check_placed(&records)
            .into_iter()
            .filter(|(_, violation)| !is_numbering(violation))
            .collect();
        let mut has_changed = false;
        for (position, violation) in broken {
            if let Some(record) = records.get_mut(position).filter(|record| !is_repair(record)) {
                let detail = format!("{} was set aside: {violation}", record.event.tag());
                record.event = Repaired { kind: RepairKind::Quarantined, call: None, detail }.into();
                has_changed = true;
            }
        }
        if !has_changed {
            return records;
        }
        records = put_between(records);
    }
}

fn is_numbering(violation: &Violation) -> bool {
    matches!(violation, Violation::Sequence { .. } | Violation::Start { .. })
}

fn is_repair(record: &Record) -> bool {
    matches!(record.event, Event::Repaired(_))
}

/// Sets aside what has lost its call, and puts between the records what must stand there.
fn put_between(records: Vec<Record>) -> Vec<Record> {
    let unanswered = unanswered(&records);
    let mut mender = Mender { records: Vec::with_capacity(records.len()), ..Mender::default() };
    for (position, record) in records.into_iter().enumerate() {
        mender.take(record, unanswered.contains(&position));
    }
    mender.records
}

/// Where the approval requests stand whose call ran although the log holds no yes to them: the yes is lost.
fn unanswered(records: &[Record]) -> HashSet<usize> {
    let mut waiting: HashMap<&CallId, Vec<usize>> = HashMap::new();
    let mut found = HashSet::new();
    for (position, record) in records.iter().enumerate() {
        if let Event::ApprovalRequested(asked) = &record.event {
            waiting.entry(&asked.call).or_default().push(position);
        } else if let Event::ApprovalGiven(given) = &record.event {
            if !matches!(given.decision, ApprovalDecision::Deny { .. }) {
                waiting.remove(&given.call);
            }
        } else if let Event::ToolReturned(returned) = &record.event
            && let Some(positions) = waiting.remove(&returned.call)
            && returned.status == ResultStatus::Ran
        {
            found.extend(positions);
        }
    }
    found
}

/// A record that fits nothing before it.
struct Misfit {
    call: Option<CallId>,
    why: &'static str,
}

#[derive(Default)]
struct Mender {
    calls: OpenCalls,
    settings: SessionView,
    children: Children,
    subagents: Subagents,
    is_in_turn: bool,
    /// The number of the running or last turn.
    turn: u32,
    /// What is mended so far.
    records: Vec<Record>,
}

impl Mender {
    fn take(&mut self, record: Record, is_unanswered: bool) {
        if let Some(misfit) = self.misfit(&record.event, is_unanswered) {
            let detail = format!("{} was set aside: {}", record.event.tag(), misfit.why);
            let repaired = Repaired { kind: RepairKind::Quarantined, call: misfit.call, detail };
            self.push(Record { event: repaired.into(), ..record });
            return;
        }
        if let Event::RequestSent(_) = &record.event {
            self.close_calls(&record);
        } else if let Event::TurnEnded(_) = &record.event {
            self.close_calls(&record);
            self.close_others(&record);
        } else if let Event::TurnStarted(_) = &record.event {
            self.end_turn(&record);
        }
        self.begin_turn(&record);
        self.push(record);
    }

    fn misfit(&self, event: &Event, is_unanswered: bool) -> Option<Misfit> {
        if let Event::SessionStarted(_) = event {
            let why = "the session had begun already";
            return (!self.records.is_empty()).then_some(Misfit { call: None, why });
        }
        if let Event::ToolCalled(called) = event {
            let call = &called.request.call;
            let misfit = || Misfit { call: Some(call.clone()), why: "a call of this id was made before" };
            return self.calls.is_known(call).then(misfit);
        }
        let call = call_of(event)?;
        let why = if is_unanswered {
            "its answer is lost"
        } else if self.calls.iter().any(|open| open.call == *call) {
            return None;
        } else if self.calls.is_known(call) {
            "its call had come to its end"
        } else {
            "its call is lost"
        };
        Some(Misfit { call: Some(call.clone()), why })
    }

    /// Gives every open call a result: nothing of it may be open behind `next`.
    fn close_calls(&mut self, next: &Record) {
        let open: Vec<PendingCall> = self.calls.iter().cloned().collect();
        for PendingCall { call, name, .. } in open {
            let detail = format!("the result of {name} is lost");
            let repaired = Repaired { kind: RepairKind::DanglingCall, call: Some(call.clone()), detail };
            self.push(beside(next, repaired.into()));
            self.push(beside(
                next,
                ToolReturned::of_none(call, name, ResultStatus::Lost, LOST.to_owned()).into(),
            ));
        }
    }

    /// Gives every open child and sub-agent its end, as the repairs of an interrupted session do.
    fn close_others(&mut self, next: &Record) {
        let ends = lost_child::ends(&self.children).into_iter().chain(lost_subagent::ends(&self.subagents));
        for event in ends.collect::<Vec<_>>() {
            self.push(beside(next, event));
        }
    }

    /// Ends the turn whose end is lost.
    fn end_turn(&mut self, next: &Record) {
        if !self.is_in_turn {
            return;
        }
        self.close_calls(next);
        self.close_others(next);
        let (turn, reason) = (self.turn, EndReason::Terminated);
        self.tell(next, format!("the end of turn {turn} is lost"));
        let ended = TurnEnded { turn, reason, text: reason.what_now().to_owned(), denied: 0, steps: 0 };
        self.push(beside(next, ended.into()));
    }

    /// Begins the turn of a record when its beginning is lost.
    fn begin_turn(&mut self, next: &Record) {
        if self.is_in_turn || !invariants::is_of_a_turn(&next.event) {
            return;
        }
        let turn = if let Event::RequestSent(sent) = &next.event { sent.turn } else { self.turn + 1 };
        self.tell(next, format!("the beginning of turn {turn} is lost"));
        self.push(beside(next, TurnStarted { turn, mode: self.settings.mode }.into()));
    }

    fn tell(&mut self, next: &Record, detail: String) {
        let repaired = Repaired { kind: RepairKind::Quarantined, call: None, detail };
        self.push(beside(next, repaired.into()));
    }

    fn push(&mut self, record: Record) {
        self.calls.apply(&record);
        self.settings.apply(&record);
        self.children.apply(&record);
        self.subagents.apply(&record);
        if let Event::TurnStarted(started) = &record.event {
            self.is_in_turn = true;
            self.turn = started.turn;
        } else if let Event::TurnEnded(_) = &record.event {
            self.is_in_turn = false;
        }
        self.records.push(record);
    }
}

/// The call that must be open for this event to make sense.
fn call_of(event: &Event) -> Option<&CallId> {
    if let Event::ToolReturned(returned) = event {
        Some(&returned.call)
    } else if let Event::ApprovalRequested(asked) = event {
        Some(&asked.call)
    } else if let Event::ApprovalGiven(given) = event {
        Some(&given.call)
    } else if let Event::QuestionAsked(asked) = event {
        Some(&asked.question.call)
    } else if let Event::AttemptFailed(failed) = event {
        Some(&failed.call)
    } else {
        None
    }
}

/// A record of the same time and session as `next`.
fn beside(next: &Record, event: Event) -> Record {
    let at: Timestamp = next.at;
    Record { seq: NEW, at, session: next.session.clone(), parent: next.parent.clone(), event }
}
