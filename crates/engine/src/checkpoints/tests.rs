//! Checkpoints over real files: what is kept, what is put back, what is left alone, and that no link is followed.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use headwater_protocol::events::{Checkpointed, FileAfter, FilesChanged};
use headwater_protocol::views::Checkpoint;
use headwater_protocol::{Event, Record, Timestamp, View as _};

use super::restore::Restored;
use super::*;
use crate::mission::grant::PathGlobs;

/// A workspace with checkpoints, and what their records say.
struct Stage {
    directory: tempfile::TempDir,
    checkpoints: Checkpoints,
    held: Checkpoint,
}

impl Stage {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (workspace, session) = (directory.path().join("w"), directory.path().join("session"));
        fs::create_dir(&workspace).unwrap();
        let stage = Self {
            checkpoints: Checkpoints::new(&workspace, &session),
            held: Checkpoint::default(),
            directory,
        };
        for (path, content) in files {
            stage.write(path, content);
        }
        stage
    }

    fn at(&self, path: &str) -> PathBuf {
        self.directory.path().join("w").join(path)
    }

    fn write(&self, path: &str, content: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), content).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    fn record(&mut self, event: impl Into<Event>) {
        let (at, event) = (Timestamp::default(), event.into());
        self.held.apply(&Record { seq: 0, at, session: "m".into(), parent: None, event });
    }

    /// A checkpoint of `path` as before a tool's change; says what is not covered.
    fn keep(&mut self, path: &str) -> Vec<String> {
        let taken = self.checkpoints.before_change(&[PathBuf::from(path)], &self.held).unwrap();
        let told =
            taken.uncovered.iter().map(|one| format!("{}: {}", one.paths.join(","), one.why)).collect();
        let (files, uncovered) = (taken.files, taken.uncovered);
        self.record(Checkpointed { call: "m1".into(), command: None, files, uncovered });
        told
    }

    /// A tool's change, with its checkpoint.
    fn change(&mut self, path: &str, content: &str) {
        assert_eq!(self.keep(path), Vec::<String>::new());
        self.write(path, content);
        self.says_changed(path, content);
    }

    fn says_changed(&mut self, path: &str, content: &str) {
        let sha256 = Some(vault::digest(content.as_bytes()).unwrap().0);
        let files = vec![FileAfter { path: path.into(), sha256, mode: None }];
        self.record(FilesChanged { call: "m1".into(), files, uncovered: vec![] });
    }

    /// A command that does `work`, watched over `globs`; returns what it changed without being covered.
    fn command(&mut self, globs: &[&str], work: impl FnOnce(&Self)) -> Vec<String> {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let globs = PathGlobs::new(&globs).unwrap();
        let begun = self.checkpoints.before_command(("m9".into(), "make"), globs, &self.held);
        let (kept, watch) = begun.unwrap();
        self.record(kept);
        work(self);
        let seen = self.checkpoints.after_command(watch).unwrap();
        seen.made.into_iter().for_each(|made| self.record(made));
        self.record(seen.changed);
        self.held.uncovered().into_iter().flat_map(|one| one.paths).collect()
    }

    fn restore(&self) -> Restored {
        self.checkpoints.restore(self.held.files(), "the mission").unwrap()
    }

    /// Restores, and returns the paths that were restored and those that were left alone.
    fn restored(&self) -> (Vec<String>, Vec<String>) {
        let Restored { restored, kept } = self.restore();
        (restored, kept.into_iter().map(|file| file.path).collect())
    }
}

