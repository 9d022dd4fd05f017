//! Background commands: their output since a cursor, their end, and their killing.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::drive::{Bounds, drive};
use crate::error::SandboxError;
use crate::outcome::{Exit, Outcome};
use crate::platform::Started;

/// The number of a background job, 1, 2, 3 ... within one runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u32);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Whether a job still runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It runs.
    Running,
    /// It ended.
    Ended {
        /// How.
        exit: Exit,
        /// After how long.
        duration: Duration,
        /// Protected paths that it changed and that were put back.
        violations: Vec<String>,
    },
    /// Its output could not be stored or its supervisor was killed; the sentence says which.
    Failed(String),
}

/// New output of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobOutput {
    /// What was written since the cursor and is still in memory.
    pub bytes: Vec<u8>,
    /// Bytes since the cursor that memory no longer holds (the spill file does).
    pub skipped: u64,
    /// The cursor for the next call.
    pub next: u64,
}

/// A command that runs in the background. Killed, with all it started, when the last reference is dropped.
#[derive(Debug)]
pub struct Job {
    id: JobId,
    script: String,
    began: Instant,
    has_network: bool,
    recent: Arc<Mutex<Recent>>,
    state: watch::Receiver<JobState>,
    /// Sent or dropped, it ends the command.
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

impl Job {
    /// Follows a started command in a task of its own; `memory` bytes of its output are kept for polling.
    pub(crate) fn follow(id: JobId, script: String, memory: usize, started: Started, bounds: Bounds) -> Self {
        let began = bounds.began;
        let recent = Arc::new(Mutex::new(Recent::new(memory)));
        let (stop, stopped) = oneshot::channel();
        let (report, state) = watch::channel(JobState::Running);
        let log = Arc::clone(&recent);
        tokio::spawn(async move {
            // A dropped sender means the same as a sent word: the job is not wanted any more.
            let stopped = async { drop(stopped.await) };
            let ended = drive(started, bounds, stopped, |chunk| lock(&log).push(chunk)).await;
            report.send_replace(JobState::of(ended));
        });
        Self { id, script, began, has_network: false, recent, state, stop: Mutex::new(Some(stop)) }
    }

    /// The same, of which it is said whether it reaches the network.
    pub(crate) fn reaching(self, has_network: bool) -> Self {
        Self { has_network, ..self }
    }

    /// Whether it reaches the network.
    pub fn has_network(&self) -> bool {
        self.has_network
    }

    /// Its number.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// The script as it was given.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// When it was asked for.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Whether it still runs.
    pub fn state(&self) -> JobState {
        self.state.borrow().clone()
    }

    /// What it wrote since `cursor`; 0 is the beginning.
    pub fn output_since(&self, cursor: u64) -> JobOutput {
        lock(&self.recent).since(cursor)
    }

    /// Waits until it has ended; returns how. Cancellation safe.
    pub async fn ended(&self) -> JobState {
        let mut state = self.state.clone();
        match state.wait_for(|state| *state != JobState::Running).await {
            Ok(ended) => ended.clone(),
            Err(_gone) => JobState::Failed("the session that ran it has ended".to_owned()),
        }
    }

    /// Kills it with everything it started, SIGTERM first, and waits until it has ended (at most 200 ms). Cancellation
    /// safe: it dies all the same.
    pub async fn kill(&self) -> JobState {
        let stop = lock(&self.stop).take();
        drop(stop);
        self.ended().await
    }
}

impl JobState {
    fn of(ended: Result<Outcome, SandboxError>) -> Self {
        match ended {
            Ok(Outcome { exit, duration, violations, output: _, errors: _ }) => {
                Self::Ended { exit, duration, violations }
            }
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

/// The last bytes a job wrote.
#[derive(Debug)]
struct Recent {
    bytes: VecDeque<u8>,
    limit: usize,
    /// How many bytes were forgotten before the first one kept.
    forgotten: u64,
}

impl Recent {
    fn new(limit: usize) -> Self {
        Self { bytes: VecDeque::new(), limit, forgotten: 0 }
    }

    fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend(chunk);
        let excess = self.bytes.len().saturating_sub(self.limit);
        self.bytes.drain(..excess);
        self.forgotten = self.forgotten.saturating_add(u64::try_from(excess).unwrap_or(u64::MAX));
    }

    fn since(&self, cursor: u64) -> JobOutput {
        let kept = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let next = self.forgotten.saturating_add(kept);
        let first = cursor.clamp(self.forgotten, next);
        let skip = usize::try_from(first.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        JobOutput {
            bytes: self.bytes.iter().skip(skip).copied().collect(),
            skipped: first.saturating_sub(cursor),
            next,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_sees_each_byte_once_and_learns_what_it_missed() {
        let mut recent = Recent::new(4);
        recent.push(b"abc");
        let first = recent.since(0);
        assert_eq!((first.bytes.as_slice(), first.skipped, first.next), (b"abc".as_slice(), 0, 3));
        recent.push(b"defgh");
        let second = recent.since(first.next);
        assert_eq!((second.bytes.as_slice(), second.skipped, second.next), (b"efgh".as_slice(), 1, 8));
        assert_eq!(recent.since(second.next), JobOutput { next: 8, ..JobOutput::default() });
    }
}
