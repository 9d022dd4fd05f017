//! What can be taken back: of each file what it was before tools changed it, and how they left it, one stretch after another.

use std::collections::BTreeMap;

use super::View;
use crate::event::Event;
use crate::events::{Checkpointed, FileBefore, FilesChanged, ResultStatus, ToolReturned, Uncovered};
use crate::ids::CallId;
use crate::record::Record;
use crate::time::Timestamp;
use crate::tool::TouchKind;

/// The checkpoint of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    files: BTreeMap<String, Vec<FileVersion>>,
    gaps: Vec<Gap>,
    commands: Vec<String>,
    /// Commands of which nothing says what they left.
    open: BTreeMap<CallId, Begun>,
    /// The last message of the person: what was kept before it is kept again when it is to change.
    message: u64,
    /// Whether the log is one of the first schema so far, whose conversations kept nothing.
    is_of_first_schema: bool,
}

/// Something that is not covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The record that tells of it.
    pub seq: u64,
    /// When that was.
    pub at: Timestamp,
    /// What it is.
    pub uncovered: Uncovered,
}

/// A command that began.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Begun {
    seq: u64,
    at: Timestamp,
    command: String,
}

/// A stretch in the life of a file: what was kept of it before a change, and how it was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// The record that tells of it.
    pub seq: u64,
    /// When that was.
    pub at: Timestamp,
    /// As it was.
    pub before: FileBefore,
    /// As the last change left it; absent when none came to its end.
    pub after: Option<Content>,
    /// The permission bits that the last change left, where that is known.
    pub mode: Option<u32>,
}

/// A file as it can be taken back: over one stretch, or over several on end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// As it was before the first change.
    pub before: FileBefore,
    /// As it was left by the last change; absent when that one did not come to its end.
    pub after: Option<Content>,
    /// As it was when it was last kept.
    pub kept: Content,
    /// What it held between two changes although neither had made it; somebody else did.
    pub foreign: Option<Content>,
    /// The permission bits that the last change left, as far as that is known.
    pub mode: Option<u32>,
    /// Whether somebody else changed the permission bits between two changes.
    pub is_mode_foreign: bool,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// There is no file.
    Absent,
    /// SHA-256, in hexadecimal.
    Sha256(String),
}

impl Content {
    /// The content of this digest; without one there is no file.
    pub fn of(sha256: Option<&str>) -> Self {
        sha256.map_or(Self::Absent, |sha256| Self::Sha256(sha256.to_owned()))
    }

    /// Its digest, where there is a file.
    pub fn into_sha256(self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Sha256(sha256) => Some(sha256),
        }
    }
}

impl HeldFile {
    /// Whether what was left differs from what was before. Where the last change did not come to its end, what counts is
    /// what the ones before it had left.
    pub fn is_changed(&self) -> bool {
        let before = Content::of(self.before.sha256.as_deref());
        *self.after.as_ref().unwrap_or(&self.kept) != before || self.is_mode_changed()
    }

    /// Whether the permission bits that were left differ from those before.
    pub fn is_mode_changed(&self) -> bool {
        self.before.mode.zip(self.mode).is_some_and(|(before, left)| before != left)
    }

    /// Whether every change of it came to its end, and none has left it other than it was.
    pub fn is_untouched(&self) -> bool {
        self.after.is_some() && self.foreign.is_none() && !self.is_changed()
    }
}

/// What these stretches of one file, oldest first, come to; `None` where there is none.
pub fn history<'a>(versions: impl IntoIterator<Item = &'a FileVersion>) -> Option<HeldFile> {
    let mut versions = versions.into_iter();
    let first = versions.next()?;
    let kept = Content::of(first.before.sha256.as_deref());
    let mut file = HeldFile {
        before: first.before.clone(),
        after: first.after.clone(),
        kept,
        foreign: None,
        mode: first.mode.or(first.before.mode),
        is_mode_foreign: false,
    };
    for version in versions {
        let found = Content::of(version.before.sha256.as_deref());
        if found != *file.after.as_ref().unwrap_or(&file.kept) {
            file.foreign = Some(found.clone());
        }
        file.is_mode_foreign |= file.mode.zip(version.before.mode).is_some_and(|(left, found)| left != found);
        (file.kept, file.after) = (found, version.after.clone());
        file.mode = version.mode.or(version.before.mode);
    }
    Some(file)
}

