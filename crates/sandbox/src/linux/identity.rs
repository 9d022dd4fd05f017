//! Who a command is inside its user namespace: the same user and group as outside.

use std::fmt::Write as _;
use std::fs;
use std::io;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::DumpableBehavior;
use rustix::thread::CapabilitySet;

/// How the identity is mapped, with the text of the map files.
#[derive(Debug, Clone)]
pub(super) enum IdentityMap {
    /// An ordinary user maps only themselves and may do so from inside.
    Own { user: String, group: String },
    /// Root maps every identity it has, so that files of others stay reachable; only its parent may write that.
    All { users: String, groups: String },
}

impl IdentityMap {
    /// The map for the calling process.
    pub(super) fn current() -> Self {
        let wanted = CapabilitySet::SETUID | CapabilitySet::SETGID;
        let is_able = rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(wanted));
        let user = rustix::process::geteuid();
        if user.is_root()
            && is_able
            && let (Some(users), Some(groups)) =
                (same_ranges("/proc/self/uid_map"), same_ranges("/proc/self/gid_map"))
        {
            return Self::All { users, groups };
        }
        let group = rustix::process::getegid().as_raw();
        let user = user.as_raw();
        Self::Own { user: format!("{user} {user} 1"), group: format!("{group} {group} 1") }
    }

    /// Whether the parent has to write it ([`Self::write_for_child`]).
    pub(super) fn is_written_by_parent(&self) -> bool {
        match self {
            Self::Own { .. } => false,
            Self::All { .. } => true,
        }
    }

    /// Writes the map of the child `pid`.
    pub(super) fn write_for_child(&self, pid: i32) -> io::Result<()> {
        let Self::All { users, groups } = self else { return Ok(()) };
        fs::write(format!("/proc/{pid}/uid_map"), users)?;
        fs::write(format!("/proc/{pid}/gid_map"), groups)
    }

    /// Writes the map of the calling process from inside. Only system calls: safe between fork and exec.
    pub(super) fn write_own(&self) -> Result<(), Errno> {
        let Self::Own { user, group } = self else { return Ok(()) };
        // A process that hides its memory does not own its map files either; the supervisor hides again right after.
        rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable)?;
        write_file(c"/proc/self/setgroups", b"deny")?;
        write_file(c"/proc/self/uid_map", user.as_bytes())?;
        write_file(c"/proc/self/gid_map", group.as_bytes())
    }
}

/// The identities of this process, each mapped to itself: the first and third columns of its own map.
fn same_ranges(file: &str) -> Option<String> {
    let mut map = String::new();
    for line in fs::read_to_string(file).ok()?.lines() {
        let mut columns = line.split_whitespace();
        let (inside, _outside, count) = (columns.next()?, columns.next()?, columns.next()?);
        writeln!(map, "{inside} {inside} {count}").ok()?;
    }
    Some(map)
}

fn write_file(path: &std::ffi::CStr, bytes: &[u8]) -> Result<(), Errno> {
    let file = rustix::fs::openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(&file, bytes).map(drop)
}
