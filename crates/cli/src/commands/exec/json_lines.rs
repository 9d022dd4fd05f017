//! `--json`: records as they are, one a line; with `--deltas` the passing events too.

use anyhow::Result;
use headwater_protocol::{Delta, Record};

use crate::output::{note, one_line, print_or_tell};

/// Columns of a notice on standard error.
pub(super) const NOTICE: usize = 400;

/// Where the lines go.
pub(in crate::commands) struct JsonLines {
    pub(super) has_deltas: bool,
}

impl JsonLines {
    /// Writes a record; an error means that nobody reads any more.
    #[expect(clippy::unused_self, reason = "the twin of `delta`, which depends on it")]
    pub(super) fn record(&self, record: &Record) -> Result<()> {
        Ok(print_or_tell(&(record.to_line()? + "\n"))?)
    }

    /// Writes a delta: it has no `seq`, and so no reader takes it for a record.
    pub(super) fn delta(&self, delta: &Delta) -> Result<()> {
        // A warning is for the person, and would be lost on most programs that read the records.
        if let Delta::Notice { text } = delta {
            note(&one_line(text, NOTICE));
        }
        if !self.has_deltas {
            return Ok(());
        }
        Ok(print_or_tell(&(serde_json::to_string(delta)? + "\n"))?)
    }
}
