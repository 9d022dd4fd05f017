//! What hooks of the person's change of the screen.

use headwater_protocol::update::Drawn;

use super::App;
use crate::text::{Span, spans_of_line};

/// The status line of the person's own; without spans there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnStatus {
    pub(crate) spans: Vec<Span>,
    /// Columns left free at either side.
    pub(crate) padding: u16,
}

impl App {
    pub(super) fn drawn(&mut self, what: &Drawn) {
        match what {
            Drawn::StatusLine { text, padding } => {
                let is_blank = text.trim().is_empty();
                let spans = if is_blank { Vec::new() } else { spans_of_line(text) };
                self.own_status = OwnStatus { spans, padding: *padding };
            }
            // The transcript takes it.
            Drawn::Message { .. } => {}
        }
    }
}
