//! Commands in the background, and how much of their output the model has seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use headwater_protocol::tool::Heard;
use headwater_protocol::{BlobId, CallId, ToolContext, ToolOutcome};
use headwater_sandbox::{Job, JobId, JobState, Runner, ShellCommand};
use schemars::JsonSchema;
use serde::Serialize;

use crate::blobs;
use crate::passing::command_failed;
use crate::report::data;
use crate::text::{how_long, plain};

/// How long a new job may take to end or to say something before its number is returned.
const FIRST_WORDS: Duration = Duration::from_millis(250);

/// The jobs of a session. They die with it.
#[derive(Debug)]
pub(crate) struct Background {
    runner: Arc<Runner>,
    seen: Mutex<BTreeMap<JobId, Seen>>,
}

/// How much of a job's output the model has seen.
#[derive(Clone, Debug)]
struct Seen {
    cursor: u64,
    blob: BlobId,
    /// The call that started it.
    call: CallId,
}

/// The screen's shape `jobs`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Shown {
    kind: &'static str,
    jobs: Vec<ShownJob>,
    /// New output of the one job that was asked about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    output: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ShownJob {
    id: u32,
    command: String,
    /// `running`, `ended` or `failed`.
    state: &'static str,
    /// How it stands, in words.
    status: String,
}

impl ShownJob {
    fn of(job: &Job) -> Self {
        let state = job.state();
        let name = match &state {
            JobState::Running => "running",
            JobState::Ended { .. } => "ended",
            JobState::Failed(_) => "failed",
        };
        Self { id: job.id().0, command: job.script().to_owned(), state: name, status: status(job, &state) }
    }
}

impl Background {
    pub(crate) fn new(runner: Arc<Runner>) -> Self {
        Self { runner, seen: Mutex::default() }
    }

    /// Starts a command and returns its number with its first words.
    pub(crate) async fn start(&self, command: ShellCommand, context: &ToolContext) -> ToolOutcome {
        let job = match self.runner.spawn_background(command).await {
            Ok(job) => job,
            Err(error) => return command_failed(format!("The command was not started: {error}."), &error),
        };
        let seen = Seen { cursor: 0, blob: blobs::id_for(&context.call), call: context.call.clone() };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(job.id(), seen);
        self.wait(&job, FIRST_WORDS, context).await;
        let mut outcome = self.news(&job);
        if job.state() == JobState::Running {
            outcome.model_text.push_str("\n[it runs on: use jobs to poll or kill it]");
        }
        outcome
    }

    /// Waits until a job has ended, at most for `patience`, and not after the turn was interrupted.
    pub(crate) async fn wait(&self, job: &Job, patience: Duration, context: &ToolContext) {
        tokio::select! {
            _ended = job.ended() => {}
            () = tokio::time::sleep(patience) => {}
            () = context.cancel.cancelled() => {}
        }
    }

    /// The job with this number.
    pub(crate) fn find(&self, id: u32) -> Option<Arc<Job>> {
        self.runner.job(JobId(id))
    }

    /// How a job stands, and what it wrote since the model last looked.
    pub(crate) fn news(&self, job: &Job) -> ToolOutcome {
        // The state first: what is written after it is seen next time, and nothing is missed.
        let shown = ShownJob::of(job);
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = all.get_mut(&job.id()) else {
            return ToolOutcome::error(format!("Job {} is not one of these tools.", job.id()));
        };
        let new = job.output_since(seen.cursor);
        seen.cursor = new.next;
        let output = plain(&new.bytes).text;
        let skipped = match new.skipped {
            0 => String::new(),
            bytes => format!("[{bytes} bytes before this: read {}{}]\n", blobs::PREFIX, seen.blob),
        };
        let words = if new.bytes.is_empty() { "[no new output]" } else { output.trim_end_matches('\n') };
        let text = format!("Job {}: {}\n{skipped}{words}", shown.id, shown.status);
        ToolOutcome::text(text).with_data(data(&Shown { kind: "jobs", jobs: vec![shown], output }))
    }

    /// The job with this number, where it runs and has the network.
    pub(crate) fn heard(&self, id: u32) -> Option<Heard> {
        self.of(&*self.find(id)?)
    }

    /// Those which run and have the network.
    pub(crate) fn at_large(&self) -> Vec<Heard> {
        self.runner.jobs().iter().filter_map(|job| self.of(job)).collect()
    }

    fn of(&self, job: &Job) -> Option<Heard> {
        if !job.has_network() || job.state() != JobState::Running {
            return None;
        }
        let call = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&job.id())?.call.clone();
        Some(Heard { call, words: format!("job {} (`{}`)", job.id(), job.script()) })
    }

    /// All jobs, oldest first.
    pub(crate) fn list(&self) -> ToolOutcome {
        let jobs: Vec<ShownJob> = self.runner.jobs().iter().map(|job| ShownJob::of(job)).collect();
        let lines: Vec<String> =
            jobs.iter().map(|job| format!("{}: {}: {}", job.id, job.status, job.command)).collect();
        let text =
            if lines.is_empty() { "There are no background jobs.".to_owned() } else { lines.join("\n") };
        ToolOutcome::text(text).with_data(data(&Shown { kind: "jobs", jobs, output: String::new() }))
    }
}

fn status(job: &Job, state: &JobState) -> String {
    match state {
        // To the second: waiting for a silent job is no repetition, asking again at once is one.
        JobState::Running => {
            let network = if job.has_network() { ", with the network" } else { "" };
            format!("running for {} s{network}", job.began().elapsed().as_secs())
        }
        JobState::Ended { exit, duration, violations } => {
            let undone: Vec<String> =
                violations.iter().map(|violation| format!(" [sandbox: {violation}]")).collect();
            format!("ended, {exit}, {}{}", how_long(*duration), undone.concat())
        }
        JobState::Failed(why) => format!("failed: {why}"),
    }
}
