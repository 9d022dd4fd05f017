//! Colours for blocks of code, found on a thread of their own and handed back as marks on the source.
//!
//! *Invariants:* nothing is loaded before the first block asks; the screen never waits; a block without colours is
//! as readable as one with them.

mod scopes;
mod worker;

use std::ops::Range;
use std::sync::mpsc::SyncSender;

use tokio::sync::mpsc::{Receiver, channel};

use crate::cells::CellId;
use crate::text::Mark;

/// Bytes of a block beyond which it stays without colours.
pub const MOST_BYTES: usize = 200 * 1024;
/// Blocks that may wait; more are left without colours rather than kept.
const QUEUE: usize = 256;

/// A block of code to be coloured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighlightJob {
    /// The cell it stands in.
    pub cell: CellId,
    /// The language as the fence names it.
    pub language: String,
    /// The code.
    pub code: String,
    /// Where its pieces stand in the source of the cell, in order; together as long as `code`.
    pub pieces: Vec<Range<usize>>,
}

/// The colours of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlighted {
    /// The cell it stands in.
    pub cell: CellId,
    /// Where the block begins in the source of the cell.
    pub start: usize,
    /// The marks, sorted, in bytes of that source.
    pub marks: Vec<Mark>,
}

/// The way to the colouring thread; the thread starts with the first job and ends with this value.
#[derive(Debug)]
pub struct Highlighter {
    jobs: Option<SyncSender<HighlightJob>>,
    done: Option<Receiver<Highlighted>>,
}

impl Default for Highlighter {
    fn default() -> Self {
        Self::new()
    }
}

impl Highlighter {
    /// No thread yet.
    pub fn new() -> Self {
        Self { jobs: None, done: None }
    }

    /// Asks for colours; `false` when too many blocks wait already or there can be no thread.
    pub fn request(&mut self, job: HighlightJob) -> bool {
        if self.jobs.is_none() {
            let (done_sender, done) = channel(QUEUE);
            let (sender, jobs) = std::sync::mpsc::sync_channel(QUEUE);
            if worker::start(jobs, done_sender).is_err() {
                return false;
            }
            self.jobs = Some(sender);
            self.done = Some(done);
        }
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// The next finished block; waits without end while there is none. Cancel-safe, made for `select!`.
    pub async fn recv(&mut self) -> Highlighted {
        if let Some(done) = &mut self.done
            && let Some(highlighted) = done.recv().await
        {
            return highlighted;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests;
