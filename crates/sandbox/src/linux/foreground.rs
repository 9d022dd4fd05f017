//! One program in the foreground: the caller's streams, no session of its own, the calling thread waits.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::blueprint::{Aftermath, Blueprint, Request};
use super::launch;
use super::program::Stream;
use super::report::Report;
use super::search_path;
use super::start::Origin;
use super::sys;
use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::probe::Mechanism;
use crate::profile::Confinement;

/// A program to run in the foreground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Foreground<'a> {
    pub(crate) argv: &'a [OsString],
    pub(crate) cwd: &'a Path,
    pub(crate) env: &'a [(String, String)],
    /// Whether it gets the streams of the caller; otherwise all three lead to `/dev/null`.
    pub(crate) has_terminal: bool,
}

/// Runs it to its end; returns how it ended and what it did to protected paths.
pub(crate) fn run(
    mechanism: Mechanism,
    confinement: &Confinement,
    foreground: Foreground<'_>,
) -> Result<(Exit, Vec<String>), SandboxError> {
    let Foreground { argv, cwd, env, has_terminal } = foreground;
    let name = argv.first().cloned().unwrap_or_default();
    let path = search_path::find(&name, search_path::path_of(env)).ok_or_else(|| SandboxError::Program {
        program: name.to_string_lossy().into_owned(),
        source: io::ErrorKind::NotFound.into(),
    })?;
    let origin = Origin::new(&path, cwd);
    let streams = if has_terminal { [0, 1, 2].map(Stream::Inherited) } else { null_streams()? };
    let request =
        Request { path, argv: argv.to_vec(), env: env.to_vec(), cwd, streams, has_session: !has_terminal };
    let (blueprint, aftermath) = Blueprint::prepare(mechanism, confinement, request)?;
    let mut launched = launch::launch(blueprint)?;
    let ignored = has_terminal.then(sys::ignore_keyboard_signals);
    let mut reports = Vec::new();
    while let Some(report) = launched.wait_for_report() {
        reports.push(report);
    }
    drop((launched, ignored));
    conclude(&reports, &aftermath, &origin)
}

fn null_streams() -> Result<[Stream; 3], SandboxError> {
    let null = || {
        let opened = std::fs::File::options().read(true).write(true).open("/dev/null");
        let opened = opened.map_err(|source| SandboxError::Spawn { doing: "opening /dev/null", source })?;
        launch::above_standard_streams(opened.into()).map(Stream::Owned)
    };
    Ok([null()?, null()?, null()?])
}

fn conclude(
    reports: &[Report],
    aftermath: &Aftermath,
    origin: &Origin,
) -> Result<(Exit, Vec<String>), SandboxError> {
    let mut exit = None;
    let mut violated = Vec::new();
    for report in reports {
        match *report {
            Report::Started | Report::Over => {}
            Report::Failed(..) => {
                return origin.error_of(*report).map_or(Err(SandboxError::SupervisorLost), Err);
            }
            Report::Ended(status) => exit = Some(exit_of(status)),
            Report::Violated(index) => violated.push(index),
        }
    }
    let exit = exit.ok_or(SandboxError::SupervisorLost)?;
    let exit = if violated.is_empty() { exit } else { Exit::Stopped };
    Ok((exit, aftermath.settle(&violated)))
}

/// A wait status as the kernel encodes it.
pub(crate) fn exit_of(status: i32) -> Exit {
    match status & 0x7f {
        0 => Exit::Code((status >> 8) & 0xff),
        signal => Exit::Signal(signal),
    }
}

impl Aftermath {
    /// The same for a command that runs for long: what a person may have changed meanwhile is left.
    pub(crate) fn of_long_run(self) -> Self {
        Self { undoing: super::snapshot::Undoing::Gone, ..self }
    }

    /// Finishes the undoing of the violated guarded paths, restores the others where needed, and says what was done.
    pub(crate) fn settle(&self, violated: &[u16]) -> Vec<String> {
        let undone = violated.iter().filter_map(|index| self.guarded.get(usize::from(*index)));
        // Before anything is restored by its path, the way to it must be back.
        let moved = self.moved.put_back();
        let restored =
            self.snapshot.as_ref().map(|snapshot| snapshot.restore(self.undoing)).unwrap_or_default();
        undone.map(super::guard::GuardedPath::settle).chain(moved).chain(restored).collect()
    }
}
