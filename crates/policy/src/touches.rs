//! Which files of the workspace a command names and may change, so that they can be kept before it runs.
//!
//! *Invariant:* a pure function of the command; it may name a file that stays as it is, and what only running it will tell
//! (variables, patterns of other programs, scripts) it does not name. *Not here:* what is at those paths.

use std::path::{Path, PathBuf};

use crate::judge::{Risk, base_name, judge_unit, program_name};
use crate::paths::{Ground, normalized, resolved};
use crate::shell::{Directories, RedirectKind, Unit, Word, read, units};

/// Something that a command names and may change. Paths are absolute and may hold patterns of the shell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    /// A file that is written, whether it is there yet or not.
    File(PathBuf),
    /// A file or directory that goes, with all it holds.
    Tree(PathBuf),
    /// What is copied or moved to a place: to its name, or into it where it is a directory.
    Copy {
        /// What is copied, with all it holds.
        from: PathBuf,
        /// Where to.
        to: PathBuf,
    },
    /// A file that a program is given which may change files.
    Named(PathBuf),
    /// What git has not committed, below here.
    Uncommitted(PathBuf),
}

impl Touch {
    /// The path that may change.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Tree(path) | Self::Named(path) | Self::Uncommitted(path) => path,
            Self::Copy { to, .. } => to,
        }
    }
}

/// Programs that delete what they are given.
const DELETING: &[&str] =
    &["rm", "unlink", "rmdir", "trash", "trash-put", "del", "del-cli", "rimraf", "shred"];
/// Programs whose last operand is where the others go.
const COPYING: &[&str] = &["cp", "mv", "install", "ln", "link", "rsync"];
/// Programs that write all that they are given.
const WRITING: &[&str] = &["touch", "tee", "truncate", "chmod", "chown", "chgrp", "setfacl", "sponge"];
/// Programs of which the first operand says what to change the others to.
const CHANGING: &[&str] = &["chmod", "chown", "chgrp"];
/// Programs whose words are no files.
const TALKING: &[&str] = &["echo", "printf", "cd", "export", "set", "mkdir"];
/// Options of copying programs whose value is the next word.
const VALUED: &[&str] = &["-t", "--target-directory", "-m", "--mode", "-o", "-g", "-S"];
/// The same of those that write what they are given.
const SIZED: &[&str] = &["-s", "--size", "-r", "-d", "-t"];
/// Sub-commands of git that change files of the working tree.
const GIT_TREE: &[&str] = &[
    "checkout",
    "restore",
    "reset",
    "clean",
    "stash",
    "switch",
    "rm",
    "mv",
    "apply",
    "merge",
    "pull",
    "rebase",
    "revert",
    "cherry-pick",
    "checkout-index",
    "read-tree",
];

/// What a command names and may change inside the workspace, in the order of paths.
pub fn touches(command: &str, workspace: &Path, home: Option<&Path>) -> Vec<Touch> {
    let ground = Ground { workspace, home };
    let (found, _) = units(read(command, workspace, home), home);
    let mut touches: Vec<Touch> = found.into_iter().flat_map(|unit| Looking::at(unit, &ground)).collect();
    touches.sort();
    touches.dedup();
    touches
}

/// One unit, and what was found of it.
struct Looking<'a> {
    ground: &'a Ground<'a>,
    directories: Directories,
    found: Vec<Touch>,
}

impl<'a> Looking<'a> {
    fn at(unit: Unit, ground: &'a Ground<'a>) -> Vec<Touch> {
        let mut looking = Self { ground, directories: unit.simple.directories.clone(), found: Vec::new() };
        for redirect in unit.simple.redirects.iter().filter(|redirect| redirect.kind == RedirectKind::Writes)
        {
            looking.each(&redirect.target, Touch::File);
        }
        let words = unit.words().to_vec();
        let program = base_name(program_name(&words)).to_owned();
        let arguments = words.get(1..).unwrap_or_default();
        match program.as_str() {
            name if DELETING.contains(&name) => looking.all(operands(arguments, &[]), Touch::Tree),
            name if COPYING.contains(&name) => looking.copied(name, arguments),
            name if WRITING.contains(&name) => {
                let is_like = arguments.iter().any(|word| word.text.starts_with("--reference"));
                let skipped = usize::from(CHANGING.contains(&name) && !is_like);
                looking.all(operands(arguments, SIZED).skip(skipped), Touch::File);
            }
            name if TALKING.contains(&name) => {}
            "find" => looking.found_by(arguments),
            "git" => looking.git(arguments),
            "dd" => {
                let targets = arguments.iter().filter_map(|word| valued(word, "of="));
                targets.for_each(|word| looking.each(&word, Touch::File));
            }
            _other => looking.named(unit),
        }
        looking.found
    }

    /// The paths inside the workspace that a word may mean.
    fn paths(&self, word: &Word) -> Vec<PathBuf> {
        let whole = Word { is_glob: false, ..word.clone() };
        let workspace = normalized(self.ground.workspace);
        let places = resolved(&whole, &self.directories, self.ground).unwrap_or_default();
        let inside = places.into_iter().flatten().filter(|path| path.starts_with(&workspace));
        let mut paths: Vec<PathBuf> = inside.collect();
        // What stands for anything below a directory is that directory.
        if word.is_glob {
            for path in paths.iter_mut().filter(|path| path.ends_with("?*")) {
                path.pop();
            }
        }
        paths
    }

