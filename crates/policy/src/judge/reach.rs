//! Whether a command comes by files that it does not name: what matters where nothing hides them from it.

use std::path::{Path, PathBuf};

use headwater_protocol::secret_files::is_environment_file;

use crate::paths::{Ground, resolved};
use crate::rules::find;
use crate::shell::{RedirectKind, Unit, Word};

use super::invocation::is_spelled;
use super::program::{base_name, program_name};
use super::risk::Risk;
use super::secrets::{BLIND, is_ignore_check};

/// Programs that search or copy whole trees, from where they run unless a tree is named.
const SEARCHING: &[&str] = &["rg", "ag", "ack"];
/// Programs that do with an option.
const RECURSIVE: &[(&str, &[&str])] = &[
    ("grep", &["-r", "-R", "--recursive", "--dereference-recursive"]),
    ("egrep", &["-r", "-R", "--recursive"]),
    ("fgrep", &["-r", "-R", "--recursive"]),
    ("diff", &["-r", "--recursive"]),
    ("cp", &["-r", "-R", "-a", "--recursive", "--archive"]),
];
/// Programs that copy, pack or move the trees they are given.
const PACKING: &[&str] = &["tar", "zip", "7z", "rsync", "scp", "mv", "cpio", "pax"];
/// Readers that show names and numbers only.
const COUNTING: &[&str] = &[
    "find", "fd", "tree", "du", "df", "eza", "exa", "dir", "vdir", "cloc", "tokei", "scc", "lsof", "which",
    "whereis", "file",
];

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The program may open anything.
    May,
    /// What it is told to read holds the file.
    Will,
}

/// The file of these that a unit comes by, and how sure that is.
pub(crate) fn reached<'f>(
    unit: &Unit,
    ground: &Ground<'_>,
    files: &'f [PathBuf],
) -> Option<(Reach, &'f Path)> {
    let first = files.first()?;
    let words = unit.words();
    let program = base_name(program_name(words));
    let is_silent = BLIND.contains(&program) || COUNTING.contains(&program);
    let has_words = !words.is_empty() && !is_silent && !is_ignore_check(program, words);
    let words = if has_words { words } else { &[] };
    let is_recursive = is_recursive(program, words);
    let operands: Vec<&Word> = words.iter().skip(1).filter(|word| !word.is_option()).collect();
    let read = unit.simple.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Reads);
    let here = Word::literal(".");
    // The first operand of a search is what it looks for.
    let starts_here = has_words && is_recursive && !PACKING.contains(&program) && operands.len() < 2;
    let candidates = operands
        .iter()
        .copied()
        .chain(read.map(|redirect| &redirect.target))
        .chain(starts_here.then_some(&here));
    for word in candidates {
        let found = files.iter().find(|file| meets(word, file, is_recursive, unit, ground));
        if let Some(found) = found {
            return Some((Reach::Will, found));
        }
    }
    if !has_words {
        return None;
    }
    // git reads what it tracks; that is judged by its history.
    let is_reader = program == "git" || find(program).is_some_and(|row| row.risk == Risk::ReadOnly);
    // A directory that only running tells may be any.
    let is_astray = unit.simple.directories.iter().any(|directory| directory.is_none());
    let is_open = operands.iter().any(|word| word.is_dynamic || is_astray || word.text.starts_with("/proc/"));
    (!is_reader || is_open || program.is_empty()).then_some((Reach::May, first))
}

fn is_recursive(program: &str, words: &[Word]) -> bool {
    let has = |flags: &[&str]| words.iter().any(|word| flags.iter().any(|flag| is_spelled(&word.text, flag)));
    SEARCHING.contains(&program)
        || PACKING.contains(&program)
        || RECURSIVE.iter().any(|(name, flags)| *name == program && has(flags))
}

/// Whether a word means a file, or for a program that goes into directories, one above it. As in a shell, a pattern meets a
/// hidden name only where it begins with a dot too. A name without a pattern is another name of a withheld file, where its
/// own does not tell: what names the file itself is judged by that.
fn meets(word: &Word, file: &Path, is_recursive: bool, unit: &Unit, ground: &Ground<'_>) -> bool {
    // So stands what `find` hands over, from any depth (`Word::below`).
    let (text, is_tree) = match word.text.strip_suffix("/?*").filter(|_| word.is_glob) {
        Some(tree) => (tree.to_owned(), true),
        None => (word.text.clone(), is_recursive),
    };
    let literal = Word { is_glob: false, text, ..word.clone() };
    let paths = resolved(&literal, &unit.simple.directories, ground).unwrap_or_default();
    let is_secret_name = file.file_name().is_some_and(|name| is_environment_file(&name.to_string_lossy()));
    paths.into_iter().flatten().any(|path| {
        let mut expected = file.components();
        let is_way = path.components().all(|given| {
            // Whole directories are withheld, too.
            let Some(expected) = expected.next() else { return true };
            let (given, expected) =
                (given.as_os_str().to_string_lossy(), expected.as_os_str().to_string_lossy());
            given == expected
                || (word.is_glob
                    && given.starts_with('.') == expected.starts_with('.')
                    && globset::Glob::new(&given)
                        .is_ok_and(|glob| glob.compile_matcher().is_match(&*expected)))
        });
        is_way && (is_tree || (expected.next().is_none() && (word.is_glob || !is_secret_name)))
    })
}
