//! Events of going back: the conversation, the files, or both, as they were at a message of the person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeptFile, Uncovered, named};
use crate::ids::SessionId;

/// The session went back to a message of the person. The records after it stay in the log and no longer count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rewound {
    /// The record of the message: what is before it counts, it does not.
    pub to: u64,
    /// What went back.
    pub scope: RewindScope,
    /// The rewind that this one takes back; what it undid counts again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redoes: Option<u64>,
    /// Files that were put back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restored: Vec<String>,
    /// Files that were left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptFile>,
    /// What no checkpoint holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncovered: Vec<Uncovered>,
}

impl Rewound {
    /// What became of the files, for a person; empty where there is nothing to say.
    pub fn told_of_files(&self) -> String {
        let mut told = Vec::new();
        if !self.restored.is_empty() {
            told.push(format!("Put back: {}.", named(&self.restored, self.restored.len() as u64)));
        }
        told.extend(self.kept.iter().map(|file| format!("Left alone: {}: {}.", file.path, file.why)));
        let gaps = self.uncovered.iter();
        told.extend(gaps.map(|gap| format!("Not covered: {}: {}.", named(&gap.paths, gap.count), gap.why)));
        told.join("\n")
    }

    /// What the model reads where files went back and the conversation did not.
    pub(crate) fn told_to_model(&self) -> String {
        let what = if self.redoes.is_some() { "I took that back." } else { "I put files back as they were." };
        let files = if self.restored.is_empty() && self.kept.is_empty() {
            "No file was to be changed.".to_owned()
        } else {
            self.told_of_files()
        };
        format!("{what} {files} Read a file again before you change it.")
    }
}

/// What goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RewindScope {
    /// What the model has been shown.
    Conversation,
    /// The files that tools changed.
    Files,
    /// Both.
    Both,
}

impl RewindScope {
    /// Whether the conversation goes back.
    pub fn has_conversation(self) -> bool {
        matches!(self, Self::Conversation | Self::Both)
    }

    /// Whether files go back.
    pub fn has_files(self) -> bool {
        matches!(self, Self::Files | Self::Both)
    }
}

/// The session was forked from another: the records before this one are that session's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forked {
    /// The other session.
    pub from: SessionId,
    /// Its first record that this session does not share. By another name in the log, where `at` is the time of every record.
    #[serde(rename = "first")]
    pub at: u64,
}