fn paths(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn what_was_changed_and_made_is_as_before_again() {
    let mut stage = Stage::new(&[("src/a.sh", "old"), ("same", "same")]);
    fs::set_permissions(stage.at("src/a.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    stage.change("src/a.sh", "new");
    stage.change("src/a.sh", "newer");
    stage.change("made/deep/b", "b");
    stage.change("made/c", "c");
    stage.change("same", "same");
    fs::remove_file(stage.at("src/a.sh")).unwrap();
    stage.record(FilesChanged {
        call: "m1".into(),
        files: vec![FileAfter { path: "src/a.sh".into(), sha256: None, mode: None }],
        uncovered: vec![],
    });
    assert_eq!(stage.restored(), (paths(&["made/c", "made/deep/b", "src/a.sh"]), vec![]));
    assert_eq!(stage.read("src/a.sh").as_deref(), Some("old"));
    assert_eq!(fs::metadata(stage.at("src/a.sh")).unwrap().permissions().mode() & 0o7777, 0o750);
    assert!(!stage.at("made").exists(), "the directories that were made are still there");
    assert_eq!(stage.restore(), Restored::default(), "nothing is left to be done");
}

#[test]
fn what_somebody_else_changed_is_left_alone_and_named() {
    let mut stage = Stage::new(&[("a", "old"), ("b", "old"), ("c", "old"), ("d", "old")]);
    for path in ["a", "b", "c", "new/e"] {
        stage.change(path, "of the mission");
    }
    stage.keep("d");
    stage.write("d", "of a call that was cut off");
    stage.write("a", "of the person");
    fs::remove_file(stage.at("b")).unwrap();
    stage.write("new/f", "of the person");
    let outcome = stage.restore();
    assert_eq!(outcome.restored, ["c", "new/e"]);
    let told: Vec<_> = outcome.kept.iter().map(|file| format!("{} {}", file.path, file.why)).collect();
    let begins = [
        "a it was changed after the mission left it; what it held before lies in ",
        "b it was changed after the mission left it",
        "d it changed while the mission ran, and no call",
    ];
    assert_eq!(told.len(), begins.len());
    assert!(told.iter().zip(begins).all(|(told, begin)| told.starts_with(begin)), "{told:?}");
    let place = told[0].rsplit(' ').next().unwrap();
    assert_eq!(fs::read_to_string(place).unwrap(), "old");
    assert_eq!(stage.read("a").as_deref(), Some("of the person"));
    assert_eq!(stage.read("b"), None);
    assert_eq!(stage.read("new/f").as_deref(), Some("of the person"));
}

#[test]
fn what_is_taken_back_is_kept_too() {
    let mut stage = Stage::new(&[]);
    stage.change("made", "the work of an hour");
    stage.restore();
    let kept = stage.directory.path().join("session/checkpoint");
    let kept = kept.join(vault::digest(b"the work of an hour".as_slice()).unwrap().0);
    assert_eq!(fs::read_to_string(kept).unwrap(), "the work of an hour");
}

#[test]
fn links_are_never_followed_on_the_way_in() {
    let mut stage = Stage::new(&[("real/file", "inside"), ("twin", "two names")]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    symlink(outside.path(), stage.at("out")).unwrap();
    symlink(outside.path().join("secret"), stage.at("link")).unwrap();
    symlink(outside.path().join("nothing"), stage.at("dangling")).unwrap();
    symlink("real/file", stage.at("inner")).unwrap();
    fs::hard_link(stage.at("twin"), outside.path().join("other")).unwrap();
    let table = [
        ("link", "link: it leads out of the workspace"),
        ("out/secret", "out/secret: it leads out of the workspace"),
        ("out/new", "out/new: it leads out of the workspace"),
        ("../x", "../x: it leads out of the workspace"),
        ("dangling", "dangling: it is a symbolic link that leads nowhere"),
        ("twin", "twin: it is a file with a second name (a hard link)"),
    ];
    for (path, expected) in table {
        assert_eq!(stage.keep(path), [expected]);
    }
    assert_eq!(stage.keep("inner"), Vec::<String>::new());
    assert!(stage.held.holds("real/file"), "a link that stays inside leads to the file that is changed");
    assert_eq!(stage.held.files().count(), 1);
}

#[test]
fn links_are_never_followed_on_the_way_back() {
    let mut stage = Stage::new(&[("a", "old"), ("dir/b", "old"), ("c", "old")]);
    for path in ["a", "dir/b", "c", "new/d"] {
        stage.change(path, "new");
    }
    let outside = tempfile::tempdir().unwrap();
    let victim = |name: &str| outside.path().join(name);
    for name in ["a", "b", "c", "d"] {
        fs::write(victim(name), "new").unwrap();
    }
    fs::remove_file(stage.at("a")).unwrap();
    symlink(victim("a"), stage.at("a")).unwrap();
    for directory in ["dir", "new"] {
        fs::remove_dir_all(stage.at(directory)).unwrap();
        symlink(outside.path(), stage.at(directory)).unwrap();
    }
    fs::remove_file(stage.at("c")).unwrap();
    fs::hard_link(victim("c"), stage.at("c")).unwrap();
    assert_eq!(stage.restored(), (vec![], paths(&["a", "c", "dir/b", "new/d"])));
    assert!(["a", "b", "c", "d"].iter().all(|name| fs::read_to_string(victim(name)).unwrap() == "new"));
}

#[test]
fn a_damaged_copy_is_not_put_back() {
    let mut stage = Stage::new(&[("a", "old")]);
    stage.change("a", "new");
    let kept = stage.directory.path().join("session/checkpoint");
    let copy = kept.join(vault::digest(b"old".as_slice()).unwrap().0);
    fs::write(copy, "rotten").unwrap();
    let outcome = stage.restore();
    assert!(outcome.kept[0].why.starts_with("its content from before is damaged"), "{outcome:?}");
    assert_eq!(stage.read("a").as_deref(), Some("new"));
    let names: Vec<_> = fs::read_dir(stage.at("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["a"], "something was left behind");
}

#[test]
fn a_file_that_cannot_be_kept_may_not_be_changed() {
    let stage = Stage::new(&[("a", "old")]);
    // A file in the place of the directory of copies.
    fs::create_dir(stage.directory.path().join("session")).unwrap();
    fs::write(stage.directory.path().join("session/checkpoint"), "").unwrap();
    let error = stage.checkpoints.before_change(&[PathBuf::from("a")], &stage.held).unwrap_err();
    assert!(error.to_string().starts_with("a cannot be kept as it is before it is changed: "), "{error}");
}

#[test]
fn a_command_is_covered_where_it_may_write_and_the_rest_is_named() {
    let mut stage = Stage::new(&[
        ("out/a", "old"),
        ("out/b", "old"),
        ("out/same", "same"),
        ("other", "old"),
        (".gitignore", "ignored\n"),
        ("ignored", "old"),
    ]);
    stage.change("out/b", "of a tool");
    let uncovered = stage.command(&["out/**"], |stage| {
        stage.write("out/a", "new");
        stage.write("out/b", "of the command");
        stage.write("out/deep/made", "made");
        stage.write("other", "changed");
        stage.write("elsewhere", "made");
        stage.write("ignored", "changed");
    });
    assert_eq!(uncovered, ["elsewhere", "other"]);
    assert_eq!(stage.restored(), (paths(&["out/a", "out/b", "out/deep/made"]), vec![]));
    let now = ["out/a", "out/b", "out/deep/made", "other"].map(|path| stage.read(path));
    assert_eq!(now, [Some("old".into()), Some("old".into()), None, Some("changed".into())]);
}

#[test]
fn what_a_second_command_finds_of_the_first_is_no_past() {
    let mut stage = Stage::new(&[]);
    stage.command(&["out"], |stage| stage.write("out/a", "first"));
    stage.command(&["out"], |stage| stage.write("out/a", "second"));
    stage.command(&["out"], |stage| fs::remove_file(stage.at("out/a")).unwrap());
    assert_eq!(stage.restored(), (vec![], vec![]), "it was not there before and is not there now");
    stage.command(&["out"], |stage| stage.write("out/a", "again"));
    assert_eq!(stage.restored(), (paths(&["out/a"]), vec![]));
}

#[test]
fn links_among_what_a_command_may_write_are_named() {
    let mut stage = Stage::new(&[("out/a", "old")]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    symlink(outside.path(), stage.at("out/link")).unwrap();
    symlink(outside.path(), stage.at("away")).unwrap();
    let uncovered = stage.command(&["out/**", "away/**"], |stage| {
        fs::remove_file(stage.at("out/a")).unwrap();
        symlink(outside.path().join("secret"), stage.at("out/a")).unwrap();
    });
    assert_eq!(uncovered, ["away", "out/link"], "nothing behind a link is even named");
    assert_eq!(stage.restored(), (vec![], paths(&["out/a"])));
    assert_eq!(fs::read_to_string(outside.path().join("secret")).unwrap(), "s");
}

#[test]
fn more_than_the_limit_is_not_kept_and_that_is_said() {
    let mut stage = Stage::new(&[("out/small", "old")]);
    let large = fs::File::create(stage.at("out/large")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    let uncovered = stage.command(&["out/**"], |stage| stage.write("out/small", "new"));
    assert_eq!(uncovered, ["out/large"]);
    let told = coverage(&stage.held).unwrap();
    let begin = "`/mission undo` takes back the changes to out/small; not those of commands to ignored files";
    assert!(told.starts_with(begin) && told.contains(". It does not cover:"), "{told}");
    assert!(told.contains("\n- out/large: more than the 64 MB that are kept before a command"), "{told}");
    assert_eq!(stage.restored(), (paths(&["out/small"]), vec![]));
}

#[test]
fn what_a_command_that_was_cut_off_changed_is_not_covered() {
    let mut stage = Stage::new(&[("out/a", "old")]);
    let globs = PathGlobs::new(&["out/**".to_owned()]).unwrap();
    let begun = stage.checkpoints.before_command(("m9".into(), "make"), globs, &stage.held);
    stage.record(begun.unwrap().0);
    stage.write("out/a", "half");
    let told = coverage(&stage.held).unwrap();
    assert!(told.contains("what `make` changed, which was cut off"), "{told}");
    assert_eq!(stage.restored(), (vec![], paths(&["out/a"])));
}

#[test]
fn nothing_is_said_where_nothing_was_changed() {
    let mut stage = Stage::new(&[("a", "old")]);
    assert_eq!(coverage(&stage.held), None);
    stage.change("a", "new");
    assert_eq!(coverage(&stage.held).as_deref(), Some("`/mission undo` takes back the changes to a."));
}
