//! Which files there are: those that globs match, and, by their marks alone, all others that are not ignored.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use ignore::{DirEntry, WalkBuilder};

use crate::mission::grant::PathGlobs;

/// The most entries that one walk looks at.
const MOST: usize = 50_000;

/// By which it is seen that a file has changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// What globs match.
#[derive(Debug, Default)]
pub(super) struct Matched {
    /// Files, and links in the place of files, in the order of paths.
    pub(super) paths: Vec<String>,
    /// Whether there was more than a walk looks at.
    pub(super) is_cut: bool,
}

/// Everything below `root` that is no directory and that the globs hold, ignored or not.
pub(super) fn matched(root: &Path, globs: &PathGlobs) -> Matched {
    let mut found = Matched::default();
    let mut seen = 0_usize;
    for start in globs.roots() {
        if is_behind_link(root, &start) {
            // A walk would follow a link that it begins at.
            found.paths.extend(start.to_str().map(str::to_owned));
            continue;
        }
        let mut walk = WalkBuilder::new(root.join(start));
        walk.standard_filters(false).follow_links(false).filter_entry(is_no_git);
        for entry in walk.build().filter_map(Result::ok) {
            seen += 1;
            if seen > MOST {
                found.is_cut = true;
                return found.sorted();
            }
            if let Some(path) = name(&entry, root).filter(|path| is_file(&entry) && globs.holds(path)) {
                found.paths.push(path);
            }
        }
    }
    found.sorted()
}

impl Matched {
    fn sorted(mut self) -> Self {
        self.paths.sort_unstable();
        self.paths.dedup();
        self
    }
}

/// The marks of the files of the workspace that are not ignored, as far as one walk goes.
pub(super) fn marks(root: &Path) -> BTreeMap<String, Mark> {
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false).require_git(false).follow_links(false).filter_entry(is_no_git);
    let entries = walk.build().filter_map(Result::ok).take(MOST).filter(is_file);
    let marked = entries.filter_map(|entry| Some((name(&entry, root)?, Mark::of(&entry.metadata().ok()?))));
    marked.collect()
}

fn is_behind_link(root: &Path, start: &Path) -> bool {
    let names = start.ancestors().filter(|name| !name.as_os_str().is_empty());
    names.into_iter().any(|name| root.join(name).is_symlink())
}

pub(super) fn is_no_git(entry: &DirEntry) -> bool {
    entry.depth() == 0 || entry.file_name() != ".git"
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| !kind.is_dir())
}

pub(super) fn name(entry: &DirEntry, root: &Path) -> Option<String> {
    entry.path().strip_prefix(root).ok()?.to_str().map(str::to_owned)
}
