//! Processor time and peak memory of a program that has ended, its own children included.
//!
//! The kernel tells both only of all children of a process together, and counts the memory of the process that starts
//! the program; so each program is started by a small process of its own: this bench again, with another argument.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// The first argument that makes this program the small process.
pub(crate) const ARGUMENT: &str = "--usage-of";

/// What a program has used.
#[derive(Clone, Copy)]
pub(crate) struct ChildUsage {
    /// Processor time, user and system.
    pub(crate) cpu: Duration,
    /// The largest resident size of any one process, in MB.
    pub(crate) peak: f64,
}

/// Runs a command to its end, which must be a good one, and says what it used.
pub(crate) fn of(command: &Command) -> Result<ChildUsage> {
    let mut wrapped = Command::new(std::env::current_exe()?);
    wrapped.arg(ARGUMENT).arg(command.get_program()).args(command.get_args()).env_clear();
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        wrapped.current_dir(directory);
    }
    let output = wrapped.stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let (cpu, peak) = text.trim().split_once(' ').context("two numbers")?;
    Ok(ChildUsage { cpu: Duration::from_micros(cpu.parse()?), peak: peak.parse::<f64>()? / 1024.0 })
}

/// What the small process does: starts the program, waits, and prints microseconds and KB.
pub(crate) fn wrap(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("a program")?;
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{program} ended with {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{micros} {}", usage.max_rss());
    Ok(())
}
