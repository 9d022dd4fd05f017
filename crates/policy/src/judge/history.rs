//! Which commands show what a repository holds of a file, whatever stands in the work tree.

use std::path::{Path, PathBuf};

use crate::paths::{Ground, resolved};
use crate::rules::find;
use crate::shell::{Unit, Word};

use super::classify::first_operand;
use super::invocation::is_spelled;
use super::program::{base_name, program_name};

/// Sub-commands that show, write or pack contents.
const SHOWING: &[&str] = &[
    "show",
    "diff",
    "range-diff",
    "archive",
    "format-patch",
    "bundle",
    "fast-export",
    "unpack-file",
    "checkout-index",
    "clone",
    "merge-file",
];
/// Those which do with an option.
const WITH_PATCH: &[&str] = &[
    "log",
    "whatchanged",
    "reflog",
    "stash",
    "diff-tree",
    "diff-index",
    "diff-files",
    "rev-list",
    "add",
    "commit",
    "am",
    "rebase",
];
const PATCH: &[&str] = &[
    "-p",
    "-u",
    "-U",
    "-S",
    "-G",
    "-L",
    "-c",
    "-i",
    "-v",
    "--patch",
    "--patch-with-stat",
    "--patch-with-raw",
    "--unified",
    "--word-diff",
    "--word-diff-regex",
    "--color-words",
    "--ext-diff",
    "--textconv",
    "--binary",
    "--cc",
    "--dd",
    "--diff-merges",
    "--remerge-diff",
    "--function-context",
    "--interactive",
    "--verbose",
    "--show-current-patch",
];
/// Options with which only names and numbers are shown; spelled out, since a beginning may mean something else.
const NAMES_ONLY: &[&str] = &[
    "--stat",
    "--shortstat",
    "--numstat",
    "--dirstat",
    "--summary",
    "--name-only",
    "--name-status",
    "--raw",
    "--quiet",
    "--no-patch",
    "-s",
];

/// The first of the files that git would show, write elsewhere or pack by this command.
pub(crate) fn shown_by_history<'f>(
    unit: &Unit,
    ground: &Ground<'_>,
    tracked: &'f [PathBuf],
) -> Option<&'f Path> {
    let words = unit.words();
    let program = base_name(program_name(words));
    let rest = words.get(1..).filter(|_| program == "git")?;
    let position = first_operand(rest, find("git").map_or(&[], |row| row.valued))?;
    let (subcommand, arguments) = (rest.get(position)?, rest.get(position.checked_add(1)?..)?);
    if !shows_contents(subcommand, arguments) {
        return None;
    }
    let wanted = wanted(arguments, unit, ground);
    let mut shown = tracked.iter().map(PathBuf::as_path);
    shown.find(|file| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|path| file.starts_with(path))))
}

fn shows_contents(subcommand: &Word, arguments: &[Word]) -> bool {
    let options = || arguments.iter().take_while(|word| word.text != "--").filter(|word| word.is_option());
    let has_patch = || options().any(|word| PATCH.iter().any(|flag| is_spelled(&word.text, flag)));
    let is_listing = || {
        options().any(|word| NAMES_ONLY.iter().any(|name| word.text.split('=').next() == Some(*name)))
            && !options().any(|word| matches!(word.text.as_str(), "-p" | "-u" | "--patch"))
    };
    let operands = || arguments.iter().filter(|word| !word.is_option());
    match subcommand.text.as_str() {
        _ if subcommand.is_dynamic => true,
        "show" | "diff" => !is_listing(),
        name if SHOWING.contains(&name) => true,
        name if WITH_PATCH.contains(&name) => has_patch() && !is_listing(),
        "cat-file" => !options().any(|word| matches!(word.text.as_str(), "-t" | "-s" | "-e")),
        // One operand is the pattern, and the work tree is searched.
        "grep" => options().any(|word| word.text == "--cached") || operands().nth(1).is_some(),
        "worktree" => operands().next().is_some_and(|word| word.text == "add"),
        // An alias may be anything.
        name => {
            !find("git").is_some_and(|row| row.subcommands.iter().any(|known| known.names.contains(&name)))
        }
    }
}

/// The paths to which what is shown is limited; `None` when it is not, or when only running tells.
fn wanted(arguments: &[Word], unit: &Unit, ground: &Ground<'_>) -> Option<Vec<PathBuf>> {
    let limits: Vec<Word> = match arguments.iter().position(|word| word.text == "--") {
        Some(end) => arguments.get(end.checked_add(1)?..)?.to_vec(),
        // `REV:path`, and nothing else.
        None => arguments
            .iter()
            .filter(|word| !word.is_option())
            .map(|word| word.text.split_once(':').filter(|(_, path)| !path.is_empty()).map(|(_, path)| path))
            .map(|path| path.map(Word::literal))
            .collect::<Option<_>>()?,
    };
    let is_plain =
        |word: &Word| !word.is_dynamic && !word.text.starts_with(':') && !word.text.contains(['*', '?', '[']);
    if limits.is_empty() || !limits.iter().all(is_plain) {
        return None;
    }
    let meant = limits.iter().map(|word| resolved(word, &unit.simple.directories, ground));
    meant.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect()
}
