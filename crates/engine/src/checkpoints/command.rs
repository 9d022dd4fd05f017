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
    /// Whether it goes on when its call has returned.
    is_background: bool,
    /// What the files that are held hold; nothing where that cannot be told.
    before: BTreeMap<String, Option<Content>>,
}

impl Checkpoints {
    /// Keeps the files that are held as they are now, up to a limit.
    pub(crate) fn before_turn_command(
        &self,
        call: CallId,
        (command, is_background): (String, bool),
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
        Ok((kept, CommandWatch { call, command, began, is_background, before }))
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

    /// Which of the files that a call has left are no longer as it left them.
    pub(crate) fn changed_since(
        &self,
        call: CallId,
        paths: &[String],
        held: &Checkpoint,
    ) -> Result<FilesChanged, CheckpointError> {
        let root = self.root()?;
        let changed = paths.iter().filter_map(|path| {
            let left = held.current(path)?.after.as_ref()?;
            let now = content(&root, path)?;
            (now != *left).then(|| FileAfter { path: path.clone(), sha256: now.into_sha256() })
        });
        Ok(FilesChanged { call, files: changed.collect(), uncovered: Vec::new() })
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
        if self.is_background {
            let what = format!("what `{}` changes later", self.command);
            uncovered.extend(many("it runs in the background", &[what]));
        }
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

#[cfg(test)]
mod tests {
    use std::fs;

    use headwater_protocol::events::{FileBefore, UserMessage};
    use headwater_protocol::{Bytes, Event, Record, Timestamp, View as _};

    use super::*;

    /// A workspace in which a tool has made these files, and the view of its records.
    struct Stage {
        directory: tempfile::TempDir,
        checkpoints: Checkpoints,
        held: Checkpoint,
        records: u64,
    }

    impl Stage {
        fn new(files: &[&str]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let workspace = directory.path().join("w");
            fs::create_dir_all(workspace.join("sub")).unwrap();
            let checkpoints = Checkpoints::new(&workspace, &directory.path().join("session"));
            let mut stage = Self { directory, checkpoints, held: Checkpoint::default(), records: 0 };
            let made = |path: &str| FileBefore {
                path: path.to_owned(),
                sha256: None,
                bytes: Bytes(0),
                mode: None,
                missing_directories: 0,
            };
            stage.says();
            let before = files.iter().map(|path| made(path)).collect();
            stage.record(Checkpointed { call: "c1".into(), command: None, files: before, uncovered: vec![] });
            let left = files.iter().map(|path| {
                fs::write(stage.path(path), "made").unwrap();
                FileAfter {
                    path: (*path).to_owned(),
                    sha256: Some(super::super::vault::digest(&b"made"[..]).unwrap().0),
                }
            });
            let files = left.collect();
            stage.record(FilesChanged { call: "c1".into(), files, uncovered: vec![] });
            stage
        }

        fn path(&self, path: &str) -> std::path::PathBuf {
            self.directory.path().join("w").join(path)
        }

        fn says(&mut self) {
            self.record(UserMessage { text: "go".into() });
        }

        fn record(&mut self, event: impl Into<Event>) {
            let (at, seq, event) = (Timestamp::default(), self.records, event.into());
            self.held.apply(&Record { seq, at, session: "s".into(), parent: None, event });
            self.records += 1;
        }

        /// A command that does `work`: the files that were kept before it, what it left, and what is not covered.
        fn command(&mut self, work: impl FnOnce(&Self)) -> (Vec<String>, Vec<String>, Vec<String>) {
            let run = ("make".to_owned(), false);
            let (kept, mut watch) =
                self.checkpoints.before_turn_command("c2".into(), run, &self.held).unwrap();
            // What the test has made just now is not the command's.
            watch.began = SystemTime::now();
            work(self);
            let changed = self.checkpoints.after_turn_command(&watch).unwrap();
            let names = |files: &[FileBefore]| files.iter().map(|file| file.path.clone()).collect();
            let told = |gaps: &[Uncovered]| gaps.iter().flat_map(|gap| gap.paths.clone()).collect::<Vec<_>>();
            let gaps = [told(&kept.uncovered), told(&changed.uncovered)].concat();
            let result =
                (names(&kept.files), changed.files.iter().map(|file| file.path.clone()).collect(), gaps);
            self.record(kept);
            self.record(changed);
            result
        }
    }

    #[test]
    fn s6_what_is_held_is_kept_again_once_after_each_message() {
        let mut stage = Stage::new(&["a", "sub/b"]);
        let none = Vec::<String>::new;
        assert_eq!(stage.command(|_| {}), (none(), none(), none()), "what the tool left is known");
        stage.says();
        let all = vec!["a".to_owned(), "sub/b".to_owned()];
        let removed = |stage: &Stage| fs::remove_file(stage.path("sub/b")).unwrap();
        assert_eq!(stage.command(removed), (all, vec!["sub/b".into()], none()));
        assert_eq!(stage.command(|_| {}), (none(), none(), none()));
    }

    #[test]
    fn s6_more_than_the_limit_is_not_kept_before_a_command_and_that_is_said() {
        let mut stage = Stage::new(&["a"]);
        stage.says();
        fs::File::options().write(true).open(stage.path("a")).unwrap().set_len(MOST + 1).unwrap();
        let (kept, _, gaps) = stage.command(|_| {});
        assert_eq!((kept, gaps), (vec![], vec!["a".to_owned()]));
    }
}
