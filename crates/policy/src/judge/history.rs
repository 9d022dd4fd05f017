//! Which commands show what a repository holds of a file, whatever stands in the work tree.

use std::path::{Path, PathBuf};

use crate::paths::Ground;
use crate::rules::find;
use crate::shell::{Unit, Word};

use super::classify::first_operand;
use super::history_limits::{Shown, limits};
use super::invocation::is_spelled;
use super::program::{base_name, program_name};

/// Sub-commands that show, write or pack contents.
const SHOWING: &[&str] = &[
    "show",
    "diff",
    "difftool",
    "range-diff",
    "archive",
    "format-patch",
    "send-email",
    "bundle",
    "fast-export",
    "unpack-file",
    "checkout-index",
    "clone",
    "merge-file",
    "merge-tree",
    "blame",
    "annotate",
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
    "request-pull",
];
/// Those which write a work tree: where it is not the usual one, what they write there is withheld from nobody.
const CHECKING_OUT: &[&str] =
    &["checkout", "restore", "reset", "switch", "read-tree", "merge", "pull", "cherry-pick", "revert"];
/// Those which take what another repository holds: also this one by its path.
const TAKING: &[&str] = &["fetch", "pull", "push", "remote", "submodule"];
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

/// Options that show contents beside these.
const PATCH_TOO: &[&str] =
    &["-p", "-u", "-U", "--patch", "--patch-with-stat", "--patch-with-raw", "--unified", "--binary", "-L"];
/// Variables, and settings of one command, that lead git elsewhere or change what paths and sub-commands mean.
const TURNING: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_ICASE_PATHSPECS",
];
const TURNING_SETTINGS: &[&str] =
    &["core.worktree", "core.bare", "include", "diff.", "stash.", "log.", "format.", "status.", "commit."];
/// Options of git itself that do.
const TURNING_OPTIONS: &[&str] = &["--git-dir", "--work-tree", "--icase-pathspecs", "--config-env"];

/// Whether a program is git or one of its sub-commands by its own name.
pub(crate) fn is_git(program: &str) -> bool {
    program == "git" || program.starts_with("git-")
}

/// The first of the files that git would show, write elsewhere or pack by this command, which is part of a `script`.
pub(crate) fn shown_by_history<'f>(
    unit: &Unit,
    script: &str,
    ground: &Ground<'_>,
    tracked: &'f [PathBuf],
) -> Option<&'f Path> {
    let words = unit.words();
    let program = base_name(program_name(words));
    if words.first().is_some_and(|word| word.is_dynamic) {
        return tracked.first().map(PathBuf::as_path);
    }
    let rest = words.get(1..).filter(|_| is_git(program))?;
    let own_name = program.strip_prefix("git-").map(Word::literal);
    let position = match own_name {
        Some(_) => 0,
        None => first_operand(rest, find("git").map_or(&[], |row| row.valued))?,
    };
    let (leading, rest) = rest.split_at_checked(position)?;
    let (subcommand, arguments) = match &own_name {
        Some(name) => (name, rest),
        None => rest.split_first()?,
    };
    let is_turned = TURNING.iter().any(|name| script.contains(name)) || leading.iter().any(turns);
    let name = subcommand.text.as_str();
    let may_show = CHECKING_OUT.contains(&name) || WITH_PATCH.contains(&name) || name == "status";
    let is_shown = is_turned && may_show || shows_contents(subcommand, arguments);
    if !is_shown {
        return None;
    }
    let from = leading.windows(2).filter(|pair| pair.first().is_some_and(|word| word.text == "-C"));
    let directories = from.fold(unit.simple.directories.clone(), |directories, pair| {
        directories.after_cd(pair.last(), ground.home)
    });
    let shown = if is_turned { Shown::All } else { limits(name, arguments, &directories, ground) };
    tracked.iter().map(PathBuf::as_path).find(|file| shown.includes(file))
}

/// Whether a word before the sub-command makes git look elsewhere, or read paths in another way.
fn turns(word: &Word) -> bool {
    let text = word.text.to_lowercase();
    TURNING_OPTIONS.iter().any(|option| is_spelled(&text, option))
        || TURNING_SETTINGS.iter().any(|setting| text.trim_start_matches("-c").starts_with(setting))
}

fn shows_contents(subcommand: &Word, arguments: &[Word]) -> bool {
    let options = || arguments.iter().take_while(|word| word.text != "--").filter(|word| word.is_option());
    let has = |flags: &[&str]| options().any(|word| flags.iter().any(|flag| is_spelled(&word.text, flag)));
    let is_listing = || {
        options().any(|word| NAMES_ONLY.iter().any(|name| word.text.split('=').next() == Some(*name)))
            && !options().any(|word| PATCH_TOO.iter().any(|flag| word.text.starts_with(flag)))
    };
    let operands = || arguments.iter().filter(|word| !word.is_option());
    match subcommand.text.as_str() {
        _ if subcommand.is_dynamic => true,
        "show" | "diff" => !is_listing(),
        name if SHOWING.contains(&name) => true,
        name if WITH_PATCH.contains(&name) => has(PATCH) && !is_listing(),
        "status" => has(&["-v", "--verbose"]),
        "checkout" | "reset" | "restore" if has(&["-p", "--patch"]) => true,
        "cat-file" => !options().any(|word| matches!(word.text.as_str(), "-t" | "-s" | "-e")),
        // One operand is the pattern, and the work tree is searched.
        "grep" => has(&["--cached"]) || operands().nth(usize::from(!options().any(holds_pattern))).is_some(),
        "worktree" => operands().next().is_some_and(|word| word.text == "add"),
        name if TAKING.contains(&name) => operands().any(is_path),
        // An alias may be anything.
        name => {
            !find("git").is_some_and(|row| row.subcommands.iter().any(|known| known.names.contains(&name)))
        }
    }
}

/// Whether an option of a search is followed by its pattern in the same word: `-eword`.
fn holds_pattern(word: &Word) -> bool {
    !word.text.starts_with("--") && word.text.trim_end_matches(['e', 'f']).contains(['e', 'f'])
}

/// Whether a repository is given by a path.
fn is_path(word: &Word) -> bool {
    word.is_dynamic || word.has_tilde || word.text.starts_with(['.', '/']) || word.text.starts_with("file:")
}
