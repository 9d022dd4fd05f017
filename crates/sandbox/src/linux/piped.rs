//! Starts programs that speak on their standard streams.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;

use rustix::pipe::PipeFlags;
use tokio::net::unix::pipe::{Receiver, Sender};

use super::blueprint::{Blueprint, Request};
use super::launch::{self, Child};
use super::program::Stream;
use super::search_path;
use super::start::Origin;
use crate::error::SandboxError;
use crate::piped::{PipedCommand, PipedStreams};

/// Starts `command` without any confinement. Must be called within an async runtime.
pub(crate) fn start_piped(command: &PipedCommand) -> Result<(Child, Origin, PipedStreams), SandboxError> {
    let path = search_path::find(OsStr::new(&command.program), search_path::path_of(&command.env));
    let path = path.ok_or_else(|| SandboxError::Program {
        program: command.program.clone(),
        source: io::ErrorKind::NotFound.into(),
    })?;
    let origin = Origin::new(&path, &command.cwd);
    let (their_input, input) = pipe()?;
    let (output, their_output) = pipe()?;
    let (errors, their_errors) = pipe()?;
    let arguments = command.arguments.iter().map(OsString::from);
    let request = Request {
        argv: std::iter::once(OsString::from(&command.program)).chain(arguments).collect(),
        path,
        env: command.env.clone(),
        cwd: &command.cwd,
        streams: [
            Stream::Owned(launch::above_standard_streams(their_input)?),
            Stream::Owned(launch::above_standard_streams(their_output)?),
            Stream::Owned(launch::above_standard_streams(their_errors)?),
        ],
        has_session: true,
    };
    let child = launch::launch(Blueprint::new(request)?)?.into_child()?;
    let streams = PipedStreams {
        input: Box::new(Sender::from_owned_fd(input).map_err(watching)?),
        output: Box::new(Receiver::from_owned_fd(output).map_err(watching)?),
        errors: Box::new(Receiver::from_owned_fd(errors).map_err(watching)?),
    };
    Ok((child, origin, streams))
}

fn pipe() -> Result<(OwnedFd, OwnedFd), SandboxError> {
    rustix::pipe::pipe_with(PipeFlags::CLOEXEC)
        .map_err(|errno| SandboxError::Spawn { doing: "making a pipe", source: errno.into() })
}

fn watching(source: io::Error) -> SandboxError {
    SandboxError::Spawn { doing: "watching the streams", source }
}
