//! What a person reads when something fails: what failed, why, and what to do next; exit code by kind.

use std::{fmt, io};

/// The class of a failure: it decides the exit code (INTERFACE, "Exit codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Something failed.
    Failed,
    /// The command line or a settings file is wrong.
    Usage,
    /// No request can be made: a key is missing, or the vendor's data is wrong.
    Provider,
}

impl ErrorKind {
    /// The exit code of the process.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Provider => 6,
        }
    }
}

/// An error with the next steps, as it is shown at the edge of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserError {
    /// Its class.
    pub kind: ErrorKind,
    /// What failed and why, one sentence.
    pub message: String,
    /// What to do next, one sentence each.
    pub hints: Vec<String>,
}

impl UserError {
    /// Something failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }

    /// The command line or a settings file is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// No request can be made.
    pub(crate) fn provider(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Provider, message)
    }

    /// Adds a next step.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UserError {}

/// The lines for standard error, and the exit code, of any failure that reached the edge.
pub(crate) fn describe(error: &anyhow::Error) -> (String, u8) {
    let Some(known) = error.downcast_ref::<UserError>() else {
        let hint = file_system_hint(error);
        return (lines(&told_once(error), hint), ErrorKind::Failed.exit_code());
    };
    (lines(&known.message, known.hints.iter().map(String::as_str)), known.kind.exit_code())
}

fn lines<'a>(message: &str, hints: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = format!("error: {message}\n");
    for hint in hints {
        text.extend(["  hint: ", hint, "\n"]);
    }
    text
}

/// The message with its causes; a cause which the message already names is not said again.
fn told_once(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.contains(&cause) {
            told.extend([": ", &cause]);
        }
    }
    told
}

/// What to do about a disk that is full or cannot be written.
fn file_system_hint(error: &anyhow::Error) -> Option<&'static str> {
    match error.chain().find_map(|cause| cause.downcast_ref::<io::Error>())?.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("Free some space there, or set HEADWATER_HOME to a directory on another disk.")
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            Some("Make it writable for you, or set HEADWATER_HOME to a directory that is.")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_decides_the_exit_code_and_hints_follow() {
        let error = UserError::provider("no key for openai").hint("Set OPENAI_API_KEY.");
        let (text, code) = describe(&error.into());
        assert_eq!(text, "error: no key for openai\n  hint: Set OPENAI_API_KEY.\n");
        assert_eq!(code, 6);
    }

    #[test]
    fn a_full_disk_is_told_once_with_a_next_step() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot write /x: {0}")]
        struct Outer(#[source] io::Error);
        let error = anyhow::Error::from(Outer(io::ErrorKind::StorageFull.into()));
        let expected = "error: cannot write /x: no storage space\n  hint: Free some space there, or set HEADWATER_HOME \
                        to a directory on another disk.\n";
        assert_eq!(describe(&error), (expected.to_owned(), 1));
    }

    #[test]
    fn an_error_keeps_its_kind_below_context() {
        let error = anyhow::Error::from(UserError::usage("no such key")).context("reading settings");
        assert_eq!(describe(&error).1, 2);
        assert_eq!(describe(&anyhow::anyhow!("plain")), ("error: plain\n".to_owned(), 1));
    }
}
