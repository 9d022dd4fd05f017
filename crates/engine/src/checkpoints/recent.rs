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
/// Up to so many entries the calling thread is faster alone: threads that find nothing to do sleep for a millisecond before
/// they end.
const FEW: usize = 256;

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
    let look = Look { root, since, end: Instant::now() + time };
    look.at_few().unwrap_or_else(|| look.at_all())
}

/// One look at the workspace.
#[derive(Clone, Copy)]
struct Look<'a> {
    root: &'a Path,
    since: Duration,
    end: Instant,
}

impl Look<'_> {
    fn walk(&self) -> WalkBuilder {
        let mut walk = WalkBuilder::new(self.root);
        walk.hidden(false).require_git(false).follow_links(false).threads(THREADS).filter_entry(is_no_git);
        walk
    }

    /// The changes of a workspace that is small; `None` where it is not.
    fn at_few(&self) -> Option<Recent> {
        let mut changes = Vec::new();
        for (seen, entry) in self.walk().build().enumerate() {
            if seen >= FEW {
                return None;
            }
            if self.is_over() {
                return Some(Recent::of(changes, true));
            }
            changes.extend(entry.ok().and_then(|entry| self.changed(&entry)));
        }
        Some(Recent::of(changes, false))
    }

    fn at_all(&self) -> Recent {
        let (seen, is_cut) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (found, finds) = mpsc::channel();
        self.walk().build_parallel().run(|| {
            let (found, seen, is_cut) = (found.clone(), &seen, &is_cut);
            Box::new(move |entry| {
                if seen.fetch_add(1, Ordering::Relaxed) >= MOST || self.is_over() {
                    is_cut.store(true, Ordering::Relaxed);
                    return WalkState::Quit;
                }
                if let Some(change) = entry.ok().and_then(|entry| self.changed(&entry)) {
                    // Whoever receives outlives the walk.
                    found.send(change).ok();
                }
                WalkState::Continue
            })
        });
        drop(found);
        Recent::of(finds.into_iter().collect(), is_cut.into_inner())
    }

    fn is_over(&self) -> bool {
        Instant::now() > self.end
    }

    /// The name of an entry that has changed, and whether it is a directory.
    fn changed(&self, entry: &DirEntry) -> Option<(String, bool)> {
        let metadata = entry.metadata().ok()?;
        if !is_younger(&metadata, self.since) {
            return None;
        }
        if !metadata.is_dir() {
            return Some((name(entry, self.root)?, false));
        }
        let is_explained = std::fs::read_dir(entry.path()).ok()?.filter_map(Result::ok).any(|child| {
            child.metadata().is_ok_and(|metadata| is_younger(&metadata, self.since))
                && child.file_name() != ".git"
        });
        let name = name(entry, self.root).filter(|name| !name.is_empty()).unwrap_or_else(|| ".".to_owned());
        (!is_explained).then_some((name, true))
    }
}

impl Recent {
    /// Of changes in any order, each with whether it is a directory.
    fn of(changes: Vec<(String, bool)>, is_cut: bool) -> Self {
        let (directories, files): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|(_, is_directory)| *is_directory);
        let names = |changes: Vec<(String, bool)>| {
            let mut names: Vec<String> = changes.into_iter().map(|(name, _)| name).collect();
            names.sort_unstable();
            names
        };
        Self { files: names(files), directories: names(directories), is_cut }
    }
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
    fn s6_many_entries_are_seen_as_few_are() {
        for files in [FEW / 2, FEW - 1, FEW, FEW * 3] {
            let directory = tempfile::tempdir().unwrap();
            let root = directory.path();
            fs::write(root.join(".gitignore"), "built\n").unwrap();
            for file in 0..files {
                let folder = root.join(format!("{}", file % 7));
                fs::create_dir_all(folder.join("built")).unwrap();
                fs::write(folder.join(format!("{file}")), "x").unwrap();
                fs::write(folder.join(format!("built/{file}")), "x").unwrap();
            }
            fs::create_dir(root.join("empty")).unwrap();
            let found = recent_within(root, UNIX_EPOCH, Duration::from_mins(1));
            let mut expected: Vec<String> = (0..files).map(|file| format!("{}/{file}", file % 7)).collect();
            expected.push(".gitignore".to_owned());
            expected.sort_unstable();
            assert_eq!(found.files, expected, "{files}");
            assert_eq!((found.directories, found.is_cut), (vec!["empty".to_owned()], false), "{files}");
        }
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
