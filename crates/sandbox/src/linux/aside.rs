//! Puts what was found at a protected path out of the way without destroying it: a person's editor may have made it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Numbers the directories.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Moves `from`, which was found as `path`, into a new directory of the temporary one; returns where it is now.
pub(super) fn keep(from: &Path, path: &Path) -> io::Result<PathBuf> {
    keep_in(&std::env::temp_dir(), from, path)
}

/// The same into a new directory of `place`.
pub(super) fn keep_in(place: &Path, from: &Path, path: &Path) -> io::Result<PathBuf> {
    let kept = name_in(place, path)?;
    if fs::rename(from, &kept).is_err() {
        // The temporary directory may be another file system.
        copy(from, &kept)?;
        remove(from)?;
    }
    Ok(kept)
}

/// Copies the file at `path` into a new directory of `place`; returns where the copy is.
pub(super) fn copy_in(place: &Path, path: &Path) -> io::Result<PathBuf> {
    let kept = name_in(place, path)?;
    copy(path, &kept)?;
    Ok(kept)
}

fn name_in(place: &Path, path: &Path) -> io::Result<PathBuf> {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = place.join(format!("headwater-undone-{}-{number}", std::process::id()));
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

/// Removes whatever is at `path`; nothing there is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let kind = from.symlink_metadata()?.file_type();
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(from.read_link()?, to);
    }
    if kind.is_file() {
        return fs::copy(from, to).map(drop);
    }
    if !kind.is_dir() {
        // Sockets, pipes and devices hold nothing to keep.
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("deep")).unwrap();
        fs::write(from.join("deep/file"), "text").unwrap();
        std::os::unix::fs::symlink("deep", from.join("link")).unwrap();
        let to = folder.path().join("to");
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("link/file")).unwrap(), "text");
    }
}
