//! A simple command as the script has it: assignments, words, redirects, and where it stands.

use super::directories::Directories;
use super::word::Word;

/// What a command reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    /// Nothing the script gave it.
    Inherited,
    /// A pipe, a file, a here-document: content that an interpreter would run.
    Fed,
}

/// `NAME=value` before a command, or on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The variable.
    pub(crate) name: String,
    /// What it is set to.
    pub(crate) value: Word,
}

/// What a redirect does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    /// Reads the target.
    Reads,
    /// Creates, truncates or appends to the target.
    Writes,
}

/// A redirect from or to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// The direction.
    pub(crate) kind: RedirectKind,
    /// The file.
    pub(crate) target: Word,
}

/// One simple command, or assignments or redirects without one.
#[derive(Clone, Debug)]
pub(crate) struct Simple {
    /// Its text in the script.
    pub(crate) text: String,
    /// The program and its arguments; empty when there are only assignments or redirects.
    pub(crate) words: Vec<Word>,
    /// The assignments before it.
    pub(crate) assignments: Vec<Assignment>,
    /// The redirects which apply to it.
    pub(crate) redirects: Vec<Redirect>,
    /// Where it may run.
    pub(crate) directories: Directories,
    /// What it reads from.
    pub(crate) stdin: Stdin,
    /// The text that it reads, where the script holds it as it stands: one here-document behind a quoted word.
    pub(crate) fed: Option<String>,
    /// The functions whose bodies it is in.
    pub(crate) functions: Vec<String>,
    /// How many scripts (`bash -c`) it is inside of.
    pub(crate) nesting: usize,
}
