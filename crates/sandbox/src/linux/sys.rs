//! The few system calls that no library offers in a form that is safe between a fork and an exec.
//!
//! *Invariants:* nothing here allocates, locks or panics; every function is one system call.

#![expect(
    unsafe_code,
    reason = "raw system calls: cloning a process, mount attributes, signal and file tables"
)]

use std::convert::Infallible;
use std::ffi::{CStr, c_char, c_int, c_long, c_void};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::Errno;

/// The result of a system call.
pub(super) type Sys<T> = Result<T, Errno>;

/// The signal mask of the calling thread as it was before [`block_all_signals`].
pub(super) struct SignalMask(libc::sigset_t);

fn check(result: c_long) -> Sys<c_long> {
    if result < 0 { Err(last_errno()) } else { Ok(result) }
}

fn last_errno() -> Errno {
    // SAFETY: reads the thread's own errno, which is always there.
    Errno::from_raw_os_error(unsafe { *libc::__errno_location() })
}

/// Copies the calling process, with the namespaces of `flags`, as fork does; the copy runs `child`. Returns the process id
/// of the copy and a descriptor by which its end can be awaited.
///
/// # Safety
/// `child` may only make system calls: other threads may hold locks at this moment, that of the allocator among them.
pub(super) unsafe fn clone_supervisor(
    flags: c_int,
    child: impl FnOnce() -> Infallible,
) -> Sys<(i32, OwnedFd)> {
    let mut pidfd: RawFd = -1;
    let flags = c_long::from(flags | libc::CLONE_PIDFD | libc::SIGCHLD);
    // SAFETY: without a stack and without CLONE_VM this is fork; the third argument receives the descriptor on every
    // architecture we build for.
    let pid =
        check(unsafe { libc::syscall(libc::SYS_clone, flags, 0_usize, &raw mut pidfd, 0_usize, 0_usize) })?;
    if pid == 0 {
        child();
    }
    // SAFETY: the kernel has just made this descriptor for us and nobody else knows it.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    Ok((i32::try_from(pid).unwrap_or_default(), pidfd))
}

/// Starts `entry` in a child that borrows this process's memory until it executes a program or ends, as vfork does but
/// on a stack of its own. Returns its process id.
///
/// # Safety
/// `argument` must be what `entry` expects, and `entry` must leave the memory in a state the caller can go on with.
pub(super) unsafe fn clone_program(
    entry: extern "C" fn(*mut c_void) -> c_int,
    stack: &mut [u8],
    argument: *mut c_void,
) -> Sys<i32> {
    let top = stack.as_mut_ptr_range().end;
    // SAFETY: the pointer stays inside or at the end of the slice; the stack grows down and must be 16-aligned.
    let top = unsafe { top.sub(top.addr() % 16) };
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: CLONE_VFORK suspends us until the child no longer uses our memory, so stack and argument outlive it.
    let pid = unsafe { libc::clone(entry, top.cast(), flags, argument) };
    check(c_long::from(pid)).map(|_| pid)
}

/// Blocks every signal for the calling thread.
pub(super) fn block_all_signals() -> SignalMask {
    // SAFETY: sigset_t is plain data that sigfillset and pthread_sigmask fill.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        SignalMask(before)
    }
}

impl SignalMask {
    /// Puts the mask back.
    pub(super) fn restore(&self) {
        // SAFETY: the mask came from the kernel.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
    }
}

/// Lets every signal through again.
pub(super) fn unblock_all_signals() {
    // SAFETY: sigset_t is plain data that sigemptyset fills.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Gives every signal its default action: handlers of the parent would write into pipes they share with it. Not by the C
/// library: for SIGABRT that takes a lock, which another thread may have held when this process was copied.
pub(super) fn reset_signal_handlers() {
    // All zero is SIG_DFL without flags and with an empty mask, and larger than the kernel's structure anywhere.
    const DEFAULT: [u64; 8] = [0; 8];
    const SIGNALS: c_int = 64;
    // The kernel's signal set has one bit for each signal.
    const SET_BYTES: usize = 8;
    for signal in 1..=SIGNALS {
        // SAFETY: reads the action and writes none; signals that cannot be changed answer with an error, which is fine.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                DEFAULT.as_ptr(),
                std::ptr::null_mut::<c_void>(),
                SET_BYTES,
            )
        };
    }
}

/// Whether and how SIGINT and SIGQUIT were handled before they were ignored.
pub(super) struct KeyboardSignals([libc::sighandler_t; 2]);

/// Ignores Ctrl-C and Ctrl-\ in this process, as system(3) does while a foreground program runs.
pub(super) fn ignore_keyboard_signals() -> KeyboardSignals {
    // SAFETY: SIG_IGN is a valid action for both signals.
    KeyboardSignals(unsafe {
        [libc::signal(libc::SIGINT, libc::SIG_IGN), libc::signal(libc::SIGQUIT, libc::SIG_IGN)]
    })
}

impl Drop for KeyboardSignals {
    fn drop(&mut self) {
        let [interrupt, quit] = self.0;
        // SAFETY: both actions were in force before.
        unsafe {
            libc::signal(libc::SIGINT, interrupt);
            libc::signal(libc::SIGQUIT, quit);
        }
    }
}

