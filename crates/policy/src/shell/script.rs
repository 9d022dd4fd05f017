//! A script as a whole: the limits, the parse, and what came of it.

use std::path::Path;

use tree_sitter::Parser;

use super::directories::Directories;
use super::integrity::check_integrity;
use super::simple::Simple;
use super::walk::Walker;

/// Longer scripts are not judged (bytes): they ask.
const MAX_BYTES: usize = 10_000;
/// Scripts of more simple commands are not judged: they ask.
const MAX_COMMANDS: usize = 200;
/// Deeper nesting, `bash -c` included, is not judged: it asks.
pub(super) const MAX_NESTING: usize = 20;

/// What was found in a script.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Every simple command it may run, in order of appearance, those in substitutions and bodies included. Empty
    /// when the script has syntax errors: from a broken tree nothing is concluded.
    pub(crate) commands: Vec<Simple>,
    /// Why it was not, or not wholly, understood.
    pub(crate) problem: Option<String>,
}

impl Script {
    fn unread(problem: impl Into<String>) -> Self {
        Self { commands: Vec::new(), problem: Some(problem.into()) }
    }
}

/// Where a script starts: directories, and how deep it is nested in other scripts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    /// The person's home directory.
    pub(crate) home: Option<&'a Path>,
    /// Where the script may start.
    pub(crate) directories: &'a Directories,
    /// How many scripts it is inside of.
    pub(crate) nesting: usize,
}

/// What stands in for a byte that is not ASCII: part of a word, and no part of a name.
const MASK: u8 = b'%';

/// Reads a script that starts in `workspace`.
pub(crate) fn read(source: &str, workspace: &Path, home: Option<&Path>) -> Script {
    let directories = Directories::at(workspace);
    read_nested(source, &Start { home, directories: &directories, nesting: 0 })
}

/// Reads a script that another one runs.
pub(crate) fn read_nested(source: &str, start: &Start<'_>) -> Script {
    if source.len() > MAX_BYTES {
        return Script::unread(format!("the script is longer than {MAX_BYTES} bytes"));
    }
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_err() {
        return Script::unread("the shell grammar could not be loaded");
    }
    let Some(tree) = parser.parse(masked(source), None) else {
        return Script::unread("the script could not be parsed");
    };
    let root = tree.root_node();
    if root.has_error() {
        return Script::unread("the syntax was not understood");
    }
    if let Err(problem) = check_integrity(source, root) {
        return Script::unread(problem);
    }
    let mut walker = Walker::new(source, start);
    walker.visit(root);
    let script = walker.finish();
    if script.commands.len() > MAX_COMMANDS {
        return Script::unread(format!("the script has more than {MAX_COMMANDS} commands"));
    }
    script
}

/// The source with every byte that is not ASCII replaced, its length and so all positions kept. The grammar's scanner
/// looks characters up in tables for ASCII and reads far beyond them otherwise, which can end the process. To the
/// shell such bytes are ordinary parts of words; the texts of words are taken from the source itself.
fn masked(source: &str) -> Vec<u8> {
    source.bytes().map(|byte| if byte.is_ascii() { byte } else { MASK }).collect()
}
