//! The guard: keeps missing protected paths missing, and links what they are, while a command runs.
//!
//! It lives in the supervising process, out of the command's reach, and holds no disk space while nothing happens. The kernel
//! wakes it with a signal when a name appears in a guarded directory (`F_NOTIFY`: inotify would do as well, but the end of
//! its last descriptor waits 15 ms for the kernel, on every command). If that name is a guarded one, everything the command
//! started is killed at once, then what it made is moved aside under a name that no program obeys, and the parent
//! moves it to the temporary directory and tells the caller. This also works when the parent was killed in the meantime: then the harmless name stays.
//! Between the making and the moving lie a few milliseconds.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::aside;
use super::places::Guarded;
use super::report::Report;
use super::sys;
use crate::error::SandboxError;

/// The longest link target that is compared; longer ones count as changed.
const MAX_LINK_BYTES: usize = 1024;

/// Numbers the names under which things are moved aside.
static NEXT_NAME: AtomicU32 = AtomicU32::new(0);

/// The list of names to guard, with everything prepared that takes memory.
#[derive(Debug, Default)]
pub(super) struct Guard {
    posts: Vec<Post>,
}

/// One guarded name.
#[derive(Debug)]
struct Post {
    /// The directory as the system sees it, past all mounts of the command.
    directory: OwnedFd,
    name: CString,
    link: Option<CString>,
    aside: CString,
}

/// What the parent needs to know about a post to finish the undoing.
#[derive(Debug, Clone)]
pub(crate) struct GuardedPath {
    /// The protected path.
    pub(crate) path: PathBuf,
    /// Where the thing that was found there has been moved.
    pub(crate) aside: PathBuf,
    /// Whether a link was put back.
    pub(crate) was_link: bool,
}

impl Guard {
    /// Opens the directories of `guarded`. A directory that is gone needs no guard.
    pub(super) fn prepare<'a>(
        guarded: impl Iterator<Item = &'a Guarded>,
    ) -> Result<(Self, Vec<GuardedPath>), SandboxError> {
        let (mut posts, mut paths) = (Vec::new(), Vec::new());
        for entry in guarded {
            let Ok(directory) = open_directory(&entry.parent) else { continue };
            let number = NEXT_NAME.fetch_add(1, Ordering::Relaxed);
            let aside = format!(".headwater-undone-{}-{number}", std::process::id());
            posts.push(Post {
                directory,
                name: text(entry.name.as_bytes())?,
                link: entry.link.as_ref().map(|link| text(link.as_os_str().as_bytes())).transpose()?,
                aside: text(aside.as_bytes())?,
            });
            paths.push(GuardedPath {
                path: entry.path(),
                aside: entry.parent.join(aside),
                was_link: entry.link.is_some(),
            });
        }
        Ok((Self { posts }, paths))
    }

    /// The descriptors that must stay open in the supervising process.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.posts.iter().map(|post| post.directory.as_fd())
    }

    /// Begins to watch. Where the kernel does not offer it, the names are still checked at every other wake-up and at the end.
    pub(super) fn mount(&self) {
        for post in &self.posts {
            sys::signal_on_change(post.directory.as_fd()).ok();
        }
    }

    /// Whether every name is as it was.
    pub(super) fn is_intact(&self) -> bool {
        self.posts.iter().all(Post::is_intact)
    }

    /// Moves aside what is not as it was, and tells the parent. Nothing of the command may be alive.
    pub(super) fn undo(&self, parent: BorrowedFd<'_>) {
        for (index, post) in self.posts.iter().enumerate() {
            if !post.is_intact() {
                post.undo();
                Report::Violated(u16::try_from(index).unwrap_or(u16::MAX)).send(parent);
            }
        }
    }
}

impl Post {
    fn is_intact(&self) -> bool {
        let Some(expected) = &self.link else {
            let found = rustix::fs::statat(&self.directory, &*self.name, AtFlags::SYMLINK_NOFOLLOW);
            return found.is_err_and(|errno| errno == Errno::NOENT);
        };
        let mut buffer = [MaybeUninit::uninit(); MAX_LINK_BYTES];
        rustix::fs::readlinkat_raw(&self.directory, &*self.name, &mut buffer)
            .is_ok_and(|(target, _)| target == expected.to_bytes())
    }

    fn undo(&self) {
        // Nothing is there to move when a link was only removed.
        rustix::fs::renameat(&self.directory, &*self.name, &self.directory, &*self.aside).ok();
        if let Some(link) = &self.link {
            let target: &CStr = link;
            // The parent checks again and reports what could not be put back.
            rustix::fs::symlinkat(target, &self.directory, &*self.name).ok();
        }
    }
}

impl GuardedPath {
    /// Keeps what was moved aside in the temporary directory and says what happened.
    pub(crate) fn settle(&self) -> String {
        let path = self.path.display();
        let deed = if self.was_link {
            "a protected link; it was replaced and has been put back"
        } else {
            "protected; it was created"
        };
        match aside::keep(&self.aside, &self.path) {
            Ok(kept) => format!("{path} is {deed}; what was there is now {}", kept.display()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!("{path} is {deed}"),
            Err(_stays) => format!("{path} is {deed}; what was there is now {}", self.aside.display()),
        }
    }
}

/// Opens a directory so that it can be watched; one that may not be read can still be checked.
fn open_directory(path: &Path) -> Result<OwnedFd, Errno> {
    let open = |access| {
        let flags = access | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::openat(CWD, path, flags, Mode::empty())
    };
    open(OFlags::RDONLY).or_else(|_unreadable| open(OFlags::PATH))
}

/// A string the kernel can read.
pub(super) fn text(bytes: &[u8]) -> Result<CString, SandboxError> {
    CString::new(bytes)
        .map_err(|_nul| SandboxError::NulByte { what: String::from_utf8_lossy(bytes).into_owned() })
}
