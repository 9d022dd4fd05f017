//! Runs one hook: its input, its environment, its deadline, and no more of its output than anybody reads.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::Cancel;
use headwater_sandbox::{Confinement, Exit, Profile, Runner, SandboxError, ShellCommand};

use crate::plugins::PLUGIN_ROOT;

/// Variables that name places: the project, by both names, and the directory of the file the hook comes from.
pub(super) const PLACES: [&str; 3] = ["CLAUDE_PROJECT_DIR", "HEADWATER_PROJECT_DIR", PLUGIN_ROOT];

/// Set for every hook: a session that a hook starts runs no hooks, or it would start itself without end.
pub const WITHIN_HOOK: &str = "HEADWATER_WITHIN_HOOK";

/// The most a hook may write to its standard output before it is ended, in bytes.
const MOST_OUTPUT: usize = 1024 * 1024;
/// What is kept of its standard error, in bytes.
const KEPT_ERRORS: usize = 16 * 1024;

/// One run of a hook.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) script: String,
    pub(super) timeout: Duration,
    /// The environment it gets, without what names places.
    pub(super) env: Vec<(String, String)>,
    pub(super) workspace: PathBuf,
    /// The directory of its file.
    pub(super) root: PathBuf,
    /// What it reads.
    pub(super) input: String,
}

/// A hook that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: How,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) millis: u64,
}

/// How a hook ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It ran longer than it may.
    TimedOut(Duration),
    /// The turn was interrupted.
    Interrupted,
    /// It wrote more than anybody reads.
    Flooded,
    /// It could not be run.
    NotRun(String),
}

impl Ended {
    /// One that was not run.
    pub(super) fn not_run(why: String) -> Self {
        Self { how: How::NotRun(why), stdout: String::new(), stderr: String::new(), millis: 0 }
    }
}

impl Job {
    /// Runs to the end. Whatever it started ends with it.
    pub(super) async fn run(self, runner: &Runner, cancel: &Cancel) -> Ended {
        let timeout = self.timeout;
        let command = match self.command() {
            Ok(command) => command,
            Err(error) => return Ended::not_run(format!("what it reads cannot be written: {error}")),
        };
        let stop = cancel.child();
        let mut written = 0_usize;
        let count = |chunk: &[u8]| {
            written = written.saturating_add(chunk.len());
            if written > MOST_OUTPUT {
                stop.cancel();
            }
        };
        let outcome = match runner.run(command, stop.cancelled(), count).await {
            Ok(outcome) => outcome,
            Err(error) => return Ended::not_run(told(&error)),
        };
        let how = match outcome.exit {
            _ if written > MOST_OUTPUT => How::Flooded,
            Exit::Code(code) => How::Code(code),
            Exit::Signal(signal) => How::Signal(signal),
            Exit::TimedOut => How::TimedOut(timeout),
            Exit::Cancelled => How::Interrupted,
            Exit::Stopped => How::NotRun("it touched what is protected".to_owned()),
        };
        Ended {
            how,
            stdout: text(&outcome.output.head),
            stderr: text(&outcome.errors.head),
            millis: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn command(self) -> std::io::Result<ShellCommand> {
        let input = readable(&self.input)?;
        // It is the person's own command: nothing confines it, but it ends as a group.
        let confinement = Confinement::new(Profile::Unconfined, &self.workspace);
        let mut env = self.env;
        env.retain(|(name, _)| !PLACES.contains(&name.as_str()));
        env.extend(places(&self.workspace, &self.root).map(|(name, path)| (name.to_owned(), path)));
        env.push((WITHIN_HOOK.to_owned(), "1".to_owned()));
        Ok(ShellCommand {
            env,
            timeout: self.timeout,
            head: MOST_OUTPUT,
            tail: 0,
            input: Some(Arc::new(input)),
            errors: Some(KEPT_ERRORS),
            ..ShellCommand::new(self.script, confinement)
        })
    }
}

/// The variables that name places, with what they name.
pub(super) fn places(workspace: &Path, root: &Path) -> impl Iterator<Item = (&'static str, String)> {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    PLACES.into_iter().zip([path(workspace), path(workspace), path(root)])
}

/// A file without a name: a hook that reads nothing of it blocks nobody.
fn readable(text: &str) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file)
}

fn told(error: &SandboxError) -> String {
    error.to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
