//! The file tree of a command in its own mount namespace: read-only but for the writable places, with private devices.
//!
//! *Invariants:* the plan is made in the parent; applying it makes system calls only. The whole tree is made
//! read-only in one call, after the writable places have been copied aside; so what is not named is never writable,
//! not even mounts the survey knew nothing of.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags};

use super::guard::text;
use super::places::Places;
use super::report::{Fault, Stage};
use super::sys;
use crate::error::SandboxError;

/// The devices of every command; all else in `/dev` (disks, input, other people's terminals) is absent.
const DEVICES: [&CStr; 6] =
    [c"/dev/null", c"/dev/zero", c"/dev/full", c"/dev/random", c"/dev/urandom", c"/dev/tty"];

/// The links programs expect in `/dev`.
const DEVICE_LINKS: [(&CStr, &CStr); 5] = [
    (c"/proc/self/fd", c"/dev/fd"),
    (c"/proc/self/fd/0", c"/dev/stdin"),
    (c"/proc/self/fd/1", c"/dev/stdout"),
    (c"/proc/self/fd/2", c"/dev/stderr"),
    (c"pts/ptmx", c"/dev/ptmx"),
];

/// Everything needed to build the file tree of a command.
#[derive(Debug)]
pub(super) struct MountPlan {
    writable: Vec<Tree>,
    fixed: Vec<CString>,
    hidden_files: Vec<CString>,
    hidden_directories: Vec<CString>,
    devices: [Option<OwnedFd>; DEVICES.len()],
}

/// A part of the tree that is copied aside before the rest becomes read-only.
#[derive(Debug)]
struct Tree {
    path: CString,
    copy: Option<OwnedFd>,
}

impl MountPlan {
    /// A plan for `places`, in which `sockets` cannot be connected to.
    pub(super) fn new(places: &Places, sockets: &[PathBuf]) -> Result<Self, SandboxError> {
        let path = |path: &Path| text(path.as_os_str().as_bytes());
        let writable =
            places.mount_points().into_iter().map(|point| Ok(Tree { path: path(point)?, copy: None }));
        Ok(Self {
            writable: writable.collect::<Result<_, SandboxError>>()?,
            fixed: places.fixed.iter().map(|fixed| path(fixed)).collect::<Result<_, _>>()?,
            hidden_files: sockets
                .iter()
                .chain(&places.hidden_files)
                .chain(&places.kept_files)
                .map(|file| path(file))
                .collect::<Result<_, _>>()?,
            hidden_directories: places
                .hidden_directories
                .iter()
                .chain(&places.kept_directories)
                .map(|directory| path(directory))
                .collect::<Result<_, _>>()?,
            devices: Default::default(),
        })
    }

    /// Builds the tree. Only system calls: safe between fork and exec.
    pub(super) fn apply(&mut self) -> Result<(), Fault> {
        let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
        Stage::PrivateMounts.of(rustix::mount::mount_change(c"/", private))?;
        Stage::WritablePlaces.of(self.copy_aside())?;
        let inert = sys::MOUNT_READ_ONLY | sys::MOUNT_NO_DEVICES;
        Stage::ReadOnlyTree.of(sys::set_mount_attributes(CWD, c"/", inert))?;
        Stage::Devices.of(self.mount_devices())?;
        mount_proc();
        Stage::WritablePlaces.of(self.put_writable_back())?;
        Stage::ProtectedPaths.of(self.fix())?;
        Stage::HiddenPlaces.of(self.hide_files())?;
        Stage::HiddenPlaces.of(self.hide_directories())
    }

    fn copy_aside(&mut self) -> Result<(), Errno> {
        for tree in &mut self.writable {
            tree.copy = Some(copy_tree(&tree.path)?);
        }
        for (slot, device) in self.devices.iter_mut().zip(DEVICES) {
            // A device this system lacks is absent inside as well.
            *slot = copy_tree(device).ok();
        }
        Ok(())
    }

