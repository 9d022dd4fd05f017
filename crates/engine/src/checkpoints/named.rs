//! The files that a command names and may change: found at their places, and kept as far as limits go.
//!
//! *Invariant:* nothing outside the workspace is kept and no link followed into it; what is left out is named.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use headwater_policy::Touch;
use headwater_protocol::events::{FileBefore, Uncovered};
use headwater_protocol::views::Checkpoint;
use ignore::{DirEntry, WalkBuilder};

use super::Checkpoints;
use super::command::TurnCommand;
use super::keep::{is_kept, many};
use super::place::{Found, Root};
use super::survey::is_no_git;
use super::watch::MOST;

/// The most files that one command may have kept.
const MOST_FILES: usize = 2_000;
/// The largest file that is kept because a program was given it, in bytes: most are only read.
const LARGEST_NAMED: u64 = 1 << 20;

/// What was kept of what a command names.
#[derive(Debug, Default)]
pub(super) struct NamedFiles {
    pub(super) files: Vec<FileBefore>,
    pub(super) uncovered: Vec<Uncovered>,
}

impl Checkpoints {
    /// Keeps what a command names, as far as `held` does not hold it and nothing was `kept` of it for this command, within
    /// the limits for both.
    pub(super) fn keep_named(
        &self,
        root: &Root,
        run: &TurnCommand,
        held: &Checkpoint,
        kept: &[FileBefore],
    ) -> NamedFiles {
        let mut spent: u64 = kept.iter().map(|file| file.bytes.0).sum();
        let known: BTreeSet<&str> = kept.iter().map(|file| file.path.as_str()).collect();
        let mut found = Finds::default();
        for touch in &run.touches {
            found.take(root, touch);
        }
        let (mut named, mut beyond) = (NamedFiles::default(), Vec::new());
        let is_withheld = |path: &str| {
            run.withheld.hides(&root.real().join(path)) || run.withheld.hides(&root.given().join(path))
        };
        let withheld: Vec<String> = found.paths.extract_if(.., |path| is_withheld(path)).collect();
        let wanted = found.paths.iter().filter(|path| !known.contains(path.as_str()));
        for path in wanted.filter(|path| !is_kept(root, path, held)) {
            let length = match root.look(path) {
                Ok(Found::File { metadata, .. }) => Some(metadata.len()),
                Ok(Found::Absent { .. }) => Some(0),
                Ok(Found::Other(_)) | Err(_) => None,
            };
            let kept = match length {
                Some(length) if spent.saturating_add(length) > MOST => {
                    beyond.push(path.clone());
                    continue;
                }
                // A command that frees a full disk must run: what cannot be kept for it is named.
                Some(_) => self.keep(root, path).ok().and_then(Result::ok),
                None => None,
            };
            match kept {
                Some(before) => {
                    spent += before.bytes.0;
                    named.files.push(before);
                }
                // Most of what a program is only given stays as it is.
                None if found.given.contains(path) => {}
                None => found.others.push(path.clone()),
            }
        }
        found.others.sort();
        found.others.dedup();
        let limit = format!("more than the {} MB that are kept before a command", MOST >> 20);
        let count = format!("more than the {MOST_FILES} files that are kept before a command");
        let other =
            "it is a link, has a second name (a hard link), leads out of the workspace, or cannot be kept";
        let secret = "it is withheld from the command";
        let gaps = [
            many(secret, &withheld),
            many(limit, &beyond),
            many(count, &found.beyond),
            many(other, &found.others),
        ];
        named.uncovered = gaps.into_iter().flatten().collect();
        named
    }
}

/// Files by their real names in the workspace.
#[derive(Default)]
struct Finds {
    paths: BTreeSet<String>,
    /// Those of them that a program was only given.
    given: BTreeSet<String>,
    /// What is no file that can be kept.
    others: Vec<String>,
    /// Trees of which not everything was taken.
    beyond: Vec<String>,
}

impl Finds {
    fn take(&mut self, root: &Root, touch: &Touch) {
        let take: fn(&mut Self, &Root, &Path) = match touch {
            Touch::File(_) => Self::file,
            Touch::Named(_) => Self::named,
            // Whoever asks git tells of files.
            Touch::Tree(_) | Touch::Uncommitted(_) => Self::tree,
            Touch::Copy { from, to } => return self.copies(root, from, to),
        };
        for path in expanded(root, touch.path()) {
            take(self, root, &path);
        }
    }

