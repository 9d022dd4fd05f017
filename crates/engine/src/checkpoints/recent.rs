//! What has changed in the workspace since a moment: one walk over what is not ignored, bounded in entries and in time.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::survey::{is_no_git, name};

/// The most entries that are looked at.
const MOST: usize = 60_000;
/// How long it may take.
const TIME: Duration = Duration::from_millis(150);
/// Threads that look.
const THREADS: usize = 4;

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Files, and whatever else is no directory, in the order of paths.
    pub(super) files: Vec<String>,
    /// Directories in which an entry came or went, and in which no entry is younger than the moment.
    pub(super) directories: Vec<String>,
    /// Whether there was more than could be looked at.
    pub(super) is_cut: bool,
}

/// What has changed below `root` since a moment.
pub(super) fn recent(root: &Path, since: SystemTime) -> Recent {
    recent_within(root, since, TIME)
}

fn recent_within(root: &Path, since: SystemTime, time: Duration) -> Recent {
    let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seen, is_cut) = (AtomicUsize::new(0), AtomicBool::new(false));
    let end = Instant::now() + time;
    let (found, finds) = mpsc::channel();
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false).require_git(false).follow_links(false).threads(THREADS).filter_entry(is_no_git);
    walk.build_parallel().run(|| {
        let (found, seen, is_cut) = (found.clone(), &seen, &is_cut);
        Box::new(move |entry| {
            if seen.fetch_add(1, Ordering::Relaxed) >= MOST || Instant::now() > end {
                is_cut.store(true, Ordering::Relaxed);
                return WalkState::Quit;
            }
            if let Some(change) = entry.ok().and_then(|entry| changed(&entry, root, since)) {
                // Whoever receives outlives the walk.
                found.send(change).ok();
            }
            WalkState::Continue
        })
    });
    drop(found);
    let (directories, files): (Vec<_>, Vec<_>) = finds.iter().partition(|(_, is_directory)| *is_directory);
    let names = |changes: Vec<(String, bool)>| {
        let mut names: Vec<String> = changes.into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    };
    Recent { files: names(files), directories: names(directories), is_cut: is_cut.into_inner() }
}

/// The name of an entry that has changed, and whether it is a directory.
fn changed(entry: &DirEntry, root: &Path, since: Duration) -> Option<(String, bool)> {
    let metadata = entry.metadata().ok()?;
    if !is_younger(&metadata, since) {
        return None;
    }
    if !metadata.is_dir() {
        return Some((name(entry, root)?, false));
    }
    let is_explained = std::fs::read_dir(entry.path()).ok()?.filter_map(Result::ok).any(|child| {
        child.metadata().is_ok_and(|metadata| is_younger(&metadata, since)) && child.file_name() != ".git"
    });
    let name = name(entry, root).filter(|name| !name.is_empty()).unwrap_or_else(|| ".".to_owned());
    (!is_explained).then_some((name, true))
}

/// Whether something was written, renamed or linked since then: no program can set this time back.
fn is_younger(metadata: &Metadata, since: Duration) -> bool {
    let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
    let nanos = u32::try_from(metadata.ctime_nsec()).unwrap_or(0);
    Duration::new(seconds, nanos) >= since
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn s6_a_walk_that_takes_too_long_says_so_and_costs_no_more() {
        let directory = tempfile::tempdir().unwrap();
        for file in 0..200 {
            fs::write(directory.path().join(format!("{file}")), "x").unwrap();
        }
        let cut = recent_within(directory.path(), UNIX_EPOCH, Duration::ZERO);
        assert!(cut.is_cut && cut.files.len() < 200);
        let whole = recent_within(directory.path(), UNIX_EPOCH, Duration::from_mins(1));
        assert_eq!((whole.files.len(), whole.is_cut), (200, false));
    }

    #[test]
    fn s6_what_is_ignored_or_old_is_not_named() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join(".gitignore"), "built\n").unwrap();
        fs::create_dir_all(root.join("built")).unwrap();
        fs::write(root.join("built/a"), "x").unwrap();
        fs::write(root.join("b"), "x").unwrap();
        assert_eq!(recent_within(root, UNIX_EPOCH, Duration::from_mins(1)).files, [".gitignore", "b"]);
        let later = SystemTime::now() + Duration::from_mins(1);
        assert!(recent_within(root, later, Duration::from_mins(1)).files.is_empty());
    }
}
