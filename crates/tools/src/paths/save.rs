//! Writing a file whole, so that a reader sees the old content or the new, and never a part.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::{PathError, Place, Root};

/// Names of temporary files differ by it within this process.
static SERIAL: AtomicU32 = AtomicU32::new(0);

/// Writes `content` to `place`, whose directories are made. `previous` is the file it replaces, whose mode and owner are
/// kept; without one the place must still be free. The content goes to a new file beside it which then takes the name,
/// so a hard link elsewhere keeps the old content. It is not synced: a crash of the machine may bring the old one back.
pub(crate) fn save(
    root: &Root,
    place: &Place,
    content: &[u8],
    previous: Option<&Metadata>,
) -> Result<(), PathError> {
    let name = place.relative.file_name().ok_or_else(|| PathError::IsDirectory(place.asked.clone()))?;
    // Renaming over it would pass by its mode, which someone set for a reason.
    if previous.is_some_and(|previous| previous.permissions().readonly()) {
        return Err(PathError::ReadOnlyFile(place.asked.clone()));
    }
    let parent = root.make_parent(place)?;
    let temporary = temporary_name(name);
    let refused = |error: io::Error| PathError::of(&place.asked, "writing it", error);
    let file = create(&parent, &temporary).map_err(|error| refused(error.into()))?;
    let written = fill(file, content, previous).map_err(refused);
    let named = written.and_then(|()| take_name(&parent, &temporary, name, place, previous.is_some()));
    if named.is_err() {
        // The first error says more than a failure to tidy up after it would.
        rustix::fs::unlinkat(&parent, &temporary, AtFlags::empty()).ok();
    }
    named
}

fn temporary_name(name: &OsStr) -> OsString {
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let start: String = name.to_string_lossy().chars().take(40).collect();
    format!(".{start}.{}-{serial}.headwater-new", std::process::id()).into()
}

fn create(parent: &OwnedFd, name: &OsStr) -> Result<File, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::from_raw_mode(0o666)).map(File::from)
}

fn fill(mut file: File, content: &[u8], previous: Option<&Metadata>) -> io::Result<()> {
    file.write_all(content)?;
    let Some(previous) = previous else { return Ok(()) };
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (previous.uid(), previous.gid()) {
        let (owner, group) = (Uid::from_raw(previous.uid()), Gid::from_raw(previous.gid()));
        // Only root may give files away; anyone else keeps the new file as their own.
        rustix::fs::fchown(&file, Some(owner), Some(group)).ok();
    }
    file.set_permissions(previous.permissions())
}

fn take_name(
    parent: &OwnedFd,
    temporary: &OsStr,
    name: &OsStr,
    place: &Place,
    replaces: bool,
) -> Result<(), PathError> {
    let renamed = if replaces {
        rustix::fs::renameat(parent, temporary, parent, name)
    } else {
        rename_to_free_name(parent, temporary, name)
    };
    match renamed {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(PathError::Appeared(place.asked.clone())),
        Err(error) => Err(PathError::of(&place.asked, "putting it in place", error)),
    }
}

#[cfg(target_os = "linux")]
fn rename_to_free_name(parent: &OwnedFd, temporary: &OsStr, name: &OsStr) -> Result<(), Errno> {
    use rustix::fs::RenameFlags;
    match rustix::fs::renameat_with(parent, temporary, parent, name, RenameFlags::NOREPLACE) {
        // File systems that cannot promise it: the check just before has to do.
        Err(Errno::INVAL | Errno::NOSYS) => rustix::fs::renameat(parent, temporary, parent, name),
        settled => settled,
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_to_free_name(parent: &OwnedFd, temporary: &OsStr, name: &OsStr) -> Result<(), Errno> {
    rustix::fs::renameat(parent, temporary, parent, name)
}