impl Checkpoint {
    /// Whether it holds a file.
    pub fn holds(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// What was kept of a file since the last message of the person.
    pub fn current(&self, path: &str) -> Option<&FileVersion> {
        self.files.get(path)?.last().filter(|version| version.seq >= self.message)
    }

    /// Every file over its whole life here, in the order of paths.
    pub fn files(&self) -> impl Iterator<Item = HeldFile> {
        self.files.values().filter_map(history)
    }

    /// Every file with its stretches, oldest first.
    pub fn versions(&self) -> impl Iterator<Item = (&str, &[FileVersion])> {
        self.files.iter().map(|(path, versions)| (path.as_str(), versions.as_slice()))
    }

    /// What is not covered, each thing once.
    pub fn uncovered(&self) -> Vec<Uncovered> {
        let mut found: Vec<Uncovered> = Vec::new();
        for gap in &self.gaps {
            if !found.contains(&gap.uncovered) {
                found.push(gap.uncovered.clone());
            }
        }
        found
    }

    /// Everything that is not covered, in order; commands that were cut off come last.
    pub fn gaps(&self) -> Vec<Gap> {
        let cut_off = self.open.values().map(|begun| Gap {
            seq: begun.seq,
            at: begun.at,
            uncovered: Uncovered {
                why: "it was cut off, and nothing says what it left".to_owned(),
                paths: vec![format!("what `{}` changed", begun.command)],
                count: 1,
            },
        });
        self.gaps.iter().cloned().chain(cut_off).collect()
    }

    /// The commands that ran, each once.
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// Commands that were cut off: nothing says what they left.
    pub fn cut_off(&self) -> impl Iterator<Item = &str> {
        self.open.values().map(|begun| begun.command.as_str())
    }

    fn kept(&mut self, record: &Record, kept: &Checkpointed) {
        for before in &kept.files {
            let (seq, at, before) = (record.seq, record.at, before.clone());
            let version = FileVersion { seq, at, before, after: None, mode: None };
            self.files.entry(version.before.path.clone()).or_default().push(version);
        }
        self.not_covered(record, &kept.uncovered);
        let Some(command) = &kept.command else { return };
        let begun = Begun { seq: record.seq, at: record.at, command: command.clone() };
        self.open.insert(kept.call.clone(), begun);
        if !self.commands.contains(command) {
            self.commands.push(command.clone());
        }
    }

    fn changed(&mut self, record: &Record, changed: &FilesChanged) {
        let begun = self.open.remove(&changed.call);
        for file in &changed.files {
            self.left(&file.path, Content::of(file.sha256.as_deref()), file.mode);
        }
        // What was kept for a command and is not named by its end was left as it was.
        for version in self.files.values_mut().filter_map(|versions| versions.last_mut()) {
            if version.after.is_none() && begun.as_ref().is_some_and(|begun| begun.seq == version.seq) {
                version.after = Some(Content::of(version.before.sha256.as_deref()));
            }
        }
        self.not_covered(record, &changed.uncovered);
    }

    fn left(&mut self, path: &str, content: Content, mode: Option<u32>) {
        if let Some(version) = self.files.get_mut(path).and_then(|versions| versions.last_mut()) {
            version.after = Some(content);
            version.mode = mode.or(version.mode);
        }
    }

    /// What a program changed that kept nothing in conversations: whatever is not held is not covered.
    fn changed_unkept(&mut self, record: &Record, returned: &ToolReturned) {
        let has_kept = !self.files.is_empty() || !self.commands.is_empty();
        if has_kept || !self.is_of_first_schema || returned.status != ResultStatus::Ran {
            return;
        }
        let by_command = returned.data.get("command").map(|_| "what commands changed".to_owned());
        let written = returned.files.iter().filter(|touch| touch.kind != TouchKind::Read);
        let paths: Vec<String> = written.map(|touch| touch.path.clone()).chain(by_command).collect();
        let why = "an older headwater was at work and kept no copy".to_owned();
        let count = paths.len() as u64;
        if count > 0 {
            self.not_covered(record, &[Uncovered { why, paths, count }]);
        }
    }

    fn not_covered(&mut self, record: &Record, more: &[Uncovered]) {
        let gap =
            |uncovered: &Uncovered| Gap { seq: record.seq, at: record.at, uncovered: uncovered.clone() };
        self.gaps.extend(more.iter().map(gap));
    }
}

impl View for Checkpoint {
    fn apply(&mut self, record: &Record) {
        if let Some(schema) = record.event.schema() {
            self.is_of_first_schema = schema == 1;
        }
        if let Event::Checkpointed(kept) = &record.event {
            self.kept(record, kept);
        } else if let Event::FilesChanged(changed) = &record.event {
            self.changed(record, changed);
        } else if let Event::ToolReturned(returned) = &record.event {
            for touch in returned.files.iter().filter(|touch| touch.kind != TouchKind::Read) {
                self.left(&touch.path, Content::Sha256(touch.sha256.clone()), None);
            }
            self.changed_unkept(record, returned);
        } else if let Event::UserMessage(_) = &record.event {
            self.message = record.seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::Bytes;
    use crate::events::{FileAfter, Migrated};
    use crate::tool::FileTouch;

    fn before(path: &str, sha256: Option<&str>) -> FileBefore {
        let sha256 = sha256.map(str::to_owned);
        FileBefore { path: path.into(), sha256, bytes: Bytes(1), mode: None, missing_directories: 0 }
    }

    fn kept(call: &str, command: Option<&str>, files: Vec<FileBefore>) -> Event {
        let command = command.map(str::to_owned);
        Checkpointed { call: call.into(), command, files, uncovered: vec![] }.into()
    }

    fn left(call: &str, path: &str, sha256: Option<&str>) -> Event {
        let files = vec![FileAfter { path: path.into(), sha256: sha256.map(str::to_owned), mode: None }];
        FilesChanged { call: call.into(), files, uncovered: vec![] }.into()
    }

    fn folded(events: Vec<Event>) -> Checkpoint {
        let mut view = Checkpoint::default();
        for (seq, event) in (0..).zip(events) {
            view.apply(&Record { seq, at: Timestamp::default(), session: "m".into(), parent: None, event });
        }
        view
    }

    #[test]
    fn the_first_content_and_the_last_one_count() {
        let view = folded(vec![
            kept("m1", Some("make"), vec![before("a", Some("1")), before("b", None)]),
            left("m1", "a", Some("2")),
            kept("m2", Some("make"), vec![before("a", Some("2"))]),
            left("m2", "a", None),
            left("m2", "unknown", Some("9")),
        ]);
        let files: Vec<_> = view.files().collect();
        let (kept, absent) = (Content::of(Some("2")), Content::Absent);
        let held = |before, kept| HeldFile {
            before,
            after: Some(Content::Absent),
            kept,
            foreign: None,
            mode: None,
            is_mode_foreign: false,
        };
        let (a, b) = (held(before("a", Some("1")), kept), held(before("b", None), absent));
        assert_eq!(files, [a, b]);
        assert!(files[0].is_changed() && !files[1].is_changed());
        assert_eq!((view.commands(), view.cut_off().count()), (&["make".to_owned()][..], 0));
    }

    #[test]
    fn s6_a_file_that_was_changed_and_kept_once_more_counts_as_changed() {
        let change = vec![kept("c1", None, vec![before("a", Some("1"))]), left("c1", "a", Some("2"))];
        let again = |found| vec![kept("c2", Some("make"), vec![before("a", Some(found))])];
        for (found, is_changed) in [("2", true), ("1", false)] {
            let view = folded([change.clone(), again(found)].concat());
            assert_eq!(view.files().next().unwrap().is_changed(), is_changed, "{found}");
        }
    }

    #[test]
    fn a_command_without_an_end_was_cut_off() {
        let view = folded(vec![kept("m1", Some("make"), vec![]), kept("m2", None, vec![before("a", None)])]);
        assert_eq!(view.cut_off().collect::<Vec<_>>(), ["make"]);
    }

    #[test]
    fn s6_a_file_is_kept_again_after_each_message_and_what_somebody_else_made_of_it_between_is_seen() {
        let said = || Event::from(crate::events::UserMessage { text: "go".into() });
        let mut events =
            vec![said(), kept("c1", None, vec![before("a", Some("1"))]), left("c1", "a", Some("2"))];
        assert!(folded(events.clone()).current("a").is_some());
        events.push(said());
        assert!(folded(events.clone()).current("a").is_none() && folded(events.clone()).holds("a"));
        // What was left is found again: one life. Something else is found: somebody else was there.
        for (found, foreign) in [("2", None), ("9", Some(Content::of(Some("9"))))] {
            let again = vec![kept("c2", None, vec![before("a", Some(found))]), left("c2", "a", Some("3"))];
            let view = folded([events.clone(), again].concat());
            let (_, versions) = view.versions().next().unwrap();
            assert_eq!(versions.iter().map(|version| version.seq).collect::<Vec<_>>(), [1, 4]);
            assert_eq!(history(versions).unwrap().foreign, foreign);
            assert_eq!(history(&versions[1..]).unwrap().before.sha256.as_deref(), Some(found));
        }
    }

    #[test]
    fn s6_what_an_older_program_changed_is_named_for_it_kept_nothing() {
        let returned = |name: &str, data, files: Vec<FileTouch>| {
            let (call, status, is_error) = (CallId::new(name), ResultStatus::Ran, false);
            let (text, reminders, blobs) = Default::default();
            let (name, millis) = (name.to_owned(), 0);
            ToolReturned { call, name, is_error, status, text, data, reminders, blobs, files, millis }
        };
        let touch = |path: &str, kind| FileTouch { path: path.into(), kind, sha256: "1".into() };
        let ran = || -> Vec<Event> {
            let read = returned("read", json!({"kind": "read"}), vec![touch("a", TouchKind::Read)]);
            let write = returned("write", json!({"kind": "write"}), vec![touch("b", TouchKind::Created)]);
            let shell = returned("shell", json!({"command": "make"}), vec![]);
            vec![read.into(), write.into(), shell.into()]
        };
        let of_schema = |schema| -> Event { Migrated { from: 1, to: schema }.into() };
        let mut events = vec![of_schema(1)];
        events.extend(ran());
        events.push(of_schema(2));
        events.extend(ran());
        let view = folded(events);
        let named: Vec<(u64, Vec<String>)> =
            view.gaps().into_iter().map(|gap| (gap.seq, gap.uncovered.paths)).collect();
        assert_eq!(named, [(2, vec!["b".to_owned()]), (3, vec!["what commands changed".to_owned()])]);
    }
}
