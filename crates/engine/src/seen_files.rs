//! Which files are no longer what the model saw of them, found by looking at the disk.
//!
//! *Invariants:* a file is read only where its times say that it was touched since; a pipe or device in its place is never
//! waited on; what is looked at and what is read are bounded, so that a request never waits long. What is passed over costs
//! nothing but a reminder: an edit of a changed file is refused all the same.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use headwater_context::reminders::ChangedFile;
use headwater_protocol::projection::hex;
use headwater_protocol::{RunState, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::regular_file;

/// Files that are looked at before one request, the ones seen last.
const MOST_FILES: usize = 64;
/// Bytes that are read before one request.
const MOST_BYTES: u64 = 16 << 20;
/// The longest name that is told, in bytes.
const LONGEST_NAME: usize = 300;
/// How much older than it is the time of a change may be, in milliseconds: the kernel's clock for files has large steps.
const SLACK: i64 = 50;

/// A file as the model saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenAs {
    path: String,
    sha256: String,
    at: Timestamp,
}

/// The files that are worth a look: seen, and not told of since.
pub(crate) fn worth_a_look(state: &RunState) -> Vec<SeenAs> {
    let is_told = |path: &str, seq: u64| state.reminders.told_of_file(path).is_some_and(|told| told > seq);
    // A name that the log could not hold byte for byte names another file, and a line of a reminder holds one name.
    let is_odd = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    let is_plain = |path: &str| path.len() <= LONGEST_NAME && !path.contains(is_odd);
    let mut files: Vec<(&str, _)> =
        state.files.iter().filter(|(path, seen)| is_plain(path) && !is_told(path, seen.seq)).collect();
    files.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.seq));
    let as_seen = |(path, seen): &(&str, &headwater_protocol::views::SeenFile)| SeenAs {
        path: (*path).to_owned(),
        sha256: seen.sha256.clone(),
        at: seen.at,
    };
    files.iter().take(MOST_FILES).map(as_seen).collect()
}

/// Those of the files that are not what was seen of them, in the order of their paths.
pub(crate) async fn changed(workspace: PathBuf, files: Vec<SeenAs>) -> Vec<ChangedFile> {
    if files.is_empty() {
        return Vec::new();
    }
    let looked = tokio::task::spawn_blocking(move || look(&workspace, &files)).await;
    looked.unwrap_or_else(|error| {
        tracing::warn!(%error, "the files that were read cannot be looked at");
        Vec::new()
    })
}

fn look(workspace: &Path, files: &[SeenAs]) -> Vec<ChangedFile> {
    let mut left = MOST_BYTES;
    let mut changed: Vec<ChangedFile> =
        files.iter().filter_map(|file| look_at(workspace, file, &mut left)).collect();
    changed.sort_by(|a, b| a.path.cmp(&b.path));
    changed
}

fn look_at(workspace: &Path, file: &SeenAs, left: &mut u64) -> Option<ChangedFile> {
    let path = workspace.join(&file.path);
    let changed = |is_gone| Some(ChangedFile { path: file.path.clone(), is_gone });
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return changed(true),
        // What cannot be looked at is not known to be another.
        Err(_) => return None,
    };
    if !was_touched(&found, file.at) || found.len() > *left {
        return None;
    }
    *left -= found.len();
    let sha256 = regular_file::open(&path).and_then(|file| digest(file, found.len())).ok()?;
    if sha256 == file.sha256 { None } else { changed(false) }
}

/// Whether a file may have changed since a time. A file that was put in its place, or whose times were set, has a younger
/// time of change than of writing.
fn was_touched(found: &Metadata, since: Timestamp) -> bool {
    let millis = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000).saturating_add(nanos / 1_000_000);
    let written = millis(found.mtime(), found.mtime_nsec());
    let changed = millis(found.ctime(), found.ctime_nsec());
    written.max(changed).saturating_add(SLACK) >= since.as_millis()
}

/// The digest of at most so many bytes of a file: one that grows meanwhile is not followed.
fn digest(file: File, length: u64) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut reader = BufReader::with_capacity(64 << 10, file.take(length));
    io::copy(&mut reader, &mut HashWriter(&mut hasher))?;
    Ok(hex(&hasher.finalize()))
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::clock;

    fn seen(path: &str, content: &str) -> SeenAs {
        SeenAs { path: path.into(), sha256: hex(&Sha256::digest(content.as_bytes())), at: clock::system() }
    }

    fn found(directory: &Path, files: &[SeenAs]) -> Vec<(String, bool)> {
        look(directory, files).into_iter().map(|file| (file.path, file.is_gone)).collect()
    }

    #[test]
    fn b3_a_file_that_is_not_what_was_seen_is_found_and_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        for name in ["same", "other", "gone", "touched", "moved", "old"] {
            write(name, "as it was");
        }
        let files = ["same", "other", "gone", "touched", "moved"].map(|name| seen(name, "as it was"));
        assert_eq!(found(directory.path(), &files), []);
        write("other", "as it is now");
        write("touched", "as it was");
        fs::remove_file(directory.path().join("gone")).unwrap();
        // A file with old times is put in its place.
        write("old", "as it was elsewhere");
        let long_ago = fs::FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH);
        File::options().write(true).open(directory.path().join("old")).unwrap().set_times(long_ago).unwrap();
        fs::rename(directory.path().join("old"), directory.path().join("moved")).unwrap();
        let expected = [("gone".to_owned(), true), ("moved".to_owned(), false), ("other".to_owned(), false)];
        assert_eq!(found(directory.path(), &files), expected);
    }

    #[test]
    fn b3_what_is_no_file_any_more_is_never_waited_on() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        fs::create_dir(directory.path().join("directory")).unwrap();
        let files = [seen("pipe", "x"), seen("directory", "x")];
        assert_eq!(found(directory.path(), &files), []);
    }
}
