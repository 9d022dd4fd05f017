//! Runs a child process: groups, limits, deadlines, output caps, confinement profiles.
//!
//! [`Probe`] finds out what this machine offers, [`Runner`] runs shell commands with it, [`exec_argv`] a program in the
//! foreground, [`Worker`] a program that is shut in with what it is handed, [`Piped`] one that is spoken with. A command always has a session of its own, no input, only
//! the environment it is given, and a supervising process that leaves nothing of it alive.
//!
//! *Invariants:* a profile is enforced or [`Probe::enforces`] says that it is not; nothing is written between a fork and an exec but
//! system calls; this is the only crate with unsafe code.
//! *Not here:* which profile a command deserves (policy), and what its output means (tools).

mod capture;
mod command;
mod drive;
mod environment;
mod error;
mod exec_argv;
mod filter;
mod jobs;
mod mapping;
mod outcome;
mod own_environment;
mod piped;
#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod platform;
mod probe;
mod profile;
mod runner;
mod worker;

pub use capture::{Captured, SPILL_LIMIT_BYTES};
pub use command::{DEFAULT_HEAD_BYTES, DEFAULT_TAIL_BYTES, ShellCommand};
pub use environment::{scrubbed_env, secret_env};
pub use error::SandboxError;
pub use exec_argv::exec_argv;
pub use filter::{OutputFilter, OutputFilters};
pub use jobs::{Job, JobId, JobOutput, JobState};
pub use mapping::Mapping;
pub use outcome::{Exit, Outcome};
pub use own_environment::hide_own_environment;
pub use piped::{Piped, PipedCommand, PipedStreams};
pub use probe::{Mechanism, Probe, Survey};
pub use profile::{Confinement, Profile, protected_paths, temporary_directories};
pub use runner::Runner;
pub use worker::{Worker, WorkerCommand, WorkerLimits};
