//! A command of a turn: what tools have changed before is kept again before it, and what it changed is found after it.
//!
//! Nothing is known before a command of what it will touch, and a repository may be huge: so nothing is looked at before it
//! but the files that are held, and after it one bounded walk finds what has changed since it began.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use headwater_protocol::CallId;
use headwater_protocol::events::{Checkpointed, FileAfter, FilesChanged, Uncovered};
use headwater_protocol::views::{Checkpoint, Content};

use super::keep::{is_kept, many};
use super::place::Found;
use super::recent::{Recent, recent};
use super::watch::{MOST, content};
use super::{CheckpointError, Checkpoints};

/// How far the clock of a file system may be behind: it counts in ticks.
const TICK: Duration = Duration::from_millis(20);

/// A command that runs.
#[derive(Debug)]
pub(crate) struct CommandWatch {
    call: CallId,
    command: String,
    began: SystemTime,
    /// What the files that are held hold; nothing where that cannot be told.
    before: BTreeMap<String, Option<Content>>,
}

impl Checkpoints {
    /// Keeps the files that are held as they are now, up to a limit.
    pub(crate) fn before_turn_command(
        &self,
        call: CallId,
        command: String,
        held: &Checkpoint,
    ) -> Result<(Checkpointed, CommandWatch), CheckpointError> {
        let root = self.root()?;
        let (mut files, mut bytes, mut beyond) = (Vec::new(), 0_u64, Vec::new());
        for (path, _) in held.versions().filter(|(path, _)| !is_kept(&root, path, held)) {
            let length = match root.look(path) {
                Ok(Found::File { metadata, .. }) => metadata.len(),
                Ok(Found::Absent { .. }) => 0,
                Ok(Found::Other(_)) | Err(_) => continue,
            };
            if bytes.saturating_add(length) > MOST {
                beyond.push(path.to_owned());
            } else if let Ok(before) = self.keep(&root, path)? {
                bytes += length;
                files.push(before);
            }
        }
        let before = held.versions().map(|(path, _)| (path.to_owned(), content(&root, path))).collect();
        let limit = format!("more than the {} MB that are kept before a command", MOST >> 20);
        let uncovered = many(limit, &beyond).into_iter().collect();
        let kept = Checkpointed { call: call.clone(), command: Some(command.clone()), files, uncovered };
        let now = SystemTime::now();
        let began = now.checked_sub(TICK).unwrap_or(now);
        Ok((kept, CommandWatch { call, command, began, before }))
    }

    /// What a command has changed.
    pub(crate) fn after_turn_command(&self, watch: &CommandWatch) -> Result<FilesChanged, CheckpointError> {
        let root = self.root()?;
        let changed = watch.before.iter().filter_map(|(path, before)| {
            let now = content(&root, path)?;
            (before.as_ref() != Some(&now)).then(|| (path.clone(), now))
        });
        let files = changed.map(|(path, now)| FileAfter { path, sha256: now.into_sha256() }).collect();
        let uncovered = watch.uncovered(&recent(root.real(), watch.began));
        Ok(FilesChanged { call: watch.call.clone(), files, uncovered })
    }
}

impl CommandWatch {
    fn uncovered(&self, recent: &Recent) -> Vec<Uncovered> {
        let is_held = |path: &&String| self.before.contains_key(*path);
        let others: Vec<String> = recent.files.iter().filter(|path| !is_held(path)).cloned().collect();
        let gone: Vec<String> = self.without_reason(recent).into_iter().collect();
        let mut uncovered = Vec::new();
        uncovered.extend(many(format!("made or changed while `{}` ran", self.command), &others));
        uncovered
            .extend(many(format!("something there went or was renamed while `{}` ran", self.command), &gone));
        if recent.is_cut {
            let why = "there are too many files to look at all of them after a command";
            uncovered.extend(many(why, &["the rest of the workspace".to_owned()]));
        }
        uncovered
    }

    /// Directories that changed although nothing in them explains it: neither a file that changed, nor a held one that went.
    fn without_reason(&self, recent: &Recent) -> BTreeSet<String> {
        let parent = |path: &str| {
            path.rsplit_once('/').map_or_else(|| ".".to_owned(), |(parent, _)| parent.to_owned())
        };
        let explained: BTreeSet<String> =
            recent.files.iter().chain(self.before.keys()).map(|path| parent(path)).collect();
        recent.directories.iter().filter(|path| !explained.contains(*path)).cloned().collect()
    }
}
