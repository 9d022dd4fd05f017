//! A program that speaks on its standard streams: a server, for as long as it is wanted.
//!
//! It is not confined: whoever declares a server vouches for its program. Like every command it has a session and an
//! environment of its own, and a supervising process that leaves nothing of it alive.

use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::platform;

/// A program as the caller asks for it.
#[derive(Debug, Clone)]
pub struct PipedCommand {
    /// The program: a path, or a name that is looked for in the `PATH` of `env`.
    pub program: String,
    /// Its arguments, without its own name.
    pub arguments: Vec<String>,
    /// Its whole environment, see [`scrubbed_env`](crate::scrubbed_env). Nothing else is inherited.
    pub env: Vec<(String, String)>,
    /// Where it starts; an absolute path.
    pub cwd: PathBuf,
}

/// The streams of a [`Piped`] program, from our side.
pub struct PipedStreams {
    /// What it reads.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it writes to its standard output.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// What it writes to its standard error.
    pub errors: Box<dyn AsyncRead + Send + Unpin>,
}

impl std::fmt::Debug for PipedStreams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PipedStreams").finish_non_exhaustive()
    }
}

/// A running program. Dropping it kills it and all that it has started.
#[derive(Debug)]
pub struct Piped {
    child: platform::Child,
    exit: Option<Exit>,
}

impl Piped {
    /// Starts a program; returns when it is executed, a few milliseconds later. Must be called within an async runtime.
    pub async fn start(command: &PipedCommand) -> Result<(Self, PipedStreams), SandboxError> {
        let (mut child, origin, streams) = platform::start_piped(command)?;
        let first = child.report().await.ok_or(SandboxError::SupervisorLost)?;
        match origin.error_of(first) {
            Some(error) => Err(error),
            None => Ok((Self { child, exit: None }, streams)),
        }
    }

    /// Asks for its end: SIGTERM to its group, and after a short grace SIGKILL to all of it.
    pub fn terminate(&mut self) {
        self.child.terminate();
    }

    /// Waits for its end and that of all it has started; returns how it ended, or [`Exit::Cancelled`] when nobody can say
    /// because it was killed with its supervisor. Cancellation safe.
    pub async fn ended(&mut self) -> Exit {
        while let Some(report) = self.child.report().await {
            if let platform::Report::Ended(status) = report {
                self.exit = Some(platform::exit_of(status));
            }
        }
        self.exit.unwrap_or(Exit::Cancelled)
    }
}
