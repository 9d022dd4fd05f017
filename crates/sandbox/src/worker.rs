//! A worker: a long-lived program that sees nothing but what it is handed, and may start nothing.
//!
//! It reads the named trees and the descriptors passed to it. It writes no file, opens no socket, starts no process and no thread,
//! executes nothing after itself, traces and signals nobody; its memory and its processor time are bounded.
//!
//! *Invariants:* it runs confined or not at all, whatever a setting says.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::platform;
use crate::probe::Probe;

/// What a worker may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Bytes of address space.
    pub memory: u64,
    /// Processor time in its whole life.
    pub cpu: Duration,
    /// Descriptors, those passed to it among them.
    pub files: u64,
}

/// A worker as the caller asks for it.
#[derive(Debug)]
pub struct WorkerCommand {
    /// The program, an absolute path without symbolic links. It starts with an empty environment.
    pub program: PathBuf,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// Files and directories it may read, absolute paths; those that do not exist are passed over.
    pub readable: Vec<PathBuf>,
    /// What is executed when it starts: the program, and the loader of its libraries.
    pub executable: Vec<PathBuf>,
    /// Where its standard output and error lead.
    pub streams: [OwnedFd; 2],
    /// What it inherits as descriptor 3, 4, 5 and so on.
    pub passed: Vec<OwnedFd>,
    /// What it may take.
    pub limits: WorkerLimits,
}

/// A running worker. Dropping it kills it.
#[derive(Debug)]
pub struct Worker {
    running: platform::RunningWorker,
}

impl Worker {
    /// Starts a worker with what `probe` found; an error where nothing confines it. Must be called within an async
    /// runtime. Returns when the program is executed, a few milliseconds later.
    pub async fn start(probe: &Probe, command: WorkerCommand) -> Result<Self, SandboxError> {
        let running = platform::RunningWorker::start(probe.mechanism, command).await?;
        Ok(Self { running })
    }

    /// Sends it SIGINT. One that has ended does not mind.
    pub fn interrupt(&mut self) {
        self.running.interrupt();
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Waits for its end; returns how it ended, or [`Exit::Cancelled`] when nobody can say because it was killed with its
    /// supervisor. Cancellation safe.
    pub async fn ended(&mut self) -> Exit {
        self.running.ended().await
    }
}
