//! From a shell command to a running one: shell, streams, mechanism.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::pipe::PipeFlags;
use tokio::net::unix::pipe::Receiver;

use super::blueprint::{Aftermath, Blueprint, Request};
use super::launch::{self, Child, explain};
use super::program::Stream;
use super::report::Report;
use super::search_path;
use crate::command::ShellCommand;
use crate::error::SandboxError;
use crate::probe::Mechanism;

/// Room in the pipe from the command: fewer wake-ups for loud commands.
const PIPE_BYTES: usize = 256 * 1024;

/// Where the output of a command is read.
pub(crate) type Output = Receiver;

/// A command that was started, or failed to and will say so in its first report.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) output: Output,
    /// Its standard error, where that is kept apart.
    pub(crate) errors: Option<Output>,
    pub(crate) aftermath: Aftermath,
    pub(crate) origin: Origin,
}

/// What was started and where, for error messages.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    program: String,
    cwd: PathBuf,
}

impl Origin {
    pub(super) fn new(program: &Path, cwd: &Path) -> Self {
        Self { program: program.display().to_string(), cwd: cwd.to_path_buf() }
    }

    /// The error of a failed first report; `None` when it is not one.
    pub(crate) fn error_of(&self, report: Report) -> Option<SandboxError> {
        match report {
            Report::Failed(stage, errno) => Some(explain(stage, errno, &self.program, &self.cwd)),
            Report::Started | Report::Ended(_) | Report::Violated(_) | Report::Over => None,
        }
    }
}

/// Starts `command` with `mechanism`. Must be called within an async runtime.
pub(crate) fn start(mechanism: Mechanism, command: &ShellCommand) -> Result<Started, SandboxError> {
    let (reader, writer) = output_pipe()?;
    let (errors_reader, errors) = errors_of(command, &writer)?;
    let shell = shell(&command.env)?;
    let origin = Origin::new(&shell, &command.cwd);
    let request = Request {
        argv: ["bash", "-c", &command.script].map(OsString::from).into(),
        path: shell,
        env: command.env.clone(),
        cwd: &command.cwd,
        streams: [
            Stream::Owned(input_of(command)?),
            Stream::Owned(writer),
            Stream::Owned(launch::above_standard_streams(errors)?),
        ],
        has_session: true,
    };
    let (blueprint, aftermath) = Blueprint::prepare(mechanism, &command.confinement, request)?;
    let child = launch::launch(blueprint)?.into_child()?;
    let watched =
        |reader| Receiver::from_owned_fd(reader).map_err(|source| spawn("watching the output", source));
    let (output, errors) = (watched(reader)?, errors_reader.map(watched).transpose()?);
    Ok(Started { child, output, errors, aftermath, origin })
}

/// Where its standard error is read, if apart, and where it leads.
fn errors_of(command: &ShellCommand, output: &OwnedFd) -> Result<(Option<OwnedFd>, OwnedFd), SandboxError> {
    if command.errors.is_some() {
        let (reader, writer) = output_pipe()?;
        return Ok((Some(reader), writer));
    }
    Ok((None, output.try_clone().map_err(|source| spawn("making a pipe", source))?))
}

fn input_of(command: &ShellCommand) -> Result<OwnedFd, SandboxError> {
    let Some(input) = &command.input else { return launch::null_input() };
    let copy = input.try_clone().map_err(|source| spawn("handing over the input", source))?;
    launch::above_standard_streams(copy.into())
}

fn output_pipe() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    let (reader, writer) =
        rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(|errno| spawn("making a pipe", errno.into()))?;
    // Users have a budget for pipes; beyond it the usual size must do.
    rustix::pipe::fcntl_setpipe_size(&reader, PIPE_BYTES).ok();
    Ok((reader, launch::above_standard_streams(writer)?))
}

/// `bash` from the command's own search path, or `sh` where there is none.
fn shell(env: &[(String, String)]) -> Result<PathBuf, SandboxError> {
    let path = search_path::path_of(env);
    ["bash", "sh"]
        .into_iter()
        .flat_map(|name| [path, search_path::DEFAULT_PATH].map(|path| (name, path)))
        .find_map(|(name, path)| search_path::find(OsStr::new(name), path))
        .ok_or_else(|| SandboxError::Program {
            program: "bash or sh".to_owned(),
            source: io::ErrorKind::NotFound.into(),
        })
}

fn spawn(doing: &'static str, source: io::Error) -> SandboxError {
    SandboxError::Spawn { doing, source }
}
