//! Our end of a command: starting its supervising process, hearing its reports, ending it.

#![expect(unsafe_code, reason = "the supervising process is a copy of this one")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::process::{Signal, WaitId, WaitIdOptions};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::blueprint::Blueprint;
use super::report::{REPORT_BYTES, Report, Stage};
use super::supervise;
use super::sys;
use crate::error::SandboxError;

/// A command under supervision. Dropping it kills the command.
#[derive(Debug)]
pub(super) struct Launched {
    control: Option<UnixStream>,
    process: Option<OwnedFd>,
}

/// Starts the supervising process of `blueprint`.
pub(super) fn launch(mut blueprint: Blueprint) -> Result<Launched, SandboxError> {
    let spawn = |doing| move |source| SandboxError::Spawn { doing, source };
    let (ours, theirs) = UnixStream::pair().map_err(spawn("making a socket pair"))?;
    let theirs = above_standard_streams(theirs.into())?;
    blueprint.seal(theirs.as_raw_fd());
    let flags = blueprint.clone_flags();
    let mask = sys::block_all_signals();
    // SAFETY: the supervising process makes system calls only.
    let cloned = unsafe { sys::clone_supervisor(flags, || supervise::run(&mut blueprint, &theirs)) };
    mask.restore();
    match cloned {
        Ok((pid, process)) => {
            let launched = Launched { control: Some(ours), process: Some(process) };
            launched.map_identity(&blueprint, pid)?;
            Ok(launched)
        }
        Err(errno) if flags == 0 => Err(spawn("copying this process")(errno.into())),
        Err(errno) => Err(SandboxError::Confine { doing: "making namespaces", source: errno.into() }),
    }
}

impl Launched {
    fn map_identity(&self, blueprint: &Blueprint, pid: i32) -> Result<(), SandboxError> {
        let Some(cell) = blueprint.cell.as_ref().filter(|cell| cell.identity.is_written_by_parent()) else {
            return Ok(());
        };
        let confine = |source| SandboxError::Confine { doing: Stage::MapIdentity.describe(), source };
        cell.identity.write_for_child(pid).map_err(confine)?;
        let Some(mut control) = self.control.as_ref() else { return Ok(()) };
        control.write_all(&[supervise::IDENTITY_MAPPED]).map_err(confine)
    }

    /// The next report, blocking; `None` when the supervising process is gone.
    pub(super) fn wait_for_report(&mut self) -> Option<Report> {
        let mut bytes = [0; REPORT_BYTES];
        self.control.as_mut()?.read_exact(&mut bytes).ok()?;
        Report::decode(bytes)
    }

    /// Hands the command to the async runtime of the caller.
    pub(super) fn into_child(mut self) -> Result<Child, SandboxError> {
        let failed = |source| SandboxError::Spawn { doing: "watching the command", source };
        let lost = || failed(io::ErrorKind::NotConnected.into());
        let control = self.control.take().ok_or_else(lost)?;
        control.set_nonblocking(true).map_err(failed)?;
        let control = tokio::net::UnixStream::from_std(control).map_err(failed)?;
        let process = self.process.take().ok_or_else(lost)?;
        // SAFETY: the descriptor is owned by what is registered, so it stays open and the same.
        let process = unsafe { AsyncFd::register_with_interest(process, Interest::READABLE) };
        let process = process.map_err(|error| failed(error.into()))?;
        Ok(Child {
            control: Some(control),
            process: Some(process),
            partial: [0; REPORT_BYTES],
            filled: 0,
            is_over: false,
        })
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // The supervising process ends everything when the socket closes.
        drop(self.control.take());
        if let Some(process) = self.process.take() {
            collect(&process);
        }
    }
}

/// A command under supervision in the async runtime. Dropping it kills the command.
#[derive(Debug)]
pub(crate) struct Child {
    control: Option<tokio::net::UnixStream>,
    process: Option<AsyncFd<OwnedFd>>,
    partial: [u8; REPORT_BYTES],
    filled: usize,
    /// Whether the supervising process has said that nothing of the command lives.
    is_over: bool,
}

