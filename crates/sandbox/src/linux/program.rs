//! The program a command consists of, and its last steps before it is executed.
//!
//! *Invariants:* [`Program::start`] and what it calls run in a process that borrows the memory of the supervising one:
//! system calls only, no allocation, no panic.

#![expect(unsafe_code, reason = "starting a program on borrowed memory and executing it")]

use std::ffi::{CString, OsStr, c_char, c_int, c_void};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal};
use rustix::thread::CapabilitySet;
use seccompiler::BpfProgram;

use super::capabilities;
use super::guard::text;
use super::report::{Fault, Stage};
use super::sys;
use crate::error::SandboxError;
use crate::worker::WorkerLimits;

/// The stack of the process between its start and the exec; its few calls need a fraction of it.
const STACK_BYTES: usize = 64 * 1024;

/// The number of the first passed descriptor.
const FIRST_PASSED: RawFd = 3;

/// The program a command consists of, prepared so that starting it takes system calls only.
pub(super) struct Program {
    path: CString,
    argv: Strings,
    env: Strings,
    cwd: CString,
    /// Standard input, output and error.
    pub(super) streams: [Stream; 3],
    /// Whether it gets a session, and thereby a process group, of its own.
    pub(super) has_session: bool,
    /// What it gives up before it runs; `None` leaves it as the parent is.
    pub(super) restraint: Option<Restraint>,
    /// Descriptors it inherits under their own numbers.
    pub(super) inherited: Vec<OwnedFd>,
    /// Descriptors it gets as 3, 4 and so on; their numbers now lie above all of those.
    pub(super) passed: Vec<OwnedFd>,
    /// What it may take.
    pub(super) limits: Option<Limits>,
    stack: Vec<u8>,
}

/// Where one of the standard streams leads.
pub(super) enum Stream {
    /// To a descriptor of ours.
    Owned(OwnedFd),
    /// Where that of the calling process leads.
    Inherited(RawFd),
}

/// What a confined program gives up before it runs.
pub(super) struct Restraint {
    pub(super) kept_capabilities: CapabilitySet,
    pub(super) landlock: Option<OwnedFd>,
    pub(super) filters: Vec<BpfProgram>,
}

/// What a program may take. It writes no file, leaves no core behind and starts nothing.
pub(super) struct Limits([(Resource, u64); 6]);

impl From<WorkerLimits> for Limits {
    fn from(limits: WorkerLimits) -> Self {
        Self([
            (Resource::As, limits.memory),
            (Resource::Cpu, limits.cpu.as_secs()),
            (Resource::Nofile, limits.files),
            (Resource::Nproc, 1),
            (Resource::Fsize, 0),
            (Resource::Core, 0),
        ])
    }
}

impl Limits {
    /// Only system calls.
    fn apply(&self) -> Result<(), Errno> {
        self.0.iter().try_for_each(|(resource, most)| {
            // A limit that is stricter already cannot be raised, and need not be.
            let most = rustix::process::getrlimit(*resource).maximum.map_or(*most, |held| held.min(*most));
            rustix::process::setrlimit(*resource, Rlimit { current: Some(most), maximum: Some(most) })
        })
    }
}

/// Strings as exec wants them: an array of pointers with a null at the end.
struct Strings {
    _owned: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl Strings {
    fn new(strings: impl Iterator<Item = Result<CString, SandboxError>>) -> Result<Self, SandboxError> {
        let owned = strings.collect::<Result<Vec<_>, _>>()?;
        let pointers = owned.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Self { _owned: owned, pointers })
    }
}

impl Stream {
    /// The number of the descriptor.
    pub(super) fn raw(&self) -> RawFd {
        match self {
            Self::Owned(fd) => fd.as_raw_fd(),
            Self::Inherited(fd) => *fd,
        }
    }
}

/// What the new process and its suspended parent share.
struct Start<'a> {
    program: &'a Program,
    fault: Option<Fault>,
}