    fn each(&mut self, word: &Word, touch: fn(PathBuf) -> Touch) {
        let paths = self.paths(word);
        self.found.extend(paths.into_iter().map(touch));
    }

    fn all<'w>(&mut self, words: impl Iterator<Item = &'w Word>, touch: fn(PathBuf) -> Touch) {
        words.for_each(|word| self.each(word, touch));
    }

    /// The sources of a copy or a move, and where they go.
    fn copied(&mut self, program: &str, arguments: &[Word]) {
        let Some((sources, target)) = copied(arguments) else { return };
        let targets = self.paths(&target);
        for source in sources {
            // Where it is copied from may be outside; its name is what counts.
            let from = resolved(&Word { is_glob: false, ..source.clone() }, &self.directories, self.ground);
            for from in from.unwrap_or_default().into_iter().flatten() {
                let copies = targets.iter().map(|to| Touch::Copy { from: from.clone(), to: to.clone() });
                self.found.extend(copies);
            }
            if program == "mv" {
                self.each(source, Touch::Tree);
            }
        }
    }

    /// `find … -delete`: what is below where it begins.
    fn found_by(&mut self, arguments: &[Word]) {
        if arguments.iter().any(|word| word.text == "-delete") {
            let starts = arguments.iter().take_while(|word| !word.text.starts_with(['-', '(', '!']));
            let starts: Vec<&Word> = starts.collect();
            let here = Word::literal(".");
            let starts = if starts.is_empty() { vec![&here] } else { starts };
            self.all(starts.into_iter(), Touch::Tree);
        }
    }

    /// What a sub-command of git may overwrite: what it is given, or all that is not committed.
    fn git(&mut self, arguments: &[Word]) {
        let Some(at) = arguments.iter().position(|word| GIT_TREE.contains(&word.text.as_str())) else {
            return;
        };
        let leading = arguments.get(..at).unwrap_or_default();
        for place in leading.windows(2).filter(|pair| pair.first().is_some_and(|word| word.text == "-C")) {
            self.directories = self.directories.after_cd(place.last(), self.ground.home);
        }
        let name = arguments.get(at).map(|word| word.text.as_str()).unwrap_or_default();
        let rest = arguments.get(at + 1..).unwrap_or_default();
        match name {
            "rm" => self.all(operands(rest, &[]), Touch::Tree),
            "mv" => self.copied("mv", rest),
            _tree => {
                let given: Vec<&Word> = operands(rest, &[]).collect();
                let names_files = matches!(name, "checkout" | "restore" | "clean") && !given.is_empty();
                if names_files {
                    self.all(given.into_iter(), Touch::Uncommitted);
                } else {
                    self.each(&Word::literal("."), Touch::Uncommitted);
                }
                // A branch or a commit stands where a file may stand.
                if name != "clean" && !rest.iter().any(|word| word.text == "--") {
                    self.each(&Word::literal("."), Touch::Uncommitted);
                }
            }
        }
    }

    /// The files that a program is given which does more than read.
    fn named(&mut self, unit: Unit) {
        let words = unit.words().to_vec();
        if judge_unit(unit, self.ground).risk() > Risk::ReadOnly {
            for word in words.iter().skip(1) {
                let value = word
                    .text
                    .split_once('=')
                    .map(|(_, value)| Word { text: value.to_owned(), ..word.clone() });
                let named = if word.is_option() { value } else { Some(word.clone()) };
                if let Some(word) = named {
                    self.each(&word, Touch::Named);
                }
            }
        }
    }
}

/// What the arguments of a copying program say: the sources, and where they go.
pub(crate) fn copied(arguments: &[Word]) -> Option<(Vec<&Word>, Word)> {
    let mut given: Vec<&Word> = operands(arguments, VALUED).collect();
    let target = match target_directory(arguments) {
        Some(target) => target,
        None => given.pop()?.clone(),
    };
    Some((given, target))
}

/// Whether a unit deletes what it is given.
pub(crate) fn deletes(unit: &Unit, ground: &Ground<'_>) -> bool {
    let program = base_name(program_name(unit.words()));
    let is_tree = |touch: &Touch| matches!(touch, Touch::Tree(_));
    let moves = program == "mv" || (program == "git" && unit.words().iter().any(|word| word.text == "mv"));
    !moves && Looking::at(unit.clone(), ground).iter().any(is_tree)
}

/// The words that are no options and no values of them; after `--` every one.
fn operands<'w>(arguments: &'w [Word], valued: &'static [&'static str]) -> impl Iterator<Item = &'w Word> {
    let (mut skips, mut is_plain) = (false, false);
    arguments.iter().filter(move |word| {
        if is_plain {
            return true;
        }
        is_plain = word.text == "--";
        let is_value = std::mem::replace(&mut skips, valued.contains(&word.text.as_str()));
        !is_value && !is_plain && !word.is_option()
    })
}

/// The value of `-t DIR` or `--target-directory=DIR`.
fn target_directory(arguments: &[Word]) -> Option<Word> {
    let options = || arguments.iter().take_while(|word| word.text != "--");
    let joined = options().find_map(|word| valued(word, "--target-directory="));
    let at = options().position(|word| matches!(word.text.as_str(), "-t" | "--target-directory"));
    joined.or_else(|| arguments.get(at? + 1).cloned())
}

fn valued(word: &Word, prefix: &str) -> Option<Word> {
    let value = word.text.strip_prefix(prefix).filter(|value| !value.is_empty())?;
    Some(Word { text: value.to_owned(), ..word.clone() })
}
