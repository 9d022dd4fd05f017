//! To which files it is limited what git shows of a history.

use std::path::{Path, PathBuf};

use crate::paths::{Ground, normalized, resolved};
use crate::shell::{Directories, Word};

/// Sub-commands of which the paths behind `--` limit all that they show.
const LIMITED: &[&str] = &[
    "log",
    "whatchanged",
    "show",
    "diff",
    "grep",
    "format-patch",
    "archive",
    "diff-tree",
    "diff-index",
    "diff-files",
    "add",
    "commit",
];
/// Those of them that show a file which is named by its own hash, or a tag of it, whatever stands behind `--`.
const SHOWING_OBJECTS: &[&str] = &["show", "diff", "grep"];
/// Options beside `REV:path` that show nothing more.
const PLAIN_OPTIONS: &[&str] =
    &["-p", "-e", "-s", "-t", "-w", "--stat", "--textconv", "--color", "--no-color", "--word-diff"];

/// What a command shows of a repository.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Anything: it is not limited, or only running it tells.
    All,
    /// Files at these paths and below them.
    Paths(Vec<PathBuf>),
    /// Files at these paths below the root of the repository, which is above the file or above the workspace.
    OfRevisions(Vec<PathBuf>),
}

impl Shown {
    /// Whether a file of the repository is among it.
    pub(super) fn includes(&self, file: &Path) -> bool {
        match self {
            Self::All => true,
            Self::Paths(paths) => paths.iter().any(|path| file.starts_with(path)),
            Self::OfRevisions(paths) => {
                paths.iter().any(|path| file.ancestors().any(|root| file.starts_with(root.join(path))))
            }
        }
    }
}

/// What a sub-command with these arguments shows, from one of these directories.
pub(super) fn limits(
    subcommand: &str,
    arguments: &[Word],
    directories: &Directories,
    ground: &Ground<'_>,
) -> Shown {
    let limited = match (subcommand, arguments.iter().position(|word| word.text == "--")) {
        ("blame" | "annotate", _) => paths(arguments, directories, ground),
        (_, Some(end)) if LIMITED.contains(&subcommand) => {
            arguments.split_at_checked(end).and_then(|(before, behind)| {
                let behind = behind.get(1..).filter(|_| is_limited(subcommand, before))?;
                paths(behind, directories, ground)
            })
        }
        ("show" | "diff" | "cat-file", None) => of_revisions(arguments, directories, ground),
        (_, _) => None,
    };
    limited.unwrap_or(Shown::All)
}

/// Whether what stands before `--` leaves the paths behind it their meaning.
fn is_limited(subcommand: &str, before: &[Word]) -> bool {
    let operands: Vec<&Word> = before.iter().filter(|word| !word.is_option()).collect();
    let is_whole = |word: &Word| word.is_option() && (word.text.starts_with("--full-d") || word.is_dynamic);
    let revisions = operands.iter().skip(usize::from(subcommand == "grep"));
    let is_object = |word: &&&Word| SHOWING_OBJECTS.contains(&subcommand) && !is_commit(word);
    !before.iter().any(is_whole)
        && !operands.iter().any(|word| word.is_dynamic || word.text.contains(':') && subcommand == "archive")
        && !revisions.clone().any(|word| is_object(&word))
}

/// Whether a revision is a commit for sure, and no file: by the name of `HEAD`, or as a range.
fn is_commit(word: &Word) -> bool {
    let is_step = |character: char| character.is_ascii_digit() || "~^".contains(character);
    let from_head = word.text.strip_prefix("HEAD").or_else(|| word.text.strip_prefix('@'));
    !word.text.contains(':')
        && (word.text.contains("..") || from_head.is_some_and(|steps| steps.chars().all(is_step)))
}

fn paths(words: &[Word], directories: &Directories, ground: &Ground<'_>) -> Option<Shown> {
    let words: Vec<&Word> = words.iter().filter(|word| word.text != "--").collect();
    // The backslash is git's as well.
    let is_plain = |word: &&Word| {
        !word.is_dynamic && !word.text.starts_with(':') && !word.text.contains(['*', '?', '[', '\\'])
    };
    if words.is_empty() || !words.iter().all(is_plain) {
        return None;
    }
    let meant = words.into_iter().map(|word| resolved(word, directories, ground));
    let meant: Vec<_> = meant.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    Some(Shown::Paths(meant.into_iter().collect::<Option<_>>()?))
}

/// What `REV:path`, and nothing else, shows.
fn of_revisions(arguments: &[Word], directories: &Directories, ground: &Ground<'_>) -> Option<Shown> {
    let (options, operands): (Vec<&Word>, Vec<&Word>) = arguments.iter().partition(|word| word.is_option());
    let is_plain = |word: &&Word| PLAIN_OPTIONS.contains(&word.text.split('=').next().unwrap_or_default());
    if operands.is_empty() || !options.iter().all(is_plain) || operands.iter().any(|word| word.is_dynamic) {
        return None;
    }
    let named: Vec<&str> = operands.iter().map(|word| path_of(&word.text)).collect::<Option<_>>()?;
    let is_from_here = |path: &&str| [".", ".."].contains(&path.split('/').next().unwrap_or_default());
    if !named.iter().any(is_from_here) {
        return Some(Shown::OfRevisions(named.iter().map(|path| normalized(Path::new(path))).collect()));
    }
    let words: Vec<Word> = named.iter().copied().map(Word::literal).collect();
    if named.iter().all(is_from_here) { paths(&words, directories, ground) } else { None }
}

/// The path of `REV:path` and `:STAGE:path`, where its end is clear.
fn path_of(text: &str) -> Option<&str> {
    let (revision, path) = text.split_once(':')?;
    let staged = ["0:", "1:", "2:", "3:"].iter().find_map(|stage| path.strip_prefix(stage));
    let path = staged.filter(|_| revision.is_empty()).unwrap_or(path);
    // `:/words`, `REV^{/words}` and `REV@{14:00}` are other names of commits.
    let is_other =
        path.is_empty() || path.starts_with('/') || revision.contains('{') && !revision.contains('}');
    (!is_other).then_some(path)
}
