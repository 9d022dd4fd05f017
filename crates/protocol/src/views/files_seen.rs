//! Which files the model has seen, and in which state (HARNESS B5: read before edit).

use std::collections::BTreeMap;

use super::View;
use crate::event::Event;
use crate::record::Record;
use crate::time::Timestamp;
use crate::tool::TouchKind;

/// Files read or written in this session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilesSeen {
    files: BTreeMap<String, SeenFile>,
}

/// One file as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFile {
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// Whether a tool wrote it.
    pub is_changed: bool,
    /// The record that says so.
    pub seq: u64,
    /// When it was seen.
    pub at: Timestamp,
}

impl FilesSeen {
    /// The digest which the model last saw of `path` (relative to the workspace).
    pub fn digest(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.sha256.as_str())
    }

    /// Every file, in the order of paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SeenFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }
}

impl View for FilesSeen {
    fn apply(&mut self, record: &Record) {
        let Event::ToolReturned(returned) = &record.event else { return };
        for touch in &returned.files {
            let was_changed = self.files.get(&touch.path).is_some_and(|file| file.is_changed);
            let seen = SeenFile {
                sha256: touch.sha256.clone(),
                is_changed: was_changed || touch.kind != TouchKind::Read,
                seq: record.seq,
                at: record.at,
            };
            self.files.insert(touch.path.clone(), seen);
        }
    }
}
