//! Finds and kills the children of this process without a process namespace to kill as a whole.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use rustix::fs::{CWD, Mode, OFlags, RawDir};
use rustix::process::{Pid, Signal};

/// Kills every child of this process, also those that others left behind (see `PR_SET_CHILD_SUBREAPER`). Their own children
/// become ours when they die, so the caller repeats this until it has none. System calls only.
pub(super) fn kill_children() {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(processes) = rustix::fs::openat(CWD, c"/proc", flags, Mode::empty()) else { return };
    let us = rustix::process::getpid();
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut entries = RawDir::new(&processes, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        let name = entry.file_name();
        if let Some(pid) = number(name.to_bytes()).and_then(Pid::from_raw)
            && parent_of(&processes, name) == Some(us.as_raw_nonzero().get())
        {
            // It may have ended in between.
            rustix::process::kill_process(pid, Signal::KILL).ok();
        }
    }
}

/// The parent of the process with this directory in `/proc`: the second field after the name in its `stat` file. The
/// name stands in parentheses and may hold anything, parentheses too, but the last one ends it.
fn parent_of(processes: &rustix::fd::OwnedFd, name: &CStr) -> Option<i32> {
    let directory =
        rustix::fs::openat(processes, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let stat =
        rustix::fs::openat(&directory, c"stat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut buffer = [0_u8; 512];
    let count = rustix::io::read(&stat, &mut buffer).ok()?;
    parent_in(buffer.get(..count)?)
}

fn parent_in(stat: &[u8]) -> Option<i32> {
    let name_ends = stat.iter().rposition(|byte| *byte == b')')?;
    let fields = stat.get(name_ends.checked_add(1)?..)?;
    number(fields.split(|byte| *byte == b' ').filter(|field| !field.is_empty()).nth(1)?)
}

/// A decimal number, without allocating.
fn number(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i32, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(i32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(parent_in(b"12 (bash) S 7 12 12 0"), Some(7));
        assert_eq!(parent_in(b"12 (a) S 9 (b) c) R 345 1"), Some(345));
        assert_eq!(parent_in(b"nonsense"), None);
        assert_eq!(number(b"12x"), None);
    }
}
