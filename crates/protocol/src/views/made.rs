//! The files that a session has made itself. Nothing in a run needs it all the time: it is folded when a command would delete
//! something.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::View;
use crate::event::Event;
use crate::events::{FilesChanged, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;
use crate::tool::TouchKind;

/// Files that were not there before the session made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    files: BTreeMap<String, MadeFile>,
    /// Commands that have not come to their end, with the files that were not there when they began.
    begun: HashMap<CallId, (String, BTreeSet<String>)>,
}

/// A file that the session made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFile {
    /// SHA-256 of what the session last left, in hexadecimal.
    pub sha256: String,
    /// The commands that made it or changed it; none where only tools did.
    pub commands: Vec<String>,
}

impl Made {
    /// What the session made at this path (relative to the workspace).
    pub fn get(&self, path: &str) -> Option<&MadeFile> {
        self.files.get(path)
    }

    fn returned(&mut self, returned: &ToolReturned) {
        for touch in &returned.files {
            let sha256 = touch.sha256.clone();
            match touch.kind {
                TouchKind::Read => {}
                TouchKind::Created => {
                    self.files.insert(touch.path.clone(), MadeFile { sha256, commands: Vec::new() });
                }
                TouchKind::Changed => {
                    if let Some(made) = self.files.get_mut(&touch.path) {
                        made.sha256 = sha256;
                    }
                }
            }
        }
    }

    fn changed(&mut self, changed: &FilesChanged) {
        let begun = self.begun.remove(&changed.call);
        let (command, absent) =
            begun.map_or((None, BTreeSet::new()), |(command, absent)| (Some(command), absent));
        for file in &changed.files {
            let Some(sha256) = file.sha256.clone() else {
                self.files.remove(&file.path);
                continue;
            };
            if absent.contains(&file.path) && !self.files.contains_key(&file.path) {
                let made = MadeFile { sha256: sha256.clone(), commands: Vec::new() };
                self.files.insert(file.path.clone(), made);
            }
            if let Some(made) = self.files.get_mut(&file.path) {
                made.sha256 = sha256;
                made.commands.extend(command.clone());
            }
        }
    }
}

impl View for Made {
    fn apply(&mut self, record: &Record) {
        if let Event::Checkpointed(kept) = &record.event {
            if let Some(command) = &kept.command {
                let absent = kept.files.iter().filter(|file| file.sha256.is_none());
                let absent = absent.map(|file| file.path.clone()).collect();
                self.begun.insert(kept.call.clone(), (command.clone(), absent));
            }
        } else if let Event::FilesChanged(changed) = &record.event {
            self.changed(changed);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Checkpointed, FileAfter, FileBefore};
    use crate::tool::FileTouch;
    use crate::views::fold;
    use crate::{Bytes, Timestamp};

    fn touched(path: &str, kind: TouchKind, sha256: &str) -> Event {
        ToolReturned {
            files: vec![FileTouch { path: path.into(), kind, sha256: sha256.into() }],
            ..ToolReturned::ran("w".into(), "write".into(), String::new())
        }
        .into()
    }

    fn ran(call: &str, command: &str, files: &[(&str, Option<&str>, Option<&str>)]) -> Vec<Event> {
        let before = files.iter().map(|(path, sha256, _)| FileBefore {
            path: (*path).into(),
            sha256: sha256.map(str::to_owned),
            bytes: Bytes(1),
            mode: None,
            missing_directories: 0,
        });
        let (command, uncovered) = (Some(command.to_owned()), Vec::new());
        let kept = Checkpointed { call: call.into(), command, files: before.collect(), uncovered };
        let after = files.iter().map(|(path, _, sha256)| FileAfter {
            path: (*path).into(),
            sha256: sha256.map(str::to_owned),
            mode: None,
        });
        let changed = FilesChanged { call: call.into(), files: after.collect(), uncovered: Vec::new() };
        vec![kept.into(), changed.into()]
    }

    fn folded(events: Vec<Event>) -> Made {
        let record =
            |(seq, event)| Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event };
        let records: Vec<Record> = (0..).zip(events).map(record).collect();
        fold(&records)
    }

    #[test]
    fn b5_a_file_is_the_sessions_own_when_it_was_not_there_before() {
        let mut events = vec![
            touched("new.txt", TouchKind::Created, "1"),
            touched("old.txt", TouchKind::Changed, "2"),
            touched("read.txt", TouchKind::Read, "3"),
        ];
        events.extend(ran(
            "c1",
            "echo x > log; mv old.txt moved.txt",
            &[
                ("log", None, Some("4")),
                ("old.txt", Some("2"), None),
                ("moved.txt", None, Some("2")),
                ("there.txt", Some("5"), Some("6")),
            ],
        ));
        events.push(touched("new.txt", TouchKind::Changed, "7"));
        events.extend(ran("c2", "rm log", &[("log", Some("4"), None)]));
        let made = folded(events);
        let digest = |path: &str| made.get(path).map(|made| (made.sha256.as_str(), made.commands.len()));
        assert_eq!(digest("new.txt"), Some(("7", 0)));
        assert_eq!(digest("moved.txt"), Some(("2", 1)), "with the command that made it, which tells how");
        for path in ["old.txt", "read.txt", "there.txt", "log"] {
            assert_eq!(digest(path), None, "{path}");
        }
    }
}
