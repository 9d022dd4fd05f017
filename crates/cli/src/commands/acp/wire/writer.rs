//! What goes out, line after line, and nothing else.

use std::io::{self, Write};

use tokio::sync::mpsc;

/// Writes the lines until there are no more, or the reader has left. It blocks: it is for a thread of its own.
pub(in crate::commands::acp) fn write(
    mut to: impl Write,
    mut lines: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    while let Some(line) = lines.blocking_recv() {
        to.write_all(&line)?;
        if lines.is_empty() {
            to.flush()?;
        }
    }
    to.flush()
}
