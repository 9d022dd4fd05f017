//! Events of checkpoints: what files were before something changed them, and what was taken back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CallId, SessionId};
use crate::units::Bytes;

/// Files were kept as they were, before a call that may change them: each once after a message of the person, and again
/// when somebody else has changed it since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpointed {
    /// The call; where files are taken back, a name that no call has ([`change_of_rewind`]).
    pub call: CallId,
    /// The command, where the call runs one: it may change more than what was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileBefore>,
    /// What was not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncovered: Vec<Uncovered>,
}

/// A file as it was. Its content lies in the session's `checkpoint/`, named by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileBefore {
    /// Relative to the workspace, with `/` between components.
    pub path: String,
    /// SHA-256 of the content, in hexadecimal; absent when there was no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its size.
    pub bytes: Bytes,
    /// Its permission bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Directories above it that were not there either.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing_directories: u32,
}

/// Files that no checkpoint holds, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Uncovered {
    /// Why.
    pub why: String,
    /// The first of them.
    pub paths: Vec<String>,
    /// How many there are.
    pub count: u64,
}

/// A command came to its end and left these files other than it found them. Tools that change files say so in their
/// result; a command cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilesChanged {
    /// The call that ran it.
    pub call: CallId,
    /// Files of the checkpoint, as it left them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileAfter>,
    /// Changed files that no checkpoint holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncovered: Vec<Uncovered>,
}

/// A file as it was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileAfter {
    /// Relative to the workspace, with `/` between components.
    pub path: String,
    /// SHA-256 of the content, in hexadecimal; absent when there is no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its permission bits; absent where nobody looked, and they are taken to be those from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
}

/// The changes of a mission were taken back, as far as nobody had changed the files since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissionUndone {
    /// The mission's session.
    pub mission: SessionId,
    /// Files that are as they were before the mission again.
    pub restored: Vec<String>,
    /// Files that were left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptFile>,
}

impl MissionUndone {
    /// What was done, for a person and for the model.
    pub fn told(&self) -> String {
        let restored = match self.restored.as_slice() {
            [] => "No file was restored.".to_owned(),
            paths => format!("As before the mission again: {}.", named(paths, paths.len() as u64)),
        };
        let kept = self.kept.iter().map(|file| format!("\nLeft alone: {}: {}.", file.path, file.why));
        restored + &kept.collect::<String>()
    }
}

/// A file that was left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptFile {
    /// Relative to the workspace, with `/` between components.
    pub path: String,
    /// Why, and where its content from before lies.
    pub why: String,
}

/// How the names of changes begin that going back makes.
const REWIND: &str = "rewind-";

/// The name of the change that going back makes at this record.
pub fn change_of_rewind(record: u64) -> CallId {
    CallId::new(format!("{REWIND}{record}"))
}

/// Whether a change is that of going back and not of a call.
pub fn is_of_rewind(call: &CallId) -> bool {
    call.as_str().starts_with(REWIND)
}

/// How many files a sentence names.
const NAMED: usize = 12;

/// The first of `count` files by their names, and how many more there are.
pub fn named(paths: &[String], count: u64) -> String {
    let first = paths.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>();
    match count.saturating_sub(first.len() as u64) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
