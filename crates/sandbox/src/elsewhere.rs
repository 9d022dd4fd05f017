//! Systems other than Linux: commands run and end as they should, but nothing confines them, and the probe says so.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::{ChildStderr, ChildStdout, Command};

use crate::command::ShellCommand;
use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::piped::{PipedCommand, PipedStreams};
use crate::probe::{Mechanism, Probe, Survey};
use crate::profile::Confinement;
use crate::worker::WorkerCommand;

/// How long a command has between being asked and being made to end.
const GRACE: Duration = Duration::from_millis(80);

/// What can be told about a running command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Started,
    Ended(Exit),
    /// Never made here: nothing guards the protected paths.
    #[expect(dead_code, reason = "the caller knows one list of reports for all systems")]
    Violated(u16),
}

/// A command that was started.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) output: Output,
    /// Its standard error, where that is kept apart.
    pub(crate) errors: Option<Output>,
    pub(crate) aftermath: Aftermath,
    pub(crate) origin: Origin,
}

/// Nothing is left to do after a command.
#[derive(Debug)]
pub(crate) struct Aftermath;

impl Aftermath {
    /// The same for a command that runs for long.
    pub(crate) fn of_long_run(self) -> Self {
        self
    }

    /// Nothing was undone.
    #[expect(clippy::unused_self, reason = "the same signature on all systems")]
    pub(crate) fn settle(&self, _violated: &[u16]) -> Vec<String> {
        Vec::new()
    }
}

/// Failures are known before anything runs, so none comes in a report.
#[derive(Debug)]
pub(crate) struct Origin;

impl Origin {
    /// No report is an error.
    #[expect(clippy::unused_self, reason = "the same signature on all systems")]
    pub(crate) fn error_of(&self, _report: Report) -> Option<SandboxError> {
        None
    }
}

/// A running command. Dropping it kills its process.
#[derive(Debug)]
pub(crate) struct Child {
    process: tokio::process::Child,
    /// Its process group, which has the number of the process and may outlive it.
    group: Option<u32>,
    reported: Reported,
    /// When it must have ended, once it was asked to.
    deadline: Option<tokio::time::Instant>,
}

/// The last report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reported {
    Nothing,
    Start,
    End,
}

impl Child {
    /// The next report; `None` after the end. Cancellation safe.
    pub(crate) async fn report(&mut self) -> Option<Report> {
        match self.reported {
            Reported::Nothing => {
                self.reported = Reported::Start;
                Some(Report::Started)
            }
            Reported::Start => {
                let status = self.wait().await;
                self.signal_group(Ask::End);
                self.reported = Reported::End;
                status.ok().map(|status| Report::Ended(exit_of_status(status)))
            }
            Reported::End => None,
        }
    }

    /// Waits for the end, no longer than the deadline.
    async fn wait(&mut self) -> io::Result<ExitStatus> {
        let Some(deadline) = self.deadline else { return self.process.wait().await };
        if let Ok(status) = tokio::time::timeout_at(deadline, self.process.wait()).await {
            return status;
        }
        self.signal_group(Ask::End);
        self.process.start_kill()?;
        self.process.wait().await
    }

    /// Asks the command to end, and makes it after a short grace.
    pub(crate) fn terminate(&mut self) {
        self.signal_group(Ask::Politely);
        self.deadline = Some(tokio::time::Instant::now() + GRACE);
    }

    /// The process has been collected by [`Self::report`].
    pub(crate) async fn reap(self) {
        drop(self);
        tokio::task::yield_now().await;
    }

    #[cfg(unix)]
    fn signal_group(&self, ask: Ask) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let signal = match ask {
            Ask::Politely => Signal::TERM,
            Ask::End => Signal::KILL,
        };
        let group = self.group.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            // The group may be gone already.
            kill_process_group(group, signal).ok();
        }
    }

    #[cfg(not(unix))]
    fn signal_group(&self, _ask: Ask) {}
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.reported != Reported::End {
            self.signal_group(Ask::End);
        }
    }
}

/// How a group is asked to end.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Politely,
    End,
}

/// Both streams of a command, as they come.
#[derive(Debug)]
pub(crate) struct Output {
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
}

