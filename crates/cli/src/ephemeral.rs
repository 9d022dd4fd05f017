//! Sessions that leave nothing behind: all they keep lies in a private place that is removed when they end, and, where
//! their process was killed, by the next start of the program.
//!
//! *Invariants:* a place is removed by its own process, or by one that holds its lock: then its process is gone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use headwater_engine::SessionStore;
use rustix::fs::{FlockOperation, flock};

use crate::paths::{Paths, make_private};
use crate::user_error::UserError;

/// How the lock of a place is called; the place has the same name without it.
const LOCK: &str = "lock";
/// Tries of a removal that something still writes into.
const TRIES: u32 = 20;

/// The place of a session that leaves nothing; it goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Ephemeral {
    place: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Ephemeral {
    /// Makes a private place, under a lock that the kernel drops with the process.
    pub(crate) fn begin(paths: &Paths) -> Result<Self> {
        let all = places(paths);
        make_private(&all).with_context(|| format!("{} cannot be made", all.display()))?;
        for number in 0.. {
            let name = format!("{}-{number}", std::process::id());
            let (place, lock) = (all.join(&name), all.join(format!("{name}.{LOCK}")));
            if let Some(held) = take(&lock).with_context(|| format!("{} cannot be made", lock.display()))? {
                // One of the same name was left by a process that is gone: its lock could be taken.
                remove(&place);
                DirBuilder::new().mode(0o700).create(&place)?;
                let ephemeral = Self { place, lock, _held: held };
                ephemeral.take_rules_over(paths);
                return Ok(ephemeral);
            }
        }
        Err(UserError::failed("there is no room for a session that leaves nothing").into())
    }

    /// What stands for the state directory of its sessions.
    pub(crate) fn state(&self) -> &Path {
        &self.place
    }

    /// What the person allowed in a project holds here too; what is allowed here is gone with it.
    fn take_rules_over(&self, paths: &Paths) {
        let (from, to) = (paths.state.join("projects"), self.place.join("projects"));
        let Ok(files) = std::fs::read_dir(from) else { return };
        if make_private(&to).is_err() {
            return;
        }
        for file in
            files.filter_map(Result::ok).filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()))
        {
            if let Err(error) = std::fs::copy(file.path(), to.join(file.file_name())) {
                tracing::warn!(%error, "rules of a project do not hold in this session");
            }
        }
    }
}

impl Drop for Ephemeral {
    fn drop(&mut self) {
        remove(&self.place);
        if let Err(error) = std::fs::remove_file(&self.lock) {
            tracing::warn!(%error, "a lock is left behind");
        }
    }
}

/// Removes what processes left behind that are gone.
pub(crate) fn sweep(paths: &Paths) {
    let all = places(paths);
    for lock in entries(&all).filter(|path| path.extension().is_some_and(|end| end == LOCK)) {
        // Held by a process that lives, or not to be opened: not ours to judge.
        let Ok(Some(held)) = take_existing(&lock) else { continue };
        remove(&lock.with_extension(""));
        if let Err(error) = std::fs::remove_file(&lock) {
            tracing::warn!(%error, "a lock is left behind");
        }
        drop(held);
    }
}

/// Says of a session that is asked for where it is one of those that end with their process.
pub(crate) fn refuse(paths: &Paths, id: &str) -> Result<()> {
    let is_place = |path: &PathBuf| path.is_dir();
    for place in entries(&places(paths)).filter(is_place) {
        if let Ok(found) = SessionStore::new(place).find(id) {
            let message =
                format!("session {found} is ephemeral: it ends with its process, and nobody can carry it on");
            return Err(UserError::failed(message)
                .hint("Start without --ephemeral what is to be carried on.")
                .into());
        }
    }
    Ok(())
}

fn places(paths: &Paths) -> PathBuf {
    paths.state.join("ephemeral")
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
}

/// Makes and takes a lock; `None` when another process holds it.
fn take(lock: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(lock)?;
    let Some(mut file) = held(lock, file) else { return Ok(None) };
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(Some(file))
}

fn take_existing(lock: &Path) -> io::Result<Option<File>> {
    Ok(held(lock, OpenOptions::new().write(true).open(lock)?))
}

/// The file with its lock, unless somebody holds it or has put another file in its place since it was opened.
fn held(lock: &Path, file: File) -> Option<File> {
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return None;
    }
    let is_same = |there: std::fs::Metadata, here: std::fs::Metadata| {
        (there.dev(), there.ino()) == (here.dev(), here.ino())
    };
    let still = std::fs::symlink_metadata(lock)
        .ok()
        .is_some_and(|there| file.metadata().is_ok_and(|here| is_same(there, here)));
    still.then_some(file)
}

/// Removes a place with all that is in it. Something of the session may still be ending: then it is tried again.
fn remove(place: &Path) {
    for _try in 0..TRIES {
        match std::fs::remove_dir_all(place) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => tracing::debug!(%error, "not removed yet"),
        }
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    tracing::warn!("{} could not be removed; the next start tries again", place.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_a_place_goes_with_its_session_and_only_what_is_dead_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let living = Ephemeral::begin(&paths).unwrap();
        std::fs::write(living.state().join("something"), "x").unwrap();
        // As a killed process leaves it: a lock that nobody holds.
        let dead = places(&paths).join("1-0");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join("transcript"), "x").unwrap();
        std::fs::write(places(&paths).join("1-0.lock"), "1\n").unwrap();
        // Without a lock nobody knows whose it is.
        let unknown = places(&paths).join("mine");
        std::fs::create_dir(&unknown).unwrap();
        sweep(&paths);
        assert!(living.state().join("something").exists() && unknown.exists() && !dead.exists());
        let second = Ephemeral::begin(&paths).unwrap();
        assert_ne!(second.state(), living.state());
        let places_left = || entries(&places(&paths)).count();
        drop((living, second));
        assert_eq!(places_left(), 1, "the unknown one");
    }
}