/// A descriptor that is readable when a child has ended or a watched directory has changed ([`signal_on_change`]). The
/// signals of both must be blocked.
pub(super) fn wake_up_fd() -> Sys<OwnedFd> {
    // SAFETY: the set is plain data; the descriptor is new and ours.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGCHLD);
        libc::sigaddset(&raw mut set, libc::SIGIO);
        let fd = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        check(c_long::from(fd)).map(|_| OwnedFd::from_raw_fd(fd))
    }
}

/// Asks for SIGIO whenever a name in `directory` is created, removed or renamed.
pub(super) fn signal_on_change(directory: BorrowedFd<'_>) -> Sys<()> {
    // DN_CREATE, DN_DELETE, DN_RENAME and DN_MULTISHOT of linux/fcntl.h.
    const EVENTS: u32 = 0x4 | 0x8 | 0x10 | 0x8000_0000;
    // SAFETY: takes a descriptor and flags only.
    check(c_long::from(unsafe { libc::fcntl(directory.as_raw_fd(), libc::F_NOTIFY, EVENTS) })).map(drop)
}

/// Ends this process at once.
pub(super) fn exit_now(code: c_int) -> ! {
    // SAFETY: _exit runs no handlers and never returns.
    unsafe { libc::_exit(code) }
}

/// Makes `target` a copy of `source` that survives an exec.
pub(super) fn duplicate_to(source: RawFd, target: RawFd) -> Sys<()> {
    if source == target {
        // SAFETY: clears the close-on-exec flag of a descriptor; an invalid one is an error.
        return check(c_long::from(unsafe { libc::fcntl(source, libc::F_SETFD, 0) })).map(drop);
    }
    // SAFETY: dup2 on numbers; invalid ones are an error.
    check(c_long::from(unsafe { libc::dup2(source, target) })).map(drop)
}

/// Closes a descriptor by number.
pub(super) fn close(fd: RawFd) {
    // SAFETY: only called for descriptors that this copy of the process owns alone.
    unsafe { libc::close(fd) };
}

/// Closes all descriptors from `first` to `last`, both included.
pub(super) fn close_range(first: u32, last: u32) {
    // SAFETY: only called in a copied process that uses none of them.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if done < 0 {
        for fd in first..=last.min(4096) {
            close(fd.cast_signed());
        }
    }
}

/// Executes a program; returns only when that failed.
///
/// # Safety
/// Both arrays must end with a null pointer and hold pointers to strings.
pub(super) unsafe fn execute(path: &CStr, argv: *const *const c_char, envp: *const *const c_char) -> Errno {
    // SAFETY: by the contract of this function.
    unsafe { libc::execve(path.as_ptr(), argv, envp) };
    last_errno()
}

/// Sends a signal to every process of this process namespace but init itself. Only init of a namespace may call it.
pub(super) fn kill_namespace() {
    // SAFETY: kill with -1 reaches only processes of our own namespace.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// The attributes of `mount_setattr` (linux/mount.h).
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    namespace: u64,
}

/// MOUNT_ATTR_RDONLY of linux/mount.h.
pub(super) const MOUNT_READ_ONLY: u64 = 0x1;
/// MOUNT_ATTR_NODEV of linux/mount.h.
pub(super) const MOUNT_NO_DEVICES: u64 = 0x4;

/// Sets attributes of the mount at `path`, or of `tree` itself when the path is empty, and of all mounts below it.
pub(super) fn set_mount_attributes(tree: BorrowedFd<'_>, path: &CStr, set: u64) -> Sys<()> {
    let attributes = MountAttributes { set, clear: 0, propagation: 0, namespace: 0 };
    let flags = libc::AT_RECURSIVE | libc::AT_EMPTY_PATH;
    // SAFETY: the pointers are valid for the call and the size is that of the structure.
    check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_raw_fd(),
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<MountAttributes>(),
        )
    })
    .map(drop)
}

/// The version of the kernel's Landlock interface.
pub(super) fn landlock_abi() -> Sys<u8> {
    const CREATE_RULESET_VERSION: u32 = 1;
    // SAFETY: with this flag the call takes no structure and only returns a number.
    let abi = check(unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<c_void>(),
            0_usize,
            CREATE_RULESET_VERSION,
        )
    })?;
    Ok(u8::try_from(abi).unwrap_or(u8::MAX))
}

/// Puts the calling thread into the Landlock domain of `ruleset`.
pub(super) fn enter_landlock(ruleset: BorrowedFd<'_>) -> Sys<()> {
    // SAFETY: takes a descriptor and flags only.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) }).map(drop)
}

/// Turns on the loopback interface of this network namespace.
pub(super) fn raise_loopback(socket: BorrowedFd<'_>) -> Sys<()> {
    // SAFETY: ifreq is plain data, filled with the name and the flags the call reads.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        // SAFETY of the copy: the name is shorter than the field, which is zeroed.
        std::ptr::copy_nonoverlapping(c"lo".as_ptr(), request.ifr_name.as_mut_ptr(), 2);
        let flags = libc::IFF_UP | libc::IFF_RUNNING;
        request.ifr_ifru.ifru_flags = i16::try_from(flags).unwrap_or_default();
        check(c_long::from(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request))).map(drop)
    }
}
