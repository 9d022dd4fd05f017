//! What is going on right now, and since when: the line with the spinner.

use std::time::{Duration, Instant};

use headwater_protocol::Delta;
use headwater_protocol::update::Waiting;

use super::App;

/// What the engine waits for, as the screen saw it begin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Waited {
    pub(crate) on: Waiting,
    pub(crate) since: Instant,
}

/// The present, from deltas; a replay never needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    /// When the turn began; before its record is there, when it was asked for.
    pub(crate) since: Option<Instant>,
    /// What the engine waits for.
    pub(crate) waiting: Option<Waited>,
    /// The tool whose call the model is writing, and the bytes so far.
    pub(crate) writing: Option<(String, usize)>,
    /// A command of the person that runs (`!`).
    pub(crate) shell: Option<String>,
    /// Whether something was asked of the engine that no record has confirmed.
    is_asked: bool,
}

impl Activity {
    /// Time between two frames of the spinner.
    pub(crate) const FRAME: Duration = Duration::from_millis(100);

    /// Something was asked of the engine.
    pub(crate) fn asked(&mut self, now: Instant) {
        self.is_asked = true;
        self.since.get_or_insert(now);
    }

    /// A record confirms what was asked; a turn may go on.
    pub(crate) fn confirmed(&mut self, is_turn_running: bool) {
        self.is_asked = false;
        if !is_turn_running {
            self.ended();
        }
    }

    /// Whether something was asked and nothing has come back.
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_asked
    }

    /// A turn began.
    pub(crate) fn turn_began(&mut self, now: Instant) {
        *self = Self { since: Some(now), shell: self.shell.take(), ..Self::default() };
    }

    /// Nothing goes on any more.
    pub(crate) fn ended(&mut self) {
        *self = Self::default();
    }

    /// The person's command ended; a turn may go on.
    pub(crate) fn shell_ended(&mut self, is_turn_running: bool) {
        self.shell = None;
        if !is_turn_running {
            self.ended();
        }
    }

    /// The model is heard again.
    pub(crate) fn heard(&mut self) {
        self.waiting = None;
        self.writing = None;
    }

    /// Takes in a passing event.
    pub(crate) fn apply(&mut self, delta: &Delta, now: Instant) {
        match delta {
            Delta::Text { .. } | Delta::Thinking { .. } | Delta::ToolStarted { .. } => self.heard(),
            Delta::CallProgress { name, bytes, .. } => {
                self.waiting = None;
                self.writing = Some((name.clone(), *bytes));
            }
            Delta::Waiting { on } => self.waiting = Some(Waited { on: on.clone(), since: now }),
            Delta::ToolOutput { .. }
            | Delta::Queued { .. }
            | Delta::ModePending { .. }
            | Delta::Research { .. }
            | Delta::Drawn { .. }
            | Delta::Children { .. }
            | Delta::Within { .. }
            | Delta::Notice { .. } => {}
        }
    }
}

impl App {
    /// Whether the activity line has something that moves.
    pub(super) fn activity_moves(&self) -> bool {
        let is_person_awaited = self.deck.front(&self.status).is_some()
            || !self.questions.is_empty()
            || self.mission_in_front().is_some();
        self.is_busy() && !is_person_awaited
    }
}
