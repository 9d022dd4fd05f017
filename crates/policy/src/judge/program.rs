//! Which program a command names.

use crate::shell::Word;

/// Directories whose programs are the ones the tables know.
const STANDARD: &[&str] =
    &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// The program as the tables spell it: the plain name for one in a standard directory, otherwise as written; empty
/// when it is only known at run time.
pub(crate) fn program_name(words: &[Word]) -> &str {
    let Some(word) = words.first().filter(|word| !word.is_dynamic && !word.is_glob) else { return "" };
    match word.text.rsplit_once('/') {
        Some((directory, name)) if STANDARD.contains(&directory) => name,
        Some(_) | None => word.text.as_str(),
    }
}

/// The last part of a program's path, wherever it lies.
pub(crate) fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
