//! The protected paths and the hidden ones before a command, so that they can be put back after it where nothing keeps it
//! from changing them.
//!
//! Landlock can only add rights on the way down a tree, never take one away, so a protected path inside a writable
//! workspace is open to the command. It is read before, compared after, and restored when it differs. So is a hidden one, which
//! the command cannot read, but overwrite and remove.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::aside;
use super::places::Places;

/// The most bytes that are kept of all protected paths together; what exceeds it is compared by size and time only.
const MAX_BYTES: u64 = 16 << 20;
/// The most entries that are kept; a protected directory beyond it is compared as far as it was read.
const MAX_ENTRIES: usize = 4096;

/// What a path is that is put back, as the model is told.
const PROTECTED: &str = "protected";
const WITHHELD: &str = "withheld";

/// What of the hidden is put back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Undoing {
    /// All that was changed.
    #[default]
    All,
    /// What is not there any more.
    Gone,
}

/// What the paths looked like.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    roots: Vec<PathBuf>,
    /// Those among them that are hidden.
    hidden: Vec<PathBuf>,
    /// Where what was in the place of a hidden one is put.
    aside: Option<PathBuf>,
    entries: BTreeMap<PathBuf, Entry>,
    bytes: u64,
}

/// One file, directory or link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Directory {
        mode: u32,
    },
    File {
        mode: u32,
        content: Content,
    },
    Link(PathBuf),
    /// A socket, a pipe or a device, or something that cannot be read: it cannot be put back either.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Whole(Vec<u8>),
    TooLarge { bytes: u64, modified: Option<std::time::SystemTime> },
}

impl Snapshot {
    /// Reads the existing protected paths of `places`, and what is hidden in its writable trees.
    pub(crate) fn take(places: &Places, aside: Option<&Path>) -> Self {
        let hidden = places.hidden_files.iter().chain(&places.hidden_directories);
        let is_open = |path: &&PathBuf| places.writable.iter().any(|tree| path.starts_with(tree));
        let hidden: Vec<PathBuf> = hidden.filter(is_open).cloned().collect();
        let roots = places.fixed.iter().chain(&hidden).cloned().collect();
        let mut snapshot = Self { roots, hidden, aside: aside.map(Path::to_owned), ..Self::default() };
        for root in snapshot.roots.clone() {
            snapshot.read(&root);
        }
        snapshot
    }

    fn read(&mut self, path: &Path) {
        if self.entries.len() >= MAX_ENTRIES {
            return;
        }
        let Ok(entry) = self.read_entry(path) else { return };
        let is_directory = matches!(entry, Entry::Directory { .. });
        self.entries.insert(path.to_path_buf(), entry);
        if is_directory {
            for child in fs::read_dir(path).into_iter().flatten().flatten() {
                self.read(&child.path());
            }
        }
    }

    fn read_entry(&mut self, path: &Path) -> io::Result<Entry> {
        let metadata = fs::symlink_metadata(path)?;
        let mode = metadata.permissions().mode() & 0o7777;
        if metadata.is_dir() {
            return Ok(Entry::Directory { mode });
        }
        if metadata.is_symlink() {
            return fs::read_link(path).map(Entry::Link);
        }
        if !metadata.is_file() {
            return Ok(Entry::Other);
        }
        let bytes = metadata.len();
        if self.bytes.saturating_add(bytes) > MAX_BYTES {
            let content = Content::TooLarge { bytes, modified: metadata.modified().ok() };
            return Ok(Entry::File { mode, content });
        }
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(fs::read(path)
            .map_or(Entry::Other, |content| Entry::File { mode, content: Content::Whole(content) }))
    }

    /// Puts back what differs; one sentence for each path that did. Of what is hidden only what is `Gone` may be meant: a person
    /// may change it while a command runs for long.
    pub(crate) fn restore(&self, undoing: Undoing) -> Vec<String> {
        let mut now = Self { roots: self.roots.clone(), ..Self::default() };
        for root in &self.roots {
            now.read(root);
        }
        let is_meant = |path: &Path| undoing == Undoing::All || self.kind(path) == PROTECTED;
        let created =
            now.entries.keys().filter(|path| is_meant(path) && !self.entries.contains_key(*path)).rev();
        let created = created.map(|path| (path, "created", self.set_aside(path)));
        let differing = self.entries.iter().filter(|(path, entry)| now.entries.get(*path) != Some(entry));
        let differing = differing.filter(|(path, _)| is_meant(path) || !now.entries.contains_key(*path));
        let changed = differing.map(|(path, entry)| {
            let deed = if now.entries.contains_key(path) { "changed" } else { "removed" };
            (path, deed, self.put_back(path, entry))
        });
        let told = created.collect::<Vec<_>>().into_iter().chain(changed);
        told.map(|(path, deed, done)| said(path, self.kind(path), deed, done)).collect()
    }

