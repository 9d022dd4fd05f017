//! Why a command could not be run at all. A command that ran and failed is an [`Outcome`](crate::Outcome), not an error.

use std::io;
use std::path::PathBuf;

/// Why a command could not be run at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The working directory is gone or cannot be entered. Choose another one, for example the workspace.
    #[error("the working directory {path} cannot be entered ({source}); change to a directory that exists")]
    WorkingDirectory {
        /// The directory that was asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A path of the confinement cannot be used. Correct the setting that names it.
    #[error("{path} cannot be part of the sandbox ({source}); check that it exists and is an absolute path")]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An argument, variable or path holds a NUL byte, which no process can receive.
    #[error("{what} holds a NUL byte, which cannot be passed to a process")]
    NulByte {
        /// Which of them.
        what: String,
    },
    /// The program is not there or may not be executed.
    #[error("{program} cannot be executed ({source}); check that it is installed and on PATH")]
    Program {
        /// The program that was asked for.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// No process, pipe or socket can be made. Usually a limit: `ulimit -u`, `ulimit -n` or the memory of a container.
    #[error(
        "no process can be started: {doing} ({source}); a limit of processes, files or memory is reached"
    )]
    Spawn {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The confinement could not be put in place, so the command was not run. `headwater doctor` says more.
    #[error(
        "the sandbox could not be set up: {doing} ({source}); the command was not run, see `headwater doctor`"
    )]
    Confine {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The file for the whole output cannot be written.
    #[error("the output cannot be stored in {path} ({source}); the command was stopped")]
    Spill {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The supervising process went away before the command ended; what it ran was killed with it.
    #[error(
        "the process that supervises the command was killed from outside; the command was stopped with it"
    )]
    SupervisorLost,
}
