//! Runs a child process: groups, limits, deadlines, output caps, confinement profiles.

mod capture;
mod command;
mod drive;
mod environment;
mod error;
mod exec_argv;
mod jobs;
mod linux;
mod outcome;
mod probe;
mod profile;
mod runner;

pub use capture::{Captured, SPILL_LIMIT_BYTES};
pub use command::{DEFAULT_HEAD_BYTES, DEFAULT_TAIL_BYTES, ShellCommand};
pub use environment::scrubbed_env;
pub use error::SandboxError;
pub use exec_argv::exec_argv;
pub use jobs::{Job, JobId, JobOutput, JobState};
pub use outcome::{Exit, Outcome};
pub use probe::{Mechanism, Probe};
pub use profile::{Confinement, Profile, protected_paths, temporary_directories};
pub use runner::Runner;