    fn kind(&self, path: &Path) -> &'static str {
        if self.hidden.iter().any(|root| path.starts_with(root)) { WITHHELD } else { PROTECTED }
    }

    /// Moves away what is at `path`, if anything is, and returns where it is now.
    fn set_aside(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        match (path.symlink_metadata(), &self.aside) {
            (Err(_missing), _) => Ok(None),
            (Ok(_), Some(place)) if self.kind(path) == WITHHELD => {
                aside::keep_in(place, path, path).map(Some)
            }
            (Ok(_), _) => aside::keep(path, path).map(Some),
        }
    }

    /// Makes `path` this entry again; returns where the thing that was there instead is now.
    fn put_back(&self, path: &Path, entry: &Entry) -> io::Result<Option<PathBuf>> {
        if matches!(entry, Entry::File { content: Content::TooLarge { .. }, .. } | Entry::Other) {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "its content was not kept"));
        }
        let found = path.symlink_metadata().ok();
        let is_still_directory =
            matches!(entry, Entry::Directory { .. }) && found.as_ref().is_some_and(fs::Metadata::is_dir);
        let is_still_file =
            matches!(entry, Entry::File { .. }) && found.as_ref().is_some_and(fs::Metadata::is_file);
        let kept = match &self.aside {
            _ if is_still_directory => None,
            // In its place, so that its other names go on to be that.
            Some(place) if is_still_file && self.kind(path) == WITHHELD => Some(aside::copy_in(place, path)?),
            _ => self.set_aside(path)?,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        entry.make(path)?;
        Ok(kept)
    }
}

impl Entry {
    /// Makes `path` this entry.
    fn make(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Directory { mode } => {
                fs::create_dir_all(path)?;
                fs::set_permissions(path, Permissions::from_mode(*mode))?;
            }
            Self::File { mode, content: Content::Whole(content) } => {
                fs::write(path, content)?;
                fs::set_permissions(path, Permissions::from_mode(*mode))?;
            }
            Self::Link(target) => symlink(target, path)?,
            Self::File { content: Content::TooLarge { .. }, .. } | Self::Other => {}
        }
        Ok(())
    }
}

fn said(path: &Path, kind: &str, deed: &str, done: io::Result<Option<PathBuf>>) -> String {
    let path = path.display();
    match done {
        Ok(None) => format!("{path} is {kind}; it was {deed} and is as before"),
        Ok(Some(kept)) => format!(
            "{path} is {kind}; it was {deed} and is as before; what was there is now {}",
            kept.display()
        ),
        Err(error) => format!("{path} is {kind}; it was {deed} and could NOT be put back ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_change_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let hooks = folder.path().join("hooks");
        fs::create_dir(&hooks).unwrap();
        fs::write(hooks.join("changed"), "old").unwrap();
        fs::write(hooks.join("removed"), "old").unwrap();
        symlink("changed", hooks.join("link")).unwrap();
        let places = Places { fixed: [hooks.clone()].into(), ..Places::default() };
        let snapshot = Snapshot::take(&places, None);
        assert!(snapshot.restore(Undoing::All).is_empty(), "nothing changed yet");

        fs::write(hooks.join("changed"), "evil").unwrap();
        fs::set_permissions(hooks.join("changed"), Permissions::from_mode(0o777)).unwrap();
        fs::remove_file(hooks.join("removed")).unwrap();
        fs::remove_file(hooks.join("link")).unwrap();
        symlink("/etc/passwd", hooks.join("link")).unwrap();
        fs::create_dir(hooks.join("created")).unwrap();
        fs::write(hooks.join("created/deep"), "").unwrap();

        assert_eq!(snapshot.restore(Undoing::All).len(), 5);
        assert_eq!(fs::read_to_string(hooks.join("changed")).unwrap(), "old");
        assert_eq!(fs::read_to_string(hooks.join("removed")).unwrap(), "old");
        assert_eq!(fs::read_link(hooks.join("link")).unwrap(), Path::new("changed"));
        assert!(!hooks.join("created").exists());
        assert!(snapshot.restore(Undoing::All).is_empty(), "everything is as it was");
    }

    #[test]
    fn a_directory_that_was_moved_away_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let hooks = folder.path().join(".git/hooks");
        fs::create_dir_all(&hooks).unwrap();
        fs::write(hooks.join("pre-commit"), "check").unwrap();
        let places = Places { fixed: [hooks.clone()].into(), ..Places::default() };
        let snapshot = Snapshot::take(&places, None);
        fs::rename(folder.path().join(".git"), folder.path().join("moved")).unwrap();
        assert_eq!(snapshot.restore(Undoing::All).len(), 2);
        assert_eq!(fs::read_to_string(hooks.join("pre-commit")).unwrap(), "check");
    }
}
