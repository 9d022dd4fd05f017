//! What a program left behind when it ended.

use serde_json::Value;
use std::process::ExitStatus;
use std::time::Duration;

/// A program that has ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// How long it ran.
    pub took: Duration,
}

impl Finished {
    pub(crate) fn new(status: ExitStatus, [stdout, stderr]: [String; 2], took: Duration) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        Self { stdout, stderr, code: status.code(), signal: status.signal(), took }
    }

    /// Demands this exit code, and shows both outputs otherwise.
    #[track_caller]
    pub fn expect_code(&self, code: i32) -> &Self {
        let Self { stdout, stderr, .. } = self;
        assert!(
            self.code == Some(code),
            "expected exit code {code}, got {:?} (signal {:?})\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
            self.code,
            self.signal,
        );
        self
    }

    /// The standard output as JSON Lines; a line that is no JSON panics with its number.
    #[track_caller]
    pub fn records(&self) -> Vec<Value> {
        records(&self.stdout)
    }

    /// The records of one type, such as `tool_called`.
    #[track_caller]
    pub fn records_of(&self, kind: &str) -> Vec<Value> {
        self.records().into_iter().filter(|record| record["type"] == kind).collect()
    }
}

/// JSON Lines; a line that is no JSON panics with its number.
#[track_caller]
pub(crate) fn records(text: &str) -> Vec<Value> {
    let mut records = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(record) => records.push(record),
            Err(error) => panic!("line {} is no JSON ({error}): {line}", index + 1),
        }
    }
    records
}
