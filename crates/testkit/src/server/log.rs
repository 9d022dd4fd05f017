//! What the server has seen: requests in order of arrival, with times, and a way to wait for more.

use super::clearing::Edited;
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A request as it came in, and how its answer went.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place among the requests for an answer, from 0.
    pub index: usize,
    /// When its first byte was read.
    pub at: Instant,
    /// When the newest byte of the answer was written; final once `outcome` is no longer `Streaming`.
    pub finished_at: Option<Instant>,
    /// How its answer ended.
    pub outcome: Outcome,
    /// `POST`, `GET`, ...
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Headers by lower-case name; of several with one name, the last.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// The body as bytes.
    pub raw: Bytes,
    /// `previous_response_id` and `conversation` as the answer names them.
    pub(crate) standing: Option<[Value; 2]>,
    /// Bytes of the items that the model is shown, those that the server kept among them; zero on other wires.
    pub(crate) shown: usize,
    /// What the model sees of the messages, where they were edited here.
    pub(crate) edited: Option<Edited>,
    /// The number of the connection it came over, from 0.
    pub connection: usize,
}

/// How the answer to a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended yet.
    Streaming,
    /// It was sent in good order, an error status included.
    Complete,
    /// The script cut it.
    Cut,
    /// The client hung up first.
    ClientLeft,
}

impl Recorded {
    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The same without its body.
    fn without_body(&self) -> Self {
        Self {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: Value::Null,
            raw: Bytes::new(),
            standing: None,
            edited: None,
            ..*self
        }
    }

    /// `body.messages`, empty where there are none.
    pub fn messages(&self) -> &[Value] {
        self.body.get("messages").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The messages as the model sees them: with what the server has cleared.
    pub fn seen(&self) -> &[Value] {
        self.edited.as_ref().map_or_else(|| self.messages(), |edited| &edited.messages)
    }

    /// `body.input` of the responses wire, empty where there is none.
    pub fn input(&self) -> &[Value] {
        self.body.get("input").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Bytes by which the usage is estimated: of the request, or of all that the model is shown where that is more.
    pub(crate) fn weight(&self) -> usize {
        let hidden = self.edited.as_ref().map_or(0, |edited| edited.bytes);
        self.raw.len().saturating_sub(hidden).max(self.shown)
    }

    /// The text of the newest message with this role; parts are joined.
    pub fn last_text(&self, role: &str) -> Option<String> {
        let message = self.messages().iter().rev().find(|message| message["role"] == role)?;
        match &message["content"] {
            Value::String(text) => Some(text.clone()),
            Value::Array(parts) => Some(parts.iter().filter_map(|part| part["text"].as_str()).collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }
}

/// Which list of the log a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The n-th request for an answer.
    Answer(usize),
    /// The n-th other request.
    Other(usize),
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) answers: Vec<Recorded>,
    pub(crate) others: Vec<Recorded>,
    pub(crate) connections: usize,
    pub(crate) exhausted: usize,
}

impl Seen {
    fn at(&mut self, place: Place) -> Option<&mut Recorded> {
        match place {
            Place::Answer(index) => self.answers.get_mut(index),
            Place::Other(index) => self.others.get_mut(index),
        }
    }
}

/// The shared log of one server.
#[derive(Default)]
pub(crate) struct Log {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Log {
    pub(crate) fn read(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        let result = change(&mut self.read());
        self.changed.notify_all();
        result
    }

    /// Files a request and gives it its index.
    pub(crate) fn file(&self, mut request: Recorded, is_answer: bool, keeps_body: bool) -> (Place, Recorded) {
        self.write(|seen| {
            let list = if is_answer { &mut seen.answers } else { &mut seen.others };
            request.index = list.len();
            list.push(if keeps_body { request.clone() } else { request.without_body() });
            let place = if is_answer { Place::Answer(request.index) } else { Place::Other(request.index) };
            (place, request)
        })
    }

    /// Notes how the answer to a request ended.
    pub(crate) fn end(&self, place: Place, outcome: Outcome) {
        self.note(place, |request| request.outcome = outcome);
    }

    /// Notes that bytes of the answer to a request were written just now.
    pub(crate) fn written(&self, place: Place) {
        self.note(place, |request| request.finished_at = Some(Instant::now()));
    }

    fn note(&self, place: Place, note: impl FnOnce(&mut Recorded)) {
        self.write(|seen| seen.at(place).map(note));
    }

    /// Waits until `is_met`; false when the deadline passed first.
    pub(crate) fn wait(&self, deadline: Duration, is_met: impl Fn(&Seen) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.read(), deadline, |seen| !is_met(seen));
        let (seen, _) = waited.unwrap_or_else(PoisonError::into_inner);
        is_met(&seen)
    }
}
