//! What a person reads when something fails: what failed, why, and what to do next; exit code by kind.

use std::fmt;

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
        return (format!("error: {error:#}\n"), ErrorKind::Failed.exit_code());
    };
    let mut text = format!("error: {}\n", known.message);
    for hint in &known.hints {
        text.extend(["  hint: ", hint, "\n"]);
    }
    (text, known.kind.exit_code())
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
    fn an_error_keeps_its_kind_below_context() {
        let error = anyhow::Error::from(UserError::usage("no such key")).context("reading settings");
        assert_eq!(describe(&error).1, 2);
        assert_eq!(describe(&anyhow::anyhow!("plain")), ("error: plain\n".to_owned(), 1));
    }
}
