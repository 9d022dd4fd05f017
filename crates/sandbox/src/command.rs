//! A shell command as the caller asks for it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::profile::Confinement;

/// Bytes of the beginning of an output that are kept in memory unless the caller says otherwise.
pub const DEFAULT_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of the end of an output that are kept in memory unless the caller says otherwise.
pub const DEFAULT_TAIL_BYTES: usize = 64 * 1024;

/// A shell command as the caller asks for it.
#[derive(Debug, Clone)]
pub struct ShellCommand {
    /// Run by `bash -c`, never as a login shell (which can cost 250 ms: SCREEN.md, row 21); by `sh` where bash is missing.
    pub script: String,
    /// Where it starts; an absolute path.
    pub cwd: PathBuf,
    /// Its whole environment, see [`scrubbed_env`](crate::scrubbed_env). Nothing else is inherited.
    pub env: Vec<(String, String)>,
    /// When it is killed, counted from the call. [`Duration::MAX`] means never.
    pub timeout: Duration,
    /// What it may touch.
    pub confinement: Confinement,
    /// The file for the whole output, made (or overwritten) only when the output exceeds `head` + `tail`.
    pub spill: Option<PathBuf>,
    /// Bytes of the beginning that are kept in memory.
    pub head: usize,
    /// Bytes of the end that are kept in memory.
    pub tail: usize,
    /// What it reads from its standard input, from where the file stands; nothing when absent.
    pub input: Option<Arc<File>>,
    /// How many bytes of its standard error are kept apart from its output; absent, both are one stream.
    pub errors: Option<usize>,
}

impl ShellCommand {
    /// A command that starts in the workspace of `confinement`, with an empty environment, a deadline of two minutes
    /// and the usual memory for its output.
    pub fn new(script: impl Into<String>, confinement: Confinement) -> Self {
        Self {
            script: script.into(),
            cwd: confinement.workspace.clone(),
            env: Vec::new(),
            timeout: Duration::from_mins(2),
            confinement,
            spill: None,
            head: DEFAULT_HEAD_BYTES,
            tail: DEFAULT_TAIL_BYTES,
            input: None,
            errors: None,
        }
    }
}
