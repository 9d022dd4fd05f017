//! Going back: Esc twice, the pages that ask, and the message that is to be written anew.

use std::time::Duration;

use headwater_protocol::events::{RewindScope, Rewound};
use headwater_protocol::op::{RewindPoint, RewindPreview};
use headwater_protocol::{Op, Query, SessionId};

use super::{App, Effect};
use crate::overlays;
use crate::setup::Exit;

/// Within this time a second Esc on an empty line goes back.
const TWICE: Duration = Duration::from_secs(1);

/// A message that was chosen, until the session has gone back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    to: u64,
    text: String,
}

impl App {
    /// Whether something runs, so that the person has to press Esc first; says so.
    pub(crate) fn has_to_rest(&mut self, what: &str) -> bool {
        let is_busy = self.is_busy();
        if is_busy {
            self.say(format!("Something runs: press Esc or wait, then {what}."));
        }
        is_busy
    }

    /// Escape where there is nothing to close, to interrupt or to clear: the second one goes back.
    pub(super) fn escape_at_rest(&mut self) -> Vec<Effect> {
        let is_second = self.escaped_at.take().is_some_and(|first| self.now.duration_since(first) < TWICE);
        if is_second {
            self.flash = None;
            return vec![Effect::Send(Op::Query(Query::RewindPoints))];
        }
        self.escaped_at = Some(self.now);
        // For as long as it is true.
        self.flash = Some(("Esc again goes back to an earlier message".to_owned(), self.now + TWICE));
        Vec::new()
    }

    pub(super) fn show_rewind_points(&mut self, points: &[RewindPoint]) {
        self.overlay = Some(overlays::rewind_points(points));
    }

    /// Asks what a rewind would change.
    pub(crate) fn preview_rewind(&mut self, to: u64, scope: RewindScope, text: String) -> Vec<Effect> {
        self.chosen = Some(Chosen { to, text });
        vec![Effect::Send(Op::Query(Query::RewindPreview { to, scope }))]
    }

    pub(super) fn show_rewind_preview(&mut self, preview: &RewindPreview) {
        let text = self.chosen.as_ref().filter(|chosen| chosen.to == preview.to);
        let text = text.map_or(String::new(), |chosen| chosen.text.clone());
        self.overlay = Some(overlays::rewind_preview(preview, &text));
    }

    /// Goes back.
    pub(crate) fn rewind(&mut self, to: u64, scope: RewindScope, text: String) -> Vec<Effect> {
        self.overlay = None;
        self.chosen = Some(Chosen { to, text });
        vec![Effect::Send(Op::Rewind { to, scope })]
    }

    /// The session went back: the message is written anew. On a replay nobody has chosen one.
    pub(super) fn went_back(&mut self, rewound: &Rewound) {
        let Some(chosen) = self.chosen.take_if(|chosen| chosen.to == rewound.to) else { return };
        if rewound.scope.has_conversation() && self.composer.is_empty() {
            self.composer.set(&chosen.text);
        }
    }

    /// The fork is there: it opens.
    pub(super) fn forked(session: SessionId) -> Vec<Effect> {
        vec![Effect::Exit(Exit::Resume(session))]
    }
}
