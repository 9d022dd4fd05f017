//! The script of a model server: which turn answers which request.

use super::{Recorded, Turn};
use std::sync::Mutex;

type Responder = Box<dyn FnMut(usize, &Recorded) -> Turn + Send>;

/// The answers of a [`ModelServer`](super::ModelServer), in the order in which requests arrive.
pub struct Script {
    source: Mutex<Source>,
    models: Vec<String>,
    keeps_bodies: bool,
}

enum Source {
    Turns { turns: Vec<Turn>, repeats_last: bool },
    Responder(Responder),
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// An empty script, to which [`turn`](Self::turn) adds.
    pub fn new() -> Self {
        Self::of(Source::Turns { turns: Vec::new(), repeats_last: false })
    }

    /// A reactive script: `respond` sees the number of the request (from 0) and the request itself.
    pub fn responder(respond: impl FnMut(usize, &Recorded) -> Turn + Send + 'static) -> Self {
        Self::of(Source::Responder(Box::new(respond)))
    }

    fn of(source: Source) -> Self {
        Self { source: Mutex::new(source), models: vec!["scripted-model".to_owned()], keeps_bodies: true }
    }

    /// Adds the answer to the next request. A responder takes no turns: on one this panics.
    #[must_use]
    pub fn turn(self, turn: Turn) -> Self {
        self.turns([turn])
    }

    /// Adds several answers.
    #[must_use]
    pub fn turns(mut self, more: impl IntoIterator<Item = Turn>) -> Self {
        match self.source.get_mut().expect("the script is not poisoned") {
            Source::Turns { turns, .. } => turns.extend(more),
            Source::Responder(_) => panic!("a responder answers every request: it takes no turns"),
        }
        self
    }

    /// Answers every request after the last turn with that last turn again.
    #[must_use]
    pub fn repeat_last(mut self) -> Self {
        match self.source.get_mut().expect("the script is not poisoned") {
            Source::Turns { repeats_last, .. } => *repeats_last = true,
            Source::Responder(_) => panic!("a responder has no last turn"),
        }
        self
    }

    /// The model names which `GET /v1/models` lists; `scripted-model` where none are named.
    #[must_use]
    pub fn models<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.models = names.into_iter().map(Into::into).collect();
        self
    }

    /// Forgets the body of each request once it is answered: for long runs over large contexts.
    #[must_use]
    pub fn without_bodies(mut self) -> Self {
        self.keeps_bodies = false;
        self
    }

    pub(crate) fn keeps_bodies(&self) -> bool {
        self.keeps_bodies
    }

    pub(crate) fn model_names(&self) -> &[String] {
        &self.models
    }

    /// The turn for this request, or the sentence which says that the script is exhausted.
    pub(crate) fn answer(&self, request: &Recorded) -> Result<Turn, String> {
        match &mut *self.source.lock().expect("a responder panicked in an earlier request") {
            Source::Responder(respond) => Ok(respond(request.index, request)),
            Source::Turns { turns, repeats_last } => {
                let last = if *repeats_last { turns.last() } else { None };
                turns
                    .get(request.index)
                    .or(last)
                    .cloned()
                    .ok_or_else(|| exhausted(turns.len(), request.index))
            }
        }
    }
}

fn exhausted(turns: usize, index: usize) -> String {
    format!(
        "the script of the model server is exhausted: it has {turns} turns and this is request {}",
        index + 1
    )
}