    /// A file, whether it is there or not.
    fn file(&mut self, root: &Root, path: &Path) {
        if self.paths.len() >= MOST_FILES {
            return self.beyond.push(told(root, path));
        }
        if path.is_dir() {
            return;
        }
        match root.locate(path) {
            Ok(name) if !name.is_empty() && !is_in_git(&name) => {
                self.given.remove(&name);
                self.paths.insert(name);
            }
            Ok(_) => {}
            Err(_) => self.others.push(told(root, path)),
        }
    }

    /// A file that is there and that is not large.
    fn named(&mut self, root: &Root, path: &Path) {
        let is_small = path.metadata().is_ok_and(|found| found.is_file() && found.len() <= LARGEST_NAMED);
        if let Some(name) = root.locate(path).ok().filter(|_| is_small)
            && !is_in_git(&name)
            && self.paths.len() < MOST_FILES
            && self.paths.insert(name.clone())
        {
            self.given.insert(name);
        }
    }

    /// Everything at a path and below it.
    fn tree(&mut self, root: &Root, path: &Path) {
        let Ok(found) = path.symlink_metadata() else { return };
        if found.is_symlink() {
            self.others.push(told(root, path));
        } else if found.is_dir() {
            for file in self.files_below(root, path) {
                self.file(root, &file);
            }
        } else {
            self.file(root, path);
        }
    }

    /// Where the files of a copy or a move go: what is there already, and what is made there.
    fn copies(&mut self, root: &Root, from: &Path, to: &Path) {
        for source in expanded(root, from) {
            let target = match source.file_name() {
                Some(name) if to.is_dir() => to.join(name),
                Some(_) | None => to.to_owned(),
            };
            if source.is_dir() {
                for file in self.files_below(root, &source) {
                    let inner = file.strip_prefix(&source).unwrap_or(&file);
                    self.file(root, &target.join(inner));
                }
            } else {
                self.file(root, &target);
            }
        }
    }

    /// The files below a directory, up to the limit.
    fn files_below(&mut self, root: &Root, directory: &Path) -> Vec<PathBuf> {
        let left = MOST_FILES.saturating_sub(self.paths.len());
        let walk = WalkBuilder::new(directory)
            .standard_filters(false)
            .follow_links(false)
            .sort_by_file_path(Path::cmp)
            .filter_entry(is_no_git)
            .build();
        let mut files = walk.filter_map(Result::ok).filter(is_no_directory).map(DirEntry::into_path);
        let taken: Vec<PathBuf> = files.by_ref().take(left).collect();
        if files.next().is_some() {
            self.beyond.push(format!("{}/…", told(root, directory)));
        }
        let (links, files): (Vec<_>, Vec<_>) = taken.into_iter().partition(|path| path.is_symlink());
        self.others.extend(links.iter().map(|link| told(root, link)));
        files
    }
}

fn is_no_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| !kind.is_dir())
}

/// What git keeps is its own.
fn is_in_git(name: &str) -> bool {
    name.split('/').any(|part| part == ".git")
}

/// A path as a person reads it.
fn told(root: &Root, path: &Path) -> String {
    root.relative(path).unwrap_or(path).to_string_lossy().into_owned()
}

/// The paths that a pattern of the shell means; a path without one is itself.
fn expanded(root: &Root, path: &Path) -> Vec<PathBuf> {
    match fixed(path) {
        Some(base) if root.relative(&base).is_none() => Vec::new(),
        Some(_) => matching(path),
        None => vec![path.to_owned()],
    }
}

/// The paths that are there and that a pattern of the shell means; a path without one is itself.
pub(crate) fn matching(path: &Path) -> Vec<PathBuf> {
    let Some(base) = fixed(path) else { return vec![path.to_owned()] };
    let Some(pattern) = matcher(path) else { return Vec::new() };
    let depth = path.components().count() - base.components().count();
    let walk = WalkBuilder::new(base)
        .standard_filters(false)
        .follow_links(false)
        .max_depth(Some(depth))
        .filter_entry(is_no_git)
        .build();
    let entries = walk.filter_map(Result::ok).map(DirEntry::into_path);
    entries.filter(|path| pattern.is_match(path)).take(MOST_FILES).collect()
}

/// What of a path stands before its first pattern, where it has one.
fn fixed(path: &Path) -> Option<PathBuf> {
    let has_pattern =
        |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?', '[']) && !path.exists();
    let at = path.components().position(|part| has_pattern(&part))?;
    Some(path.components().take(at).collect())
}

fn matcher(pattern: &Path) -> Option<GlobMatcher> {
    let built = GlobBuilder::new(pattern.to_str()?).literal_separator(true).build().ok()?;
    Some(built.compile_matcher())
}
