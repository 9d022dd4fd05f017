//! A command: what it may change is kept before it, and what it did change is found after it.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;

use headwater_protocol::events::{Checkpointed, FileAfter, FileBefore, FilesChanged};
use headwater_protocol::views::{Checkpoint, Content};
use headwater_protocol::{Bytes, CallId};

use super::keep::{Taken, is_kept, many};
use super::place::{Found, Root};
use super::survey::{Mark, marks, matched};
use super::{CheckpointError, Checkpoints, vault};
use crate::mission::grant::PathGlobs;

/// The most that is kept before one command, in bytes.
pub(super) const MOST: u64 = 64 << 20;

/// A command that is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    call: CallId,
    command: String,
    globs: PathGlobs,
    /// What the covered files held before it; nothing where that cannot be told.
    before: BTreeMap<String, Option<Content>>,
    /// Files that the globs match and that no checkpoint holds.
    passed_over: BTreeSet<String>,
    /// All others, by their marks.
    marks: BTreeMap<String, Mark>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Files that it made: a checkpoint holds them as what they were, nothing.
    pub(crate) made: Option<Checkpointed>,
    pub(crate) changed: FilesChanged,
}

impl Checkpoints {
    /// Keeps what the globs match before `command` runs, as far as `held` does not hold it, up to a limit.
    pub(crate) fn before_command(
        &self,
        (call, command): (CallId, &str),
        globs: PathGlobs,
        held: &Checkpoint,
    ) -> Result<(Checkpointed, Watch), CheckpointError> {
        let root = self.root()?;
        let found = matched(root.real(), &globs);
        let mut snapshot = Snapshot::default();
        for path in found.paths {
            self.take(&root, &path, held, &mut snapshot)?;
        }
        let mut before = snapshot.before;
        for (path, _) in held.versions() {
            before.entry(path.to_owned()).or_insert_with(|| content(&root, path));
        }
        let mut taken = snapshot.taken;
        let limit = format!("more than the {} MB that are kept before a command", MOST >> 20);
        taken.uncovered.extend(many(limit, &snapshot.beyond));
        taken.uncovered.extend(many("it is a link, or cannot be read", &snapshot.others));
        if found.is_cut {
            taken.uncovered.extend(many("there are too many files to look at", globs.texts()));
        }
        let passed_over = snapshot.beyond.into_iter().chain(snapshot.others).collect();
        let marks = marks(root.real());
        let command = command.to_owned();
        let kept = Checkpointed {
            call: call.clone(),
            command: Some(command.clone()),
            files: taken.files,
            uncovered: taken.uncovered,
        };
        Ok((kept, Watch { call, command, globs, before, passed_over, marks }))
    }

    fn take(
        &self,
        root: &Root,
        path: &str,
        held: &Checkpoint,
        snapshot: &mut Snapshot,
    ) -> Result<(), CheckpointError> {
        if is_kept(root, path, held) {
            snapshot.before.insert(path.to_owned(), content(root, path));
            return Ok(());
        }
        let length = match root.look(path) {
            Ok(Found::File { metadata, .. }) => metadata.len(),
            Ok(Found::Absent { .. }) => return Ok(()),
            Ok(Found::Other(_)) | Err(_) => {
                snapshot.others.push(path.to_owned());
                return Ok(());
            }
        };
        if snapshot.bytes.saturating_add(length) > MOST {
            snapshot.beyond.push(path.to_owned());
            return Ok(());
        }
        match self.keep(root, path)? {
            Ok(before) => snapshot.add(before),
            Err(_) => snapshot.others.push(path.to_owned()),
        }
        Ok(())
    }

    /// What a watched command has changed.
    pub(crate) fn after_command(&self, watch: Watch) -> Result<Seen, CheckpointError> {
        let root = self.root()?;
        let fresh: Vec<String> = matched(root.real(), &watch.globs)
            .paths
            .into_iter()
            .filter(|path| !watch.before.contains_key(path) && !watch.passed_over.contains(path))
            .collect();
        let (made, links): (Vec<_>, Vec<_>) =
            fresh.into_iter().partition(|path| matches!(root.look(path), Ok(Found::File { .. })));
        let paths = watch.before.keys().chain(&made);
        let files: Vec<FileAfter> = paths.filter_map(|path| watch.changed(&root, path)).collect();
        let mut uncovered = Vec::new();
        uncovered.extend(many("the command made a link there", &links));
        let others = watch.others(&marks(root.real()), &made);
        uncovered.extend(many(format!("changed while `{}` ran", watch.command), &others));
        let made = watch.made(made);
        Ok(Seen { made, changed: FilesChanged { call: watch.call, files, uncovered } })
    }
}

/// What is kept before a command.
#[derive(Debug, Default)]
struct Snapshot {
    taken: Taken,
    bytes: u64,
    before: BTreeMap<String, Option<Content>>,
    /// Files beyond the limit.
    beyond: Vec<String>,
    /// What is no file that can be kept.
    others: Vec<String>,
}

impl Snapshot {
    fn add(&mut self, before: FileBefore) {
        self.bytes = self.bytes.saturating_add(before.bytes.0);
        self.before.insert(before.path.clone(), Some(Content::of(before.sha256.as_deref())));
        self.taken.files.push(before);
    }
}

impl Watch {
    fn changed(&self, root: &Root, path: &str) -> Option<FileAfter> {
        let now = content(root, path)?;
        let before = self.before.get(path).cloned().unwrap_or(Some(Content::Absent));
        (before.as_ref() != Some(&now)).then(|| {
            let mode = mode(root, path);
            FileAfter { path: path.to_owned(), sha256: now.into_sha256(), mode }
        })
    }

    fn made(&self, paths: Vec<String>) -> Option<Checkpointed> {
        let absent =
            |path| FileBefore { path, sha256: None, bytes: Bytes(0), mode: None, missing_directories: 0 };
        let files: Vec<FileBefore> = paths.into_iter().map(absent).collect();
        // The command itself has a record; this one only adds to it.
        let kept = Checkpointed { call: self.call.clone(), command: None, files, uncovered: Vec::new() };
        (!kept.files.is_empty()).then_some(kept)
    }

    /// Files that no checkpoint holds and whose marks have changed.
    fn others(&self, now: &BTreeMap<String, Mark>, made: &[String]) -> Vec<String> {
        let all: BTreeSet<&String> = self.marks.keys().chain(now.keys()).collect();
        let is_other = |path: &&String| !self.before.contains_key(*path) && !made.contains(path);
        let is_changed = |path: &&String| self.marks.get(*path) != now.get(*path);
        all.into_iter().filter(is_other).filter(is_changed).cloned().collect()
    }
}

/// What a file holds now; nothing where that cannot be told, since there is a link or something else in its place.
pub(super) fn content(root: &Root, path: &str) -> Option<Content> {
    match root.look(path) {
        Ok(Found::File { file, .. }) => vault::digest(file).ok().map(|(sha256, _)| Content::Sha256(sha256)),
        Ok(Found::Absent { .. }) => Some(Content::Absent),
        Ok(Found::Other(_)) | Err(_) => None,
    }
}

/// The permission bits of a file.
pub(super) fn mode(root: &Root, path: &str) -> Option<u32> {
    match root.look(path) {
        Ok(Found::File { metadata, .. }) => Some(metadata.permissions().mode() & 0o7777),
        Ok(Found::Absent { .. } | Found::Other(_)) | Err(_) => None,
    }
}
