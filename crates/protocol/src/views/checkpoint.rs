//! What can be taken back: files as they were before the first change, and as they were left by the last one.

use std::collections::BTreeMap;

use super::View;
use crate::event::Event;
use crate::events::{Checkpointed, FileBefore, FilesChanged, Uncovered};
use crate::ids::CallId;
use crate::record::Record;
use crate::tool::TouchKind;

/// The checkpoint of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    files: BTreeMap<String, HeldFile>,
    uncovered: Vec<Uncovered>,
    commands: Vec<String>,
    /// Commands of which nothing says what they left.
    open: BTreeMap<CallId, String>,
}

/// A file that a checkpoint holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// As it was before the first change.
    pub before: FileBefore,
    /// As it was left by the last change; absent when none came to its end.
    pub after: Option<Content>,
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
    /// Whether what was left differs from what was before.
    pub fn is_changed(&self) -> bool {
        let before = Content::of(self.before.sha256.as_deref());
        self.after.as_ref().is_some_and(|after| *after != before)
    }
}

impl Checkpoint {
    /// Whether it holds a file.
    pub fn holds(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Every file, in the order of paths.
    pub fn files(&self) -> impl Iterator<Item = &HeldFile> {
        self.files.values()
    }

    /// What is not covered.
    pub fn uncovered(&self) -> &[Uncovered] {
        &self.uncovered
    }

    /// The commands that ran, each once.
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// Commands that were cut off: nothing says what they left.
    pub fn cut_off(&self) -> impl Iterator<Item = &str> {
        self.open.values().map(String::as_str)
    }

    fn kept(&mut self, kept: &Checkpointed) {
        for before in &kept.files {
            let held = || HeldFile { before: before.clone(), after: None };
            self.files.entry(before.path.clone()).or_insert_with(held);
        }
        self.not_covered(&kept.uncovered);
        let Some(command) = &kept.command else { return };
        self.open.insert(kept.call.clone(), command.clone());
        if !self.commands.contains(command) {
            self.commands.push(command.clone());
        }
    }

    fn changed(&mut self, changed: &FilesChanged) {
        self.open.remove(&changed.call);
        for file in &changed.files {
            self.left(&file.path, Content::of(file.sha256.as_deref()));
        }
        self.not_covered(&changed.uncovered);
    }

    fn left(&mut self, path: &str, content: Content) {
        if let Some(file) = self.files.get_mut(path) {
            file.after = Some(content);
        }
    }

    fn not_covered(&mut self, more: &[Uncovered]) {
        for uncovered in more {
            if !self.uncovered.contains(uncovered) {
                self.uncovered.push(uncovered.clone());
            }
        }
    }
}

impl View for Checkpoint {
    fn apply(&mut self, record: &Record) {
        if let Event::Checkpointed(kept) = &record.event {
            self.kept(kept);
        } else if let Event::FilesChanged(changed) = &record.event {
            self.changed(changed);
        } else if let Event::ToolReturned(returned) = &record.event {
            for touch in returned.files.iter().filter(|touch| touch.kind != TouchKind::Read) {
                self.left(&touch.path, Content::Sha256(touch.sha256.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bytes;
    use crate::events::FileAfter;
    use crate::time::Timestamp;

    fn before(path: &str, sha256: Option<&str>) -> FileBefore {
        let sha256 = sha256.map(str::to_owned);
        FileBefore { path: path.into(), sha256, bytes: Bytes(1), mode: None, missing_directories: 0 }
    }

    fn kept(call: &str, command: Option<&str>, files: Vec<FileBefore>) -> Event {
        let command = command.map(str::to_owned);
        Checkpointed { call: call.into(), command, files, uncovered: vec![] }.into()
    }

    fn left(call: &str, path: &str, sha256: Option<&str>) -> Event {
        let files = vec![FileAfter { path: path.into(), sha256: sha256.map(str::to_owned) }];
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
        let files: Vec<_> = view.files().cloned().collect();
        let held = |before, after| HeldFile { before, after };
        let expected = [held(before("a", Some("1")), Some(Content::Absent)), held(before("b", None), None)];
        assert_eq!(files, expected);
        assert!(files[0].is_changed() && !files[1].is_changed());
        assert_eq!((view.commands(), view.cut_off().count()), (&["make".to_owned()][..], 0));
    }

    #[test]
    fn a_command_without_an_end_was_cut_off() {
        let view = folded(vec![kept("m1", Some("make"), vec![]), kept("m2", None, vec![before("a", None)])]);
        assert_eq!(view.cut_off().collect::<Vec<_>>(), ["make"]);
    }
}
