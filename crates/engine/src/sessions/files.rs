//! Files that are never half written: replaced in one step, or moved out of the way under a name of their own.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Writes a new content for `path`, readable by its owner only, syncs it and puts it in place in one step: a
/// reader sees the old file or the new one, also after a power cut.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let fresh = tempfile::Builder::new().prefix(".new-").tempfile_in(directory)?;
    let mut buffered = BufWriter::new(fresh.as_file());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    fresh.as_file().sync_all()?;
    fresh.persist(path)?;
    // The rename itself is only safe once the directory is.
    File::open(directory)?.sync_all()
}

/// Copies `path` to `aside`; the copy is on the disk.
pub(super) fn copy_aside(path: &Path, aside: &Path) -> Result<(), StoreError> {
    let copied = std::fs::copy(path, aside).and_then(|_| File::open(aside)?.sync_all());
    copied.map_err(StoreError::io("copy the damaged log to", aside))
}

/// Renames `path` to the first free `<name>.quarantine-N.<extension>` beside it.
pub(super) fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let aside = free_name(path);
    std::fs::rename(path, &aside).map_err(StoreError::io("set aside", path))?;
    Ok(aside)
}

/// The first free `<name>.quarantine-N.<extension>` beside `path`. The caller holds a lock, so that nobody else looks for
/// a name meanwhile.
pub(super) fn free_name(path: &Path) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = (part(path.file_stem()), part(path.extension()));
    let mut number = 1_u32;
    loop {
        let name = path.with_file_name(format!("{stem}.quarantine-{number}.{extension}"));
        if !name.exists() {
            return name;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_replaced_file_is_its_owners_alone_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("transcript.jsonl");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&path, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_set_aside_never_takes_a_name_that_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("transcript.jsonl");
        for number in 1..=2 {
            std::fs::write(&path, format!("{number}")).unwrap();
            let aside = free_name(&path);
            copy_aside(&path, &aside).unwrap();
            assert_eq!(aside, directory.path().join(format!("transcript.quarantine-{number}.jsonl")));
        }
        move_aside(&path).unwrap();
        assert!(!path.exists() && directory.path().join("transcript.quarantine-3.jsonl").exists());
    }
}