impl AsyncRead for Output {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Some(out) = &mut self.out
            && Pin::new(out).poll_read(cx, buffer).is_ready()
        {
            if buffer.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
            self.out = None;
        }
        if let Some(err) = &mut self.err
            && Pin::new(err).poll_read(cx, buffer).is_ready()
        {
            if buffer.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
            self.err = None;
        }
        if self.out.is_none() && self.err.is_none() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

/// Starts `command`, unconfined whatever its profile: the probe said so.
pub(crate) fn start(_mechanism: Mechanism, command: &ShellCommand) -> Result<Started, SandboxError> {
    if !command.cwd.is_dir() {
        let source = io::ErrorKind::NotFound.into();
        return Err(SandboxError::WorkingDirectory { path: command.cwd.clone(), source });
    }
    let spawned = spawn("bash", command).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => spawn("sh", command),
        _ => Err(error),
    });
    let mut process =
        spawned.map_err(|source| SandboxError::Program { program: "bash or sh".to_owned(), source })?;
    let (out, err) = (process.stdout.take(), process.stderr.take());
    let (output, errors) = match command.errors {
        Some(_) => (Output { out, err: None }, Some(Output { out: None, err })),
        None => (Output { out, err }, None),
    };
    let group = process.id();
    let child = Child { process, group, reported: Reported::Nothing, deadline: None };
    Ok(Started { child, output, errors, aftermath: Aftermath, origin: Origin })
}

fn spawn(shell: &str, command: &ShellCommand) -> io::Result<tokio::process::Child> {
    let input = command.input.as_ref().map(|file| file.try_clone()).transpose()?;
    let mut process = Command::new(shell);
    process
        .args(["-c", &command.script])
        .current_dir(&command.cwd)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(input.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    process.process_group(0);
    process.spawn()
}

/// Starts a program that speaks on its standard streams.
pub(crate) fn start_piped(command: &PipedCommand) -> Result<(Child, Origin, PipedStreams), SandboxError> {
    let failed = |source| SandboxError::Program { program: command.program.clone(), source };
    let mut process = Command::new(&command.program);
    process
        .args(&command.arguments)
        .current_dir(&command.cwd)
        .env_clear()
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    process.process_group(0);
    let mut process = process.spawn().map_err(failed)?;
    let streams = process.stdin.take().zip(process.stdout.take()).zip(process.stderr.take());
    let Some(((input, output), errors)) = streams else {
        return Err(failed(io::ErrorKind::BrokenPipe.into()));
    };
    let streams = PipedStreams { input: Box::new(input), output: Box::new(output), errors: Box::new(errors) };
    let group = process.id();
    let child = Child { process, group, reported: Reported::Nothing, deadline: None };
    Ok((child, Origin, streams))
}

/// A program to run in the foreground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foreground<'a> {
    pub(crate) argv: &'a [OsString],
    pub(crate) cwd: &'a Path,
    pub(crate) env: &'a [(String, String)],
    /// Always true here: only the trials of Linux run without.
    #[expect(dead_code, reason = "the same fields on all systems")]
    pub(crate) has_terminal: bool,
}

/// Runs a program to its end with the streams of the caller.
pub(crate) fn run(
    _mechanism: Mechanism,
    _confinement: &Confinement,
    foreground: Foreground<'_>,
) -> Result<(Exit, Vec<String>), SandboxError> {
    let Foreground { argv, cwd, env, .. } = foreground;
    let (name, arguments) = argv.split_first().ok_or_else(|| SandboxError::Program {
        program: String::new(),
        source: io::ErrorKind::NotFound.into(),
    })?;
    let mut program = std::process::Command::new(name);
    program.args(arguments).current_dir(cwd).env_clear().envs(env.iter().map(|(name, value)| (name, value)));
    let status = program
        .status()
        .map_err(|source| SandboxError::Program { program: name.to_string_lossy().into_owned(), source })?;
    Ok((exit_of_status(status), Vec::new()))
}

/// A worker, of which this system has none.
#[derive(Debug)]
pub(crate) enum RunningWorker {}

impl RunningWorker {
    #[expect(clippy::unused_async, reason = "the same signature on all systems")]
    pub(crate) async fn start(_mechanism: Mechanism, _command: WorkerCommand) -> Result<Self, SandboxError> {
        let source = io::Error::other("only Linux has a mechanism this program can use");
        Err(SandboxError::Confine { doing: "confining a worker", source })
    }

    pub(crate) fn interrupt(&mut self) {
        match *self {}
    }

    pub(crate) fn kill(&mut self) {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "the same signature on all systems")]
    pub(crate) async fn ended(&mut self) -> Exit {
        match *self {}
    }
}

/// Nothing confines commands on this system.
pub(crate) fn detect() -> Probe {
    let reason = format!("{} has no mechanism this program can use; only Linux has", std::env::consts::OS);
    Probe { mechanism: Mechanism::None, network_filter: false, reasons: vec![reason] }
}

/// No mechanism works.
pub(crate) fn detect_all() -> Survey {
    Survey { working: Vec::new(), reasons: detect().reasons }
}

/// The end of a process, which here comes ready in the report.
pub(crate) fn exit_of(exit: Exit) -> Exit {
    exit
}

#[cfg(unix)]
fn exit_of_status(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    status.code().map_or(Exit::Signal(status.signal().unwrap_or_default()), Exit::Code)
}

#[cfg(not(unix))]
fn exit_of_status(status: ExitStatus) -> Exit {
    Exit::Code(status.code().unwrap_or(1))
}
