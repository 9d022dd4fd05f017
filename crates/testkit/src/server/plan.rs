//! From a turn to what goes over the socket: pure, so that every fault can be read here in one place.

use super::refusals::refused;
use super::wires::{Event, EventKind, Refusal, Wire};
use super::{Fault, Gate, Recorded, Turn};
use crate::cassette::Exchange;
use bytes::Bytes;
use std::time::Duration;

/// What the server does with a request.
#[derive(Debug)]
pub(crate) enum Plan {
    /// Never answer.
    Hang,
    /// Close the connection without a byte.
    Drop,
    /// Answer.
    Answer(Answer),
}

/// An answer with its body in steps.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: End,
}

/// One step of a body.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send this as one chunk.
    Chunk(Bytes),
    /// Wait so long.
    Pause(Duration),
    /// Wait until the test opens the gate.
    Hold(Gate),
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In good order.
    Complete,
    /// The connection closes in the middle of the body.
    Cut,
    /// Nothing more comes and the connection stays open.
    Stall,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            steps: vec![Step::Chunk(body.into())],
            end: End::Complete,
        }
    }

    /// Sets a header, in place of one with the same name.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What happens to a request which this turn answers.
pub(crate) fn plan(wire: &dyn Wire, turn: &Turn, request: &Recorded) -> Plan {
    match &turn.fault {
        Some(Fault::Stall) => Plan::Hang,
        Some(Fault::CutBeforeAnything) => Plan::Drop,
        Some(fault) => Plan::Answer(refused(wire, fault).unwrap_or_else(|| answered(wire, turn, request))),
        None => Plan::Answer(answered(wire, turn, request)),
    }
}

fn answered(wire: &dyn Wire, turn: &Turn, request: &Recorded) -> Answer {
    let mut answer = if let Some(exchange) = &turn.played {
        played(exchange)
    } else if wire.wants_stream(request) {
        let mut events = wire.stream(turn, request);
        let end = break_events(wire, turn, &mut events);
        let mut answer =
            Answer::new(200, "text/event-stream", Vec::new()).header("cache-control", "no-cache");
        answer.steps = steps(turn, &events);
        answer.end = end;
        answer
    } else {
        Answer::json(200, &wire.whole(turn, request))
    };
    break_bytes(turn, &mut answer);
    if let Some(bytes) = turn.chunk_bytes {
        answer.steps = rechunked(answer.steps, bytes);
    }
    if !turn.before_first.is_zero() {
        answer.steps.insert(0, Step::Pause(turn.before_first));
    }
    answer
}

/// What was recorded, in the pieces in which it came.
fn played(exchange: &Exchange) -> Answer {
    let mut answer = Answer::new(exchange.status, &exchange.content_type, Vec::new());
    answer.steps = exchange.answer.iter().map(|piece| Step::Chunk(piece.clone().into())).collect();
    answer
}

/// Faults at the border of an event.
fn break_events(wire: &dyn Wire, turn: &Turn, events: &mut Vec<Event>) -> End {
    if let Some(Fault::CutAfterDeltas(deltas)) = turn.fault {
        events.truncate(after_deltas(events, deltas));
        return End::Cut;
    }
    if let Some(Fault::StallAfter { deltas }) = turn.fault {
        events.truncate(after_deltas(events, deltas));
        return End::Stall;
    }
    if let Some(Fault::BadJsonInEvent { deltas }) = turn.fault {
        let data = "{\"choices\":[{\"delta\":{\"content\":\"".to_owned();
        events.insert(after_deltas(events, deltas), Event { kind: EventKind::Delta, name: None, data });
    }
    if let Some(Fault::ErrorInStream { deltas, message }) = &turn.fault {
        events.truncate(after_deltas(events, *deltas));
        events.push(Event::json(EventKind::Closing, &wire.error(Refusal::ServerError, message)));
    }
    if turn.fault == Some(Fault::CloseWithoutDone) {
        events.retain(|event| event.kind != EventKind::Done);
    }
    End::Complete
}

/// The place right behind so many deltas.
fn after_deltas(events: &[Event], deltas: usize) -> usize {
    let places = events.iter().enumerate().filter(|(_, event)| event.kind == EventKind::Delta);
    let mut ends = places.map(|(place, _)| place + 1);
    let opening = events.iter().take_while(|event| event.kind == EventKind::Opening).count();
    match deltas.checked_sub(1) {
        Some(last) => ends.nth(last).unwrap_or(events.len()),
        None => opening,
    }
}

fn steps(turn: &Turn, events: &[Event]) -> Vec<Step> {
    let bad_bytes_at = if let Some(Fault::BadUtf8InEvent { deltas }) = turn.fault {
        Some(after_deltas(events, deltas))
    } else {
        None
    };
    let hold_at = turn.hold.as_ref().map(|(deltas, gate)| (after_deltas(events, *deltas), gate));
    let mut steps = Vec::new();
    for (place, event) in events.iter().enumerate() {
        if let Some((_, gate)) = hold_at.filter(|(at, _)| *at == place) {
            steps.push(Step::Hold(gate.clone()));
        }
        if bad_bytes_at == Some(place) {
            steps.push(Step::Chunk(Bytes::from_static(b"data: {\"choices\":\"\xff\xfe\xc3\"}\n\n")));
        }
        if event.kind == EventKind::Delta && !turn.pace.is_zero() {
            steps.push(Step::Pause(turn.pace));
        }
        steps.push(Step::Chunk(event.bytes().into()));
    }
    steps
}

/// Faults which do not care for events.
fn break_bytes(turn: &Turn, answer: &mut Answer) {
    let body = answer.steps.iter().flat_map(chunk).copied();
    if let Some(Fault::CutAfterBytes(bytes)) = turn.fault {
        cut(answer, bytes);
    } else if let Some(Fault::SlowBytes(pace)) = turn.fault {
        let slow = body.flat_map(|byte| [Step::Pause(pace), Step::Chunk(Bytes::copy_from_slice(&[byte]))]);
        answer.steps = slow.collect();
    } else if turn.fault == Some(Fault::CutMidUtf8) {
        let first = body.enumerate().find_map(|(place, byte)| (!byte.is_ascii()).then_some(place));
        cut(answer, first.expect("CutMidUtf8 needs a turn with a character of more than one byte") + 1);
    }
}

fn chunk(step: &Step) -> &[u8] {
    match step {
        Step::Chunk(bytes) => bytes,
        Step::Pause(_) | Step::Hold(_) => &[],
    }
}

fn cut(answer: &mut Answer, bytes: usize) {
    let mut left = bytes;
    for step in &mut answer.steps {
        if let Step::Chunk(chunk) = step {
            chunk.truncate(left);
            left -= chunk.len();
        }
    }
    answer.end = End::Cut;
}

/// The same bytes in chunks of `size`, across the borders of events; pauses and gates stay where they are.
fn rechunked(steps: Vec<Step>, size: usize) -> Vec<Step> {
    let mut all = Vec::new();
    let mut run = Vec::new();
    for step in steps {
        match step {
            Step::Chunk(bytes) => run.extend_from_slice(&bytes),
            Step::Pause(_) | Step::Hold(_) => {
                all.extend(chunks(&std::mem::take(&mut run), size));
                all.push(step);
            }
        }
    }
    all.extend(chunks(&run, size));
    all
}

fn chunks(bytes: &[u8], size: usize) -> Vec<Step> {
    bytes.chunks(size).map(|chunk| Step::Chunk(Bytes::copy_from_slice(chunk))).collect()
}
