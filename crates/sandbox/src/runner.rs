//! Runs shell commands under the confinement this machine offers.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::capture::Capture;
use crate::command::ShellCommand;
use crate::drive::{Bounds, drive};
use crate::error::SandboxError;
use crate::filter::OutputFilters;
use crate::jobs::{Job, JobId};
use crate::outcome::Outcome;
use crate::platform;
use crate::probe::Probe;

/// Runs shell commands under the confinement this machine offers, and owns the background ones.
#[derive(Debug)]
pub struct Runner {
    probe: Probe,
    jobs: Mutex<Vec<Arc<Job>>>,
    filters: Option<OutputFilters>,
}

impl Runner {
    /// A runner that uses what `probe` found.
    pub fn new(probe: Probe) -> Self {
        Self { probe, jobs: Mutex::default(), filters: None }
    }

    /// The same, with all output changed by `filters` before it is shown, kept or stored.
    #[must_use]
    pub fn filtered(self, filters: OutputFilters) -> Self {
        Self { filters: Some(filters), ..self }
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
        let began = Instant::now();
        let started = platform::start(self.probe.mechanism, &command)?;
        drive(started, self.bounds(began, command), cancelled, on_output).await
    }

    /// Starts `command` in the background and returns when its shell runs. The job lives until it ends, its deadline
    /// passes, it is killed, or this runner is dropped.
    pub async fn spawn_background(&self, command: ShellCommand) -> Result<Arc<Job>, SandboxError> {
        let began = Instant::now();
        let mut started = platform::start(self.probe.mechanism, &command)?;
        started.aftermath = started.aftermath.of_long_run();
        let first = started.child.report().await.ok_or(SandboxError::SupervisorLost)?;
        if let Some(error) = started.origin.error_of(first) {
            return Err(error);
        }
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let id = JobId(jobs.last().map_or(1, |job| job.id().0.saturating_add(1)));
        let memory = command.head.saturating_add(command.tail);
        let script = command.script.clone();
        let profile = command.confinement.profile;
        let has_network = profile.has_network() || !self.probe.enforces(profile);
        let job = Job::follow(id, script, memory, started, self.bounds(began, command));
        let job = Arc::new(job.reaching(has_network));
        jobs.push(Arc::clone(&job));
        Ok(job)
    }

    /// All jobs that were started, ended ones too, oldest first.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The job with this id.
    pub fn job(&self, id: JobId) -> Option<Arc<Job>> {
        self.jobs().into_iter().find(|job| job.id() == id)
    }

    fn bounds(&self, began: Instant, command: ShellCommand) -> Bounds {
        let capture = Capture::new(command.head, command.tail, command.spill);
        let errors = Capture::new(command.errors.unwrap_or_default(), 0, None);
        Bounds { began, timeout: command.timeout, capture, errors, filters: self.filters.clone() }
    }
}