    fn put_writable_back(&mut self) -> Result<(), Errno> {
        for tree in &mut self.writable {
            if let Some(copy) = tree.copy.take() {
                sys::set_mount_attributes(copy.as_fd(), c"", sys::MOUNT_NO_DEVICES)?;
                attach(&copy, &tree.path)?;
            }
        }
        Ok(())
    }

    fn fix(&self) -> Result<(), Errno> {
        for path in &self.fixed {
            let copy = copy_tree(path)?;
            sys::set_mount_attributes(copy.as_fd(), c"", sys::MOUNT_READ_ONLY | sys::MOUNT_NO_DEVICES)?;
            attach(&copy, path)?;
        }
        Ok(())
    }

    /// A small `/dev` of its own, with a writable `/dev/shm` that vanishes with the command.
    fn mount_devices(&mut self) -> Result<(), Errno> {
        let options = c"mode=0755,size=1g";
        rustix::mount::mount(c"tmpfs", c"/dev", c"tmpfs", MountFlags::NOSUID, options)?;
        for (slot, path) in self.devices.iter_mut().zip(DEVICES) {
            if let Some(device) = slot.take() {
                let flags = OFlags::CREATE | OFlags::CLOEXEC | OFlags::WRONLY;
                drop(rustix::fs::openat(CWD, path, flags, Mode::from_raw_mode(0o666))?);
                attach(&device, path)?;
            }
        }
        for (target, link) in DEVICE_LINKS {
            rustix::fs::symlinkat(target, CWD, link)?;
        }
        rustix::fs::mkdirat(CWD, c"/dev/shm", Mode::from_raw_mode(0o1777))?;
        rustix::fs::chmodat(CWD, c"/dev/shm", Mode::from_raw_mode(0o1777), rustix::fs::AtFlags::empty())?;
        rustix::fs::mkdirat(CWD, c"/dev/pts", Mode::from_raw_mode(0o755))?;
        let options = c"newinstance,ptmxmode=0666,mode=0620";
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        // Without it the command can make no pseudo-terminals; nothing else suffers.
        rustix::mount::mount(c"devpts", c"/dev/pts", c"devpts", flags, options).ok();
        Ok(())
    }

    /// Covers each socket and file with a device that nothing can connect to and nobody may open where devices are
    /// forbidden, not even root: a reader gets an error, never an empty file. One that is gone meanwhile needs no cover.
    fn hide_files(&self) -> Result<(), Errno> {
        for file in &self.hidden_files {
            let cover = copy_tree(c"/dev/null")?;
            sys::set_mount_attributes(cover.as_fd(), c"", sys::MOUNT_READ_ONLY | sys::MOUNT_NO_DEVICES)?;
            unless_gone(attach(&cover, file))?;
        }
        Ok(())
    }

    /// Covers each directory with one that nobody may look into: without the capability to pass over modes, root neither.
    fn hide_directories(&self) -> Result<(), Errno> {
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
        for directory in &self.hidden_directories {
            let options = c"mode=000,size=4k";
            unless_gone(rustix::mount::mount(c"tmpfs", &**directory, c"tmpfs", flags, options))?;
        }
        Ok(())
    }
}

fn unless_gone(covered: Result<(), Errno>) -> Result<(), Errno> {
    match covered {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        covered => covered,
    }
}

/// Mounts a `/proc` that shows only the processes of the command, read-only. In a container that hides parts of its own,
/// the kernel refuses; then the outer one stays, read-only as well, whose processes the command may see but not touch.
fn mount_proc() {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
    rustix::mount::mount(c"proc", c"/proc", c"proc", flags, None::<&CStr>).ok();
}

fn copy_tree(path: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_RECURSIVE
        | OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
    rustix::mount::open_tree(CWD, path, flags)
}

fn attach(tree: &OwnedFd, path: &CStr) -> Result<(), Errno> {
    rustix::mount::move_mount(tree, c"", CWD, path, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
}
