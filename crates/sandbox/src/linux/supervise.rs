//! The supervising process between us and a command: it starts it, reaps it, guards, and leaves nothing alive.
//!
//! With namespaces it is the first process of a process namespace, so one signal kills all the others. Without, it is their
//! "subreaper": whatever a command leaves behind becomes its child, and it kills its children until it has none. It is
//! awake only when a child ends, the parent speaks or goes away, or a guarded directory changes.
//!
//! *Invariants:* a copy of a multi-threaded process: system calls only, no allocation, no panic, never returns.
//! Its memory holds what the parent's held, so it is closed to all other processes.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions};

use super::blueprint::Blueprint;
use super::offspring;
use super::report::{Fault, Report, Stage};
use super::sys;

/// How long a command has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_millis(80);

/// The byte by which the parent says that the identity map is written.
pub(super) const IDENTITY_MAPPED: u8 = b'm';
/// The byte by which the parent asks to end the command.
pub(super) const TERMINATE: u8 = b't';
/// The byte by which the parent asks to interrupt the program.
pub(super) const INTERRUPT: u8 = b'i';

/// Everything the supervising process looks after.
struct Watchman<'a> {
    blueprint: &'a mut Blueprint,
    parent: &'a OwnedFd,
    program: Pid,
    phase: Phase,
    grace_ends: Option<Timespec>,
}

/// How far the command is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    /// SIGTERM was sent; the rest has until the end of the grace.
    Terminating,
    /// Everything gets SIGKILL as soon as it is seen.
    Killing,
}

/// Runs the command of `blueprint` to its end and exits. `parent` is our end of the socket.
pub(super) fn run(blueprint: &mut Blueprint, parent: &OwnedFd) -> Infallible {
    match set_up(blueprint, parent) {
        Ok((program, wake_ups)) => {
            Report::Started.send(parent.as_fd());
            let mut watchman =
                Watchman { blueprint, parent, program, phase: Phase::Running, grace_ends: None };
            watchman.watch(&wake_ups);
            watchman.blueprint.guard.undo(parent.as_fd());
            Report::Over.send(parent.as_fd());
            sys::exit_now(0)
        }
        Err(fault) => {
            Report::Failed(fault.stage, fault.errno.raw_os_error()).send(parent.as_fd());
            sys::exit_now(1)
        }
    }
}

fn set_up(blueprint: &mut Blueprint, parent: &OwnedFd) -> Result<(Pid, OwnedFd), Fault> {
    sys::reset_signal_handlers();
    blueprint.close_all_but_kept();
    let wake_ups = Stage::Supervise.of(sys::wake_up_fd())?;
    if let Some(cell) = &mut blueprint.cell {
        Stage::MapIdentity.of(if cell.identity.is_written_by_parent() {
            await_identity(parent.as_fd())
        } else {
            cell.identity.write_own()
        })?;
        cell.enter()?;
    } else {
        Stage::Supervise.of(rustix::process::set_child_subreaper(Some(rustix::process::getpid())))?;
    }
    Stage::Supervise.of(rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable))?;
    blueprint.guard.mount();
    let program = blueprint.program.start()?;
    for stream in &blueprint.program.streams {
        sys::close(stream.raw());
    }
    for fd in &blueprint.program.passed {
        sys::close(fd.as_raw_fd());
    }
    // A directory that can be removed or unmounted while the command runs; failing is harmless.
    rustix::process::chdir(c"/").ok();
    let program = Stage::Fork.of(Pid::from_raw(program).ok_or(Errno::CHILD))?;
    Ok((program, wake_ups))
}

/// Waits until the parent has written the identity map.
fn await_identity(parent: BorrowedFd<'_>) -> Result<(), Errno> {
    let mut byte = [0];
    loop {
        match rustix::io::read(parent, &mut byte) {
            Ok(1) if byte == [IDENTITY_MAPPED] => return Ok(()),
            Ok(_) => return Err(Errno::PIPE),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

impl Watchman<'_> {
    /// Returns when the command has ended and no process of it lives.
    fn watch(&mut self, wake_ups: &OwnedFd) {
        loop {
            if self.reap() {
                return;
            }
            if self.phase == Phase::Killing {
                self.kill_what_is_left();
            }
            self.sleep(wake_ups);
        }
    }

    /// Collects the dead; whether no child is left.
    fn reap(&mut self) -> bool {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.program => {
                    Report::Ended(status.as_raw()).send(self.parent.as_fd());
                    if self.phase == Phase::Running {
                        self.phase = Phase::Killing;
                    }
                }
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return false,
                Err(_none_left) => return true,
            }
        }
    }

    fn kill_what_is_left(&self) {
        if self.blueprint.cell.is_some() {
            sys::kill_namespace();
            return;
        }
        if self.blueprint.program.has_session {
            // The group may be gone already.
            rustix::process::kill_process_group(self.program, Signal::KILL).ok();
        }
        offspring::kill_children();
    }

    /// Sleeps until something happens, and takes note of it.
    fn sleep(&mut self, wake_ups: &OwnedFd) {
        let patience = self.patience();
        let mut polled = [PollFd::new(wake_ups, PollFlags::IN), PollFd::new(self.parent, PollFlags::IN)];
        // Once everything is being killed only the dead matter; a closed socket would wake us again and again.
        let listened = if self.phase == Phase::Killing { 1 } else { polled.len() };
        let ready =
            polled.get_mut(..listened).map(|listened| rustix::event::poll(listened, patience.as_ref()));
        let [_, parent] = polled.map(|entry| !entry.revents().is_empty());
        let mut signals = [0_u8; 1024];
        while rustix::io::read(wake_ups, &mut signals).is_ok_and(|count| count > 0) {}
        if parent {
            self.listen();
        }
        if matches!(ready, Some(Ok(0))) || !self.blueprint.guard.is_intact() {
            self.phase = Phase::Killing;
        }
    }

    /// Hears what the parent wants. A parent that is gone wants everything to end.
    fn listen(&mut self) {
        let mut byte = [0];
        match rustix::io::read(self.parent, &mut byte) {
            Ok(1)
                if byte == [TERMINATE]
                    && self.phase == Phase::Running
                    && self.blueprint.program.has_session =>
            {
                rustix::process::kill_process_group(self.program, Signal::TERM).ok();
                self.phase = Phase::Terminating;
                self.grace_ends = Some(after(GRACE));
            }
            Ok(1) if byte == [INTERRUPT] && self.phase == Phase::Running => {
                rustix::process::kill_process(self.program, Signal::INT).ok();
            }
            Ok(1) | Err(Errno::INTR | Errno::AGAIN) => {}
            Ok(_) | Err(_) => self.phase = Phase::Killing,
        }
    }

    /// How long to sleep at most: the rest of the grace, or without end.
    fn patience(&self) -> Option<Timespec> {
        let ends = self.grace_ends.filter(|_| self.phase == Phase::Terminating)?;
        let left = ends.checked_sub(now()).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
        Some(if left.tv_sec < 0 { Timespec { tv_sec: 0, tv_nsec: 0 } } else { left })
    }
}

fn now() -> Timespec {
    rustix::time::clock_gettime(rustix::time::ClockId::Monotonic)
}

fn after(duration: Duration) -> Timespec {
    let wait = Timespec { tv_sec: 0, tv_nsec: duration.subsec_nanos().into() };
    now().checked_add(wait).unwrap_or(wait)
}
