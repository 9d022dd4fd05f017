//! Background commands: their output since a cursor, their end, and their killing.

use std::time::Duration;

use crate::outcome::Exit;

/// The number of a background job, 1, 2, 3 ... within one runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u32);

impl std::fmt::Display for JobId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
}

impl Job {
    /// Its number.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// The script as it was given.
    pub fn script(&self) -> &str {
        todo!()
    }

    /// Whether it still runs.
    pub fn state(&self) -> JobState {
        todo!()
    }

    /// What it wrote since `cursor`; 0 is the beginning.
    pub fn output_since(&self, cursor: u64) -> JobOutput {
        todo!("{cursor}")
    }

    /// Waits until it has ended; returns how.
    pub async fn ended(&self) -> JobState {
        todo!()
    }

    /// Kills it with everything it started, SIGTERM first, and waits until it has ended (at most 200 ms).
    pub async fn kill(&self) -> JobState {
        todo!()
    }
}
