//! A command of a turn: what tools have changed before is kept again before it, with the files that it names, and what it
//! changed is found after it.
//!
//! Of what else it will touch nothing is known before it, and a repository may be huge: so nothing more is looked at, and
//! after it one bounded walk finds what has changed since it began.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use headwater_policy::Touch;
use headwater_protocol::CallId;
use headwater_protocol::events::{Checkpointed, FileAfter, FilesChanged, Uncovered};
use headwater_protocol::views::{Checkpoint, Content};

use super::keep::{is_kept, many};
use super::place::{Found, Root};
use super::recent::{Recent, recent};
use super::watch::{MOST, content, mode};
use super::{CheckpointError, Checkpoints};
use crate::withheld::Found as Withheld;

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
    /// What the files that are held hold, and their permission bits; nothing where that cannot be told.
    before: BTreeMap<String, State>,
}

/// What a file holds, and its permission bits.
type State = (Option<Content>, Option<u32>);

/// A command of a turn, before it runs.
#[derive(Debug)]
pub(crate) struct TurnCommand {
    pub(crate) call: CallId,
    pub(crate) command: String,
    /// Whether it goes on when its call has returned.
    pub(crate) is_background: bool,
    /// What it names and may change.
    pub(crate) touches: Vec<Touch>,
    /// What the sandbox keeps from it: no copy is made, for one might be read.
    pub(crate) withheld: Withheld,
}

impl Checkpoints {
    /// Keeps the files that are held, and those that the command names, as they are now, up to a limit.
    pub(crate) fn before_turn_command(
        &self,
        run: TurnCommand,
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
        let named = self.keep_named(&root, &run, held, &files);
        let TurnCommand { call, command, is_background, .. } = run;
        files.extend(named.files.into_iter().filter(|file| !held.holds(&file.path)));
        let paths = held.versions().map(|(path, _)| path).chain(files.iter().map(|file| file.path.as_str()));
        let before = paths.map(|path| (path.to_owned(), state(&root, path))).collect();
        let limit = format!("more than the {} MB that are kept before a command", MOST >> 20);
        let uncovered = many(limit, &beyond).into_iter().chain(named.uncovered).collect();
        let kept = Checkpointed { call: call.clone(), command: Some(command.clone()), files, uncovered };
        let now = SystemTime::now();
        let began = now.checked_sub(TICK).unwrap_or(now);
        Ok((kept, CommandWatch { call, command, began, is_background, before }))
    }

    /// What a command has changed.
    pub(crate) fn after_turn_command(&self, watch: &CommandWatch) -> Result<FilesChanged, CheckpointError> {
        let root = self.root()?;
        let changed = watch.before.iter().filter_map(|(path, before)| {
            let (now, mode) = state(&root, path);
            let is_changed = now != before.0 || (before.1.is_some() && mode != before.1);
            let now = now.filter(|_| is_changed)?;
            Some(FileAfter { path: path.clone(), sha256: now.into_sha256(), mode })
        });
        let files = changed.collect();
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
            let mode = mode(&root, path);
            (now != *left).then(|| FileAfter { path: path.clone(), sha256: now.into_sha256(), mode })
        });
        Ok(FilesChanged { call, files: changed.collect(), uncovered: Vec::new() })
    }
}

fn state(root: &Root, path: &str) -> State {
    (content(root, path), mode(root, path))
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
                    mode: None,
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
            self.naming(Vec::new(), work)
        }

        /// The same of one that names files.
        fn naming(
            &mut self,
            touches: Vec<Touch>,
            work: impl FnOnce(&Self),
        ) -> (Vec<String>, Vec<String>, Vec<String>) {
            let (call, command) = ("c2".into(), "make".to_owned());
            let run =
                TurnCommand { call, command, is_background: false, touches, withheld: Withheld::default() };
            let (kept, mut watch) = self.checkpoints.before_turn_command(run, &self.held).unwrap();
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

    #[test]
    fn s6_what_a_command_names_is_kept_before_it() {
        let mut stage = Stage::new(&[]);
        let root = stage.directory.path().join("w");
        for (path, text) in [("a.txt", "1"), ("b.txt", "2"), ("sub/deep/c", "3"), ("sub/d", "4")] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let touches = vec![
            Touch::Tree(root.join("*.txt")),
            Touch::Tree(root.join("sub")),
            Touch::File(root.join("new")),
            Touch::Named(root.join("absent")),
            Touch::Copy { from: root.join("sub"), to: root.join("copy") },
        ];
        let (kept, changed, gaps) = stage.naming(touches, |stage| {
            fs::remove_file(stage.path("a.txt")).unwrap();
            fs::remove_dir_all(stage.path("sub")).unwrap();
            fs::write(stage.path("new"), "x").unwrap();
        });
        assert_eq!(kept, ["a.txt", "b.txt", "copy/d", "copy/deep/c", "new", "sub/d", "sub/deep/c"]);
        assert_eq!(changed, ["a.txt", "new", "sub/d", "sub/deep/c"]);
        assert_eq!(gaps, Vec::<String>::new());
        let restored =
            stage.checkpoints.restore(stage.held.files().collect::<Vec<_>>(), "the agent").unwrap();
        assert_eq!(restored.restored, ["a.txt", "new", "sub/d", "sub/deep/c"]);
        assert_eq!(fs::read_to_string(stage.path("sub/deep/c")).unwrap(), "3");
        assert!(!stage.path("new").exists());
    }

    #[test]
    fn s6_links_that_a_command_names_are_not_followed_and_named() {
        let mut stage = Stage::new(&[]);
        let outside = stage.directory.path().join("precious");
        fs::write(&outside, "1").unwrap();
        fs::write(stage.path("own"), "2").unwrap();
        std::os::unix::fs::symlink(&outside, stage.path("sub/link")).unwrap();
        fs::hard_link(stage.path("own"), stage.path("sub/second")).unwrap();
        let given = Touch::Named(stage.path("own"));
        let touches = vec![Touch::Tree(stage.path("sub")), Touch::File(stage.path("sub/link")), given];
        let (kept, _, mut gaps) = stage.naming(touches, |_| {});
        gaps.dedup();
        assert_eq!((kept, gaps), (vec![], vec!["sub/link".to_owned(), "sub/second".to_owned()]));
        assert_eq!(fs::read_to_string(outside).unwrap(), "1");
    }

    #[test]
    fn s6_more_files_than_the_limit_are_not_kept_and_that_is_said() {
        let mut stage = Stage::new(&[]);
        (0..2_003).for_each(|number| fs::write(stage.path(&format!("sub/{number}")), "x").unwrap());
        let touches = vec![Touch::Tree(stage.path("sub"))];
        let (kept, _, gaps) = stage.naming(touches, |_| {});
        assert_eq!((kept.len(), gaps), (2_000, vec!["sub/…".to_owned()]));
    }
}
