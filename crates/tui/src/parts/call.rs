//! A tool call on the screen: what it was asked, how it stands, what it said.

use headwater_protocol::events::{ResultStatus, ToolReturned};
use headwater_protocol::{CallId, ToolCall};

use super::note::note;
use super::summary::summary;
use crate::text::{Escapes, Sanitizer, sanitize, sanitize_output};
use crate::theme::Slot;

/// Live output kept while a call runs, in bytes; the result brings the whole.
const LIVE_CAP: usize = 256 * 1024;

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Asked for; policy, approval or its turn is awaited.
    Waiting,
    /// Running since a moment of the screen's clock.
    Running {
        /// Milliseconds of the clock of `apply_delta`.
        since_ms: u64,
    },
    /// It ran, with this success, for so many milliseconds.
    Ran {
        /// Whether it failed.
        is_error: bool,
        /// How long it ran.
        millis: u64,
    },
    /// It did not run, or was stopped.
    Stopped(ResultStatus),
}

impl CallState {
    /// Whether the call is still open.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Running { .. })
    }

    /// Whether it ran, and well.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Ran { is_error: false, .. })
    }

    /// Whether something went wrong that a person should see.
    pub fn has_failed(self) -> bool {
        match self {
            Self::Waiting | Self::Running { .. } => false,
            Self::Ran { is_error, .. } => is_error,
            Self::Stopped(_) => true,
        }
    }

    /// Whether what it said unfolds by itself: whoever interrupted a call knows why it did not end.
    pub fn unfolds_itself(self) -> bool {
        self.has_failed() && self != Self::Stopped(ResultStatus::Cancelled)
    }

    /// The glyph and its slot; running ones turn.
    pub fn glyph(self, now_ms: u64) -> (&'static str, Slot) {
        match self {
            Self::Waiting => ("●", Slot::Accent),
            Self::Running { .. } => (super::spinner(now_ms), Slot::Accent),
            Self::Ran { is_error: false, .. } => ("✓", Slot::Ok),
            Self::Ran { is_error: true, .. } => ("✗", Slot::Error),
            Self::Stopped(_) => ("⊘", Slot::Warn),
        }
    }

    /// How long it has run, or ran.
    pub fn millis(self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Waiting | Self::Stopped(_) => None,
            Self::Running { since_ms } => Some(now_ms.saturating_sub(since_ms)),
            Self::Ran { millis, .. } => Some(millis),
        }
    }

    /// One word for linear output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running { .. } => "running",
            Self::Ran { is_error: false, .. } => "done",
            Self::Ran { is_error: true, .. } => "failed",
            Self::Stopped(ResultStatus::Denied) => "denied",
            Self::Stopped(ResultStatus::Refused) => "refused",
            Self::Stopped(ResultStatus::Repeated) => "not repeated",
            Self::Stopped(ResultStatus::Cancelled | ResultStatus::Ran) => "cancelled",
            Self::Stopped(ResultStatus::Lost) => "lost",
        }
    }
}

/// A call with its source text: the arguments' summary, a line feed, the output.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// The tool's name, harmless.
    pub name: String,
    /// How it stands.
    pub state: CallState,
    /// What it came to, in a few words.
    pub note: String,
    source: String,
    /// Bytes of the summary in `source`.
    summary_len: usize,
    live: Sanitizer,
}

impl Call {
    /// A call as the model asked for it.
    pub fn new(request: &ToolCall) -> Self {
        let meant = request.meant();
        Self::with_summary(request.call.clone(), &meant.name, &summary(&meant.input))
    }

    /// A call with a given summary of its arguments.
    pub fn with_summary(id: CallId, name: &str, summary: &str) -> Self {
        let summary = sanitize(summary.trim_end());
        Self {
            id,
            name: sanitize(name).replace('\n', " "),
            state: CallState::Waiting,
            note: String::new(),
            summary_len: summary.len(),
            source: format!("{summary}\n"),
            live: Sanitizer::new(Escapes::Removed),
        }
    }

    /// Something else ran than was asked for: the person, or a hook of theirs, changed it.
    pub fn change(&mut self, ran: &str) {
        let summary = sanitize(ran.trim_end());
        (self.summary_len, self.source) = (summary.len(), format!("{summary}\n"));
        let more = if self.note.is_empty() { String::new() } else { format!(" · {}", self.note) };
        self.note = format!("changed{more}");
    }

    /// The summary and the output, parted by a line feed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The summary of the arguments; a script may have many lines.
    pub fn summary(&self) -> &str {
        self.source.get(..self.summary_len).unwrap_or_default()
    }

    /// Where the output stands in the source.
    pub fn output_range(&self) -> std::ops::Range<usize> {
        (self.summary_len + 1).min(self.source.len())..self.source.len()
    }

    /// The output.
    pub fn output(&self) -> &str {
        self.source.get(self.output_range()).unwrap_or_default()
    }

    /// Appends live output; of much, the end is kept.
    pub fn push_output(&mut self, piece: &str) {
        // The line feed after the summary keeps a carriage return from reaching back into it.
        self.live.push(piece, &mut self.source);
        let output = self.output_range();
        if output.len() > 2 * LIVE_CAP {
            let mut cuts = output.end - LIVE_CAP..output.end;
            let cut = cuts.find(|at| self.source.is_char_boundary(*at)).unwrap_or(output.end);
            self.source.drain(output.start..cut);
        }
    }

    /// Replaces the output.
    pub fn set_output(&mut self, output: &str) {
        self.source.truncate(self.summary_len + 1);
        self.source.push_str(sanitize_output(output).trim_end());
    }

    /// Takes in how it ended; what it said stays to be set.
    pub fn end(&mut self, result: &ToolReturned) {
        self.state = match result.status {
            ResultStatus::Ran => CallState::Ran { is_error: result.is_error, millis: result.millis },
            stopped => CallState::Stopped(stopped),
        };
        self.note = match self.state {
            CallState::Stopped(_) => self.state.word().to_owned(),
            CallState::Waiting | CallState::Running { .. } | CallState::Ran { .. } => note(&result.data),
        };
    }

    /// The turn ended without a result for it: replays of broken logs only.
    pub fn abandon(&mut self) {
        if self.state.is_live() {
            self.state = CallState::Stopped(ResultStatus::Lost);
        }
    }
}
