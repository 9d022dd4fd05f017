//! Runs shell commands under the confinement this machine offers.

use std::future::Future;
use std::sync::Arc;

use crate::command::ShellCommand;
use crate::error::SandboxError;
use crate::jobs::{Job, JobId};
use crate::outcome::Outcome;
use crate::probe::Probe;

/// Runs shell commands under the confinement this machine offers, and owns the background ones.
#[derive(Debug)]
pub struct Runner {
    probe: Probe,
}

impl Runner {
    /// A runner that uses what `probe` found.
    pub fn new(probe: Probe) -> Self {
        Self { probe }
    }

    /// What this machine offers.
    pub fn probe(&self) -> &Probe {
        &self.probe
    }

    /// Runs `command` to its end, its deadline, or until `cancelled` is ready; `on_output` sees every piece of output
    /// as it arrives. Returns when the shell has ended and nothing it started lives any more: at the latest 200 ms after
    /// `cancelled`. Where the mechanism is [`None`](crate::Mechanism::None) the command runs unconfined, as the probe
    /// says beforehand. Cancellation safe: a dropped future kills the command.
    pub async fn run(
        &self,
        command: ShellCommand,
        cancelled: impl Future<Output = ()>,
        on_output: impl FnMut(&[u8]),
    ) -> Result<Outcome, SandboxError> {
        todo!(
            "{command:?} {:?} {:?}",
            std::any::type_name_of_val(&cancelled),
            std::any::type_name_of_val(&on_output)
        )
    }

    /// Starts `command` in the background and returns when its shell runs. The job lives until it ends, its deadline
    /// passes, it is killed, or this runner is dropped.
    pub async fn spawn_background(&self, command: ShellCommand) -> Result<Arc<Job>, SandboxError> {
        todo!("{command:?}")
    }

    /// All jobs that were started and not forgotten, oldest first.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        todo!()
    }

    /// The job with this id.
    pub fn job(&self, id: JobId) -> Option<Arc<Job>> {
        self.jobs().into_iter().find(|job| job.id() == id)
    }
}
