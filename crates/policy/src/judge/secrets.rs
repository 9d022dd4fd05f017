//! Which files with the secrets of a program a command would read.

use std::path::{Path, PathBuf};

use headwater_protocol::secret_files::is_environment_file;

use crate::paths::{Ground, resolved};
use crate::rules::is_interpreter;
use crate::shell::{RedirectKind, Unit, Word, loose_words};

use super::environment::file_words;
use super::program::{base_name, program_name};

/// Programs which look at a file's name or its place, and not into it.
pub(super) const BLIND: &[&str] = &[
    "ls", "stat", "test", "[", "[[", "touch", "echo", "printf", "rm", "mkdir", "basename", "dirname",
    "realpath", "readlink", "chmod", "cd",
];
/// Programs whose last operand is what they write.
const COPYING: &[&str] = &["cp", "mv", "install", "ln"];
/// What a pattern of the shell may mean.
const USUAL: &[&str] = &[".env", ".env.local", ".env.production", ".env.development", ".envrc", "prod.env"];

/// The files with secrets that a unit names to read, as absolute paths as far as that is known.
pub(crate) fn secret_files(unit: &Unit, ground: &Ground<'_>) -> Vec<PathBuf> {
    let program = base_name(program_name(unit.words()));
    let words = unit.words();
    let operands: &[Word] = if BLIND.contains(&program) || is_ignore_check(program, words) {
        &[]
    } else if COPYING.contains(&program) {
        words.split_last().map_or(&[], |(_, rest)| rest)
    } else {
        words
    };
    let read = unit.simple.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Reads);
    let read = read.map(|redirect| &redirect.target);
    let set = unit.assignments().iter().map(|assignment| &assignment.value);
    let candidates = operands.iter().skip(1).chain(read).chain(set);
    let mut found: Vec<PathBuf> = candidates.flat_map(|word| named(word, unit, ground)).collect();
    if is_interpreter(program) {
        found.extend(in_code(words).map(|name| ground.workspace.join(name)));
    }
    found.dedup();
    found
}

pub(super) fn is_ignore_check(program: &str, words: &[Word]) -> bool {
    program == "git" && words.iter().any(|word| word.text == "check-ignore")
}

fn named(word: &Word, unit: &Unit, ground: &Ground<'_>) -> Vec<PathBuf> {
    let candidates = file_words(word);
    let secret = candidates.iter().filter(|candidate| may_be_secret(&candidate.text));
    secret
        .flat_map(|candidate| {
            let literal = Word { is_glob: false, ..candidate.clone() };
            match resolved(&literal, &unit.simple.directories, ground) {
                Some(paths) => paths
                    .into_iter()
                    .map(|path| path.unwrap_or_else(|| PathBuf::from(&candidate.text)))
                    .collect(),
                None => vec![PathBuf::from(&candidate.text)],
            }
        })
        .collect()
}

/// Whether the last name of a word is that of such a file, or a pattern that may match one.
pub(crate) fn may_be_secret(text: &str) -> bool {
    let name = Path::new(text).file_name().unwrap_or_default().to_string_lossy();
    let is_pattern = name.contains(['*', '?', '[', '{']);
    // `*` alone meets no hidden file.
    let may_match = |usual: &&str| {
        name.starts_with('.') == usual.starts_with('.')
            && name.trim_matches('*').len() > 1
            && globset::Glob::new(&name).is_ok_and(|glob| glob.compile_matcher().is_match(usual))
    };
    if is_pattern { USUAL.iter().any(may_match) } else { is_environment_file(&name) }
}

/// Names of such files in code on the command line of an interpreter.
fn in_code(words: &[Word]) -> impl Iterator<Item = String> {
    let code = words.iter().filter(|word| word.text.contains([' ', '(', ';', '\'']));
    code.flat_map(|word| loose_words(&word.text)).filter(|name| may_be_secret(name))
}
