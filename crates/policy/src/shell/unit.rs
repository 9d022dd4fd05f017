//! A unit of judgement: a simple command with the wrappers around it taken off.

use super::script::Script;
use super::simple::{Assignment, Simple};
use super::unwrap;
use super::word::Word;

/// One command to be judged.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// The simple command it comes from; its assignments include those of `env`.
    pub(crate) simple: Simple,
    /// The command in its layers, outermost first: `timeout 5 ls` and then `ls`. Never empty.
    pub(crate) layers: Vec<Vec<Word>>,
    /// Why the innermost layer could not be found.
    pub(crate) problem: Option<String>,
}

impl Unit {
    /// The innermost command.
    pub(crate) fn words(&self) -> &[Word] {
        self.layers.last().map_or(&[], Vec::as_slice)
    }

    /// The assignments which its program sees.
    pub(crate) fn assignments(&self) -> &[Assignment] {
        &self.simple.assignments
    }
}

/// All units of a script, those inside of `bash -c`, `find -exec` and the like included; and the first problem.
pub(crate) fn units(script: Script, home: Option<&std::path::Path>) -> (Vec<Unit>, Option<String>) {
    let mut problem = script.problem;
    let mut found = Vec::new();
    for simple in script.commands {
        unwrap::unwrap(simple, home, &mut found, &mut problem);
    }
    (found, problem)
}
