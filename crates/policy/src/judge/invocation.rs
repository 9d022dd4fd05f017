//! A command as the judges of the tables see it.

use std::path::PathBuf;

use crate::paths::{Ground, Place, place_of, resolved};
use crate::shell::{Directories, Stdin, Word};

/// The innermost command of a unit and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation<'a> {
    /// What follows the program and its sub-commands.
    pub(crate) arguments: &'a [Word],
    /// What stands between the program and its sub-command.
    pub(crate) leading: &'a [Word],
    /// What it reads from.
    pub(crate) stdin: Stdin,
    /// Where it may run.
    pub(crate) directories: &'a Directories,
    /// The fixed points.
    pub(crate) ground: &'a Ground<'a>,
}

impl<'a> Invocation<'a> {
    /// The arguments which are no options. After `--` everything is.
    pub(crate) fn operands(&self) -> impl DoubleEndedIterator<Item = &'a Word> + use<'a> {
        let split = self.arguments.iter().position(|word| word.text == "--").unwrap_or(self.arguments.len());
        let (before, after) = self.arguments.split_at_checked(split).unwrap_or((self.arguments, &[]));
        before.iter().filter(|word| !word.is_option()).chain(after.iter().skip(1))
    }

    /// Whether this option is there: spelled out, abbreviated, with a value, or in a cluster of short ones.
    pub(crate) fn has(&self, flag: &str) -> bool {
        let options = self.arguments.iter().take_while(|word| word.text != "--");
        options.into_iter().any(|word| is_spelled(&word.text, flag))
    }

    /// Whether any of these options is there.
    pub(crate) fn has_any(&self, flags: &[&str]) -> bool {
        flags.iter().any(|flag| self.has(flag))
    }

    /// Every path a word may mean, patterns left as they stand; those only known at run time are not among them.
    pub(crate) fn paths(&self, word: &Word) -> Vec<PathBuf> {
        let whole = Word { is_glob: false, ..word.clone() };
        resolved(&whole, self.directories, self.ground).unwrap_or_default().into_iter().flatten().collect()
    }

    /// The place a word means.
    pub(crate) fn place(&self, word: &Word) -> Place {
        place_of(word, self.directories, self.ground)
    }
}

/// Whether a word is this option. It may claim too much, never too little: `-i.bak` and `-ni` are `-i`, `--out=x` and
/// `--o` are `--output`, as programs take any beginning of an option that is no other's.
pub(crate) fn is_spelled(word: &str, flag: &str) -> bool {
    if let Some(long) = flag.strip_prefix("--") {
        let given = word.strip_prefix("--").and_then(|given| given.split('=').next());
        return given.is_some_and(|given| !given.is_empty() && long.starts_with(given));
    }
    match flag.strip_prefix('-') {
        Some(letter) if letter.len() == 1 => {
            word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
        }
        Some(_) | None => word == flag || word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')),
    }
}