impl Program {
    /// A program at `path` with arguments (the first is its own name), environment, directory and streams.
    pub(super) fn new(
        path: &Path,
        argv: &[impl AsRef<OsStr>],
        env: &[(String, String)],
        cwd: &Path,
        streams: [Stream; 3],
    ) -> Result<Self, SandboxError> {
        Ok(Self {
            path: text(path.as_os_str().as_bytes())?,
            argv: Strings::new(argv.iter().map(|argument| text(argument.as_ref().as_bytes())))?,
            env: Strings::new(env.iter().map(|(name, value)| text(format!("{name}={value}").as_bytes())))?,
            cwd: text(cwd.as_os_str().as_bytes())?,
            streams,
            has_session: true,
            restraint: None,
            inherited: Vec::new(),
            passed: Vec::new(),
            limits: None,
            stack: vec![0; STACK_BYTES],
        })
    }

    /// Where the path it is executed by lies in memory.
    pub(super) fn path_address(&self) -> u64 {
        u64::try_from(self.path.as_ptr().addr()).unwrap_or(u64::MAX)
    }

    /// The descriptors it needs besides the standard ones.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        let landlock = self.restraint.as_ref().and_then(|restraint| restraint.landlock.as_ref());
        let inherited = self.inherited.iter().chain(&self.passed).map(AsRawFd::as_raw_fd);
        self.streams.iter().map(Stream::raw).chain(landlock.map(AsRawFd::as_raw_fd)).chain(inherited)
    }

    /// Starts it; returns its process id once it has been executed.
    pub(super) fn start(&mut self) -> Result<i32, Fault> {
        let mut stack = std::mem::take(&mut self.stack);
        let mut start = Start { program: self, fault: None };
        // SAFETY: `enter` takes a `Start`, changes nothing but its fault, and we stay suspended until it is done.
        let started = unsafe { sys::clone_program(enter, &mut stack, (&raw mut start).cast()) };
        let fault = start.fault;
        // Freeing memory is not a mere system call; this process ends without needing it back.
        std::mem::forget(stack);
        let pid = Stage::Fork.of(started)?;
        fault.map_or(Ok(pid), Err)
    }

    /// Becomes the program.
    fn become_program(&self) -> Fault {
        if let Err(fault) = self.prepare() {
            return fault;
        }
        // SAFETY: both arrays end with a null pointer and their strings live as long as `self`.
        let errno =
            unsafe { sys::execute(&self.path, self.argv.pointers.as_ptr(), self.env.pointers.as_ptr()) };
        Fault { stage: Stage::Execute, errno }
    }

    fn prepare(&self) -> Result<(), Fault> {
        if self.has_session {
            Stage::Session.of(rustix::process::setsid())?;
        }
        Stage::Session.of(rustix::process::set_parent_process_death_signal(Some(Signal::KILL)))?;
        for (target, stream) in (0..).zip(&self.streams) {
            Stage::Streams.of(sys::duplicate_to(stream.raw(), target))?;
        }
        for (target, fd) in (FIRST_PASSED..).zip(&self.passed) {
            Stage::Streams.of(sys::duplicate_to(fd.as_raw_fd(), target))?;
        }
        Stage::WorkingDirectory.of(rustix::process::chdir(&*self.cwd))?;
        if let Some(limits) = &self.limits {
            Stage::Limits.of(limits.apply())?;
        }
        if let Some(restraint) = &self.restraint {
            restraint.apply()?;
        }
        sys::unblock_all_signals();
        Ok(())
    }
}

impl Restraint {
    fn apply(&self) -> Result<(), Fault> {
        Stage::Capabilities.of(capabilities::drop_all_but(self.kept_capabilities))?;
        if let Some(ruleset) = &self.landlock {
            Stage::Landlock.of(sys::enter_landlock(ruleset.as_fd()))?;
        }
        for filter in &self.filters {
            // The library's error is made of numbers here; nothing is allocated.
            let installed = seccompiler::apply_filter(filter).map_err(|_refused| Errno::INVAL);
            Stage::Seccomp.of(installed)?;
        }
        Ok(())
    }
}

/// The first function of the new process.
extern "C" fn enter(argument: *mut c_void) -> c_int {
    // SAFETY: `start` passes its own `Start` and is suspended meanwhile.
    let start = unsafe { &mut *argument.cast::<Start<'_>>() };
    start.fault = Some(start.program.become_program());
    127
}