impl Child {
    /// The next report; `None` when there is none to come, since everything is over or the supervising process is gone.
    /// Cancellation safe.
    pub(crate) async fn report(&mut self) -> Option<Report> {
        let control = self.control.as_ref()?;
        while self.filled < REPORT_BYTES {
            control.readable().await.ok()?;
            match control.try_read(self.partial.get_mut(self.filled..)?) {
                Ok(0) => return None,
                Ok(count) => self.filled = self.filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_reset) => return None,
            }
        }
        self.filled = 0;
        let report = Report::decode(self.partial);
        self.is_over |= report == Some(Report::Over);
        report.filter(|_| !self.is_over)
    }

    /// Asks for the end of the command: SIGTERM to its group, and after a short grace SIGKILL to all of it.
    pub(crate) fn terminate(&mut self) {
        if let Some(control) = &self.control {
            // A supervising process that is gone has ended everything already.
            drop(control.try_write(&[supervise::TERMINATE]));
        }
    }

    /// Asks for SIGINT to the program.
    pub(crate) fn interrupt(&mut self) {
        if let Some(control) = &self.control {
            // A supervising process that is gone has ended everything already.
            drop(control.try_write(&[supervise::INTERRUPT]));
        }
    }

    /// Kills the supervising process itself; with namespaces everything in them dies with it.
    pub(crate) fn kill_supervisor(&self) {
        if let Some(process) = &self.process {
            // It may be gone already.
            rustix::process::pidfd_send_signal(process.get_ref(), Signal::KILL).ok();
        }
    }

    /// Waits until nothing of the command lives, and sees to it that the supervising process is collected.
    pub(crate) async fn reap(self) {
        if self.is_over {
            tokio::spawn(self.collect());
        } else {
            self.collect().await;
        }
    }

    async fn collect(mut self) {
        self.control = None;
        if let Some(process) = &self.process
            && process.readable().await.is_ok()
        {
            collect(process.get_ref());
            self.process = None;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.control.take());
        if let Some(process) = self.process.take() {
            let process = process.into_inner();
            // Only when a call was cut short: it takes a moment to kill everything, and the caller must not wait for it.
            std::thread::spawn(move || collect(&process));
        }
    }
}

/// Collects an ended (or ending) process so that no zombie stays.
fn collect(process: &OwnedFd) {
    while rustix::process::waitid(WaitId::PidFd(process.as_fd()), WaitIdOptions::EXITED)
        .is_err_and(|errno| errno == rustix::io::Errno::INTR)
    {}
}

/// The same descriptor under a number that no standard stream has, even when the caller runs without those.
pub(super) fn above_standard_streams(fd: OwnedFd) -> Result<OwnedFd, SandboxError> {
    const FIRST_FREE: i32 = 3;
    if fd.as_raw_fd() >= FIRST_FREE {
        return Ok(fd);
    }
    rustix::io::fcntl_dupfd_cloexec(&fd, FIRST_FREE)
        .map_err(|errno| SandboxError::Spawn { doing: "moving a descriptor", source: errno.into() })
}

/// What a failed step means to the caller.
pub(crate) fn explain(stage: Stage, errno: i32, program: &str, cwd: &Path) -> SandboxError {
    let source = io::Error::from_raw_os_error(errno);
    match stage {
        Stage::WorkingDirectory => SandboxError::WorkingDirectory { path: cwd.to_path_buf(), source },
        Stage::Execute => SandboxError::Program { program: program.to_owned(), source },
        Stage::Fork | Stage::Supervise | Stage::Session | Stage::Streams | Stage::Limits => {
            SandboxError::Spawn { doing: stage.describe(), source }
        }
        Stage::MapIdentity
        | Stage::PrivateMounts
        | Stage::ReadOnlyTree
        | Stage::WritablePlaces
        | Stage::ProtectedPaths
        | Stage::Devices
        | Stage::HiddenPlaces
        | Stage::Loopback
        | Stage::Capabilities
        | Stage::Landlock
        | Stage::Seccomp => SandboxError::Confine { doing: stage.describe(), source },
    }
}

/// `/dev/null`, opened for reading.
pub(super) fn null_input() -> Result<OwnedFd, SandboxError> {
    let file = File::open("/dev/null")
        .map_err(|source| SandboxError::Spawn { doing: "opening /dev/null", source })?;
    above_standard_streams(file.into())
}
