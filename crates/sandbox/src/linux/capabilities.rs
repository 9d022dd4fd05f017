//! The capabilities a confined command keeps: for root those over files and identities, for anybody else none.

use rustix::io::Errno;
use rustix::thread::{CapabilitySet, CapabilitySets};

/// What root keeps inside: enough that `chown`, package tools and test databases behave, nothing that could undo a mount, load
/// code into the kernel or reach into other processes.
const KEPT_BY_ROOT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// The same where directories are hidden: root passes over no modes then, else it could look into them.
pub(super) fn kept_beside_hidden_directories() -> CapabilitySet {
    kept().difference(CapabilitySet::DAC_OVERRIDE)
}

/// The capabilities a confined command of the calling process keeps.
pub(super) fn kept() -> CapabilitySet {
    if !rustix::process::geteuid().is_root() {
        return CapabilitySet::empty();
    }
    rustix::thread::capabilities(None)
        .map_or(CapabilitySet::empty(), |sets| sets.effective.intersection(KEPT_BY_ROOT))
}

/// Drops everything but `kept`, for this process and all it will ever execute. Only system calls: safe between fork and
/// exec.
pub(super) fn drop_all_but(kept: CapabilitySet) -> Result<(), Errno> {
    rustix::thread::set_no_new_privs(true)?;
    let had = rustix::thread::capabilities(None)?;
    if had.effective.contains(CapabilitySet::SETPCAP) {
        drop_from_bounding_set(kept)?;
    }
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets)
}

/// Root regains on each exec what the bounding set holds, so it must shrink too.
fn drop_from_bounding_set(kept: CapabilitySet) -> Result<(), Errno> {
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        if kept.contains(capability) {
            continue;
        }
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            Ok(()) => {}
            // Past the last capability this kernel knows.
            Err(Errno::INVAL) => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
