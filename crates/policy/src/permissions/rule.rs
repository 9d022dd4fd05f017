//! One rule: its text, the tools it is about, and what of their calls.

use std::path::{Path, PathBuf};

use crate::judge::file_words;
use crate::paths::{Ground, normalized, resolved};
use crate::shell::{Directories, Unit, Word};
use crate::touches::deletes;

use super::domain::matches_domain;
use super::families::Tools;
use super::path::PathPattern;
use super::words::{Strictness, WordPattern};

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not of the form `Tool` or `Tool(pattern)`.
    #[error("the rule \"{0}\" is not of the form Tool or Tool(pattern)")]
    Form(String),
    /// The path pattern is no pattern.
    #[error("the path in the rule \"{rule}\" cannot be read")]
    Path {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
    /// An example which the rule must match is not matched.
    #[error("the rule \"{rule}\" does not match its example \"{example}\"")]
    Unmatched {
        /// The rule.
        rule: String,
        /// The example.
        example: String,
    },
    /// An example which the rule must not match is matched.
    #[error("the rule \"{rule}\" matches \"{example}\", which it says it does not")]
    Matched {
        /// The rule.
        rule: String,
        /// The example.
        example: String,
    },
}

/// A rule, read.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// As a person wrote it.
    pub(crate) text: String,
    /// The tools it is about.
    pub(crate) tools: Tools,
    /// What of their calls.
    pub(crate) scope: Scope,
}

/// What of a tool's calls a rule is about.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// All of them.
    Everything,
    /// Commands.
    Command(WordPattern),
    /// Paths.
    Path(PathPattern),
    /// Domains.
    Domain(String),
    /// A pattern for a tool that takes none.
    Nothing,
}

impl Rule {
    /// Reads a rule.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        let form = || RuleError::Form(text.to_owned());
        let (name, pattern) = match text.split_once('(') {
            Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or_else(form)?)),
            None => (text, None),
        };
        let is_name = |character: char| character.is_ascii_alphanumeric() || "_-*.".contains(character);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(form());
        }
        let tools = Tools::named(name);
        let scope = match pattern {
            None => Scope::Everything,
            Some(pattern) => scope(text, &tools, pattern.trim())?,
        };
        Ok(Self { text: text.to_owned(), tools, scope })
    }

    /// Whether it is about all calls of this tool.
    pub(crate) fn covers_tool(&self, tool: &str) -> bool {
        let is_everything = match &self.scope {
            Scope::Everything => true,
            Scope::Command(pattern) => pattern.is_everything(),
            Scope::Path(_) | Scope::Domain(_) | Scope::Nothing => false,
        };
        is_everything && self.tools.include(tool)
    }

    /// Whether it is about this path of a call of this tool.
    pub(crate) fn matches_path(&self, tool: &str, path: &Path, ground: &Ground<'_>) -> bool {
        self.tools.include(tool)
            && match &self.scope {
                Scope::Everything => true,
                Scope::Path(pattern) => pattern.matches(&normalized(&ground.workspace.join(path)), ground),
                Scope::Command(_) | Scope::Domain(_) | Scope::Nothing => false,
            }
    }

    /// Whether it is about this absolute path; a rule for a whole tool is about every path.
    pub(crate) fn means(&self, path: &Path, ground: &Ground<'_>) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Path(pattern) => pattern.matches(&normalized(path), ground),
            Scope::Command(_) | Scope::Domain(_) | Scope::Nothing => false,
        }
    }

    /// For allow rules: whether it covers the innermost command of a unit.
    pub(crate) fn permits(&self, unit: &Unit) -> bool {
        match &self.scope {
            Scope::Command(pattern) => {
                self.tools.include("shell") && pattern.matches(unit.words(), Strictness::Narrow)
            }
            Scope::Everything => self.tools.include("shell"),
            Scope::Path(_) | Scope::Domain(_) | Scope::Nothing => false,
        }
    }

    /// For deny and ask rules: whether a unit is, runs, reads or writes what this rule is about.
    pub(crate) fn binds(&self, unit: &Unit, ground: &Ground<'_>) -> bool {
        match &self.scope {
            Scope::Everything => {
                self.tools.include("shell") || (self.tools.include("delete") && deletes(unit, ground))
            }
            Scope::Command(pattern) => {
                let plain = without_global_options(unit.words());
                let layers = unit.layers.iter().chain(plain.iter());
                self.tools.include("shell")
                    && layers
                        .into_iter()
                        .any(|words| !words.is_empty() && pattern.matches(words, Strictness::Wide))
            }
            Scope::Path(pattern) => self.binds_words(pattern, unit, ground),
            Scope::Domain(pattern) => {
                words_of(unit).any(|word| is_address(word) && matches_domain(pattern, &word.text))
            }
            Scope::Nothing => false,
        }
    }

    /// `Read` rules bind every word that names a file; rules for writing only those of commands that may write.
    fn binds_words(&self, pattern: &PathPattern, unit: &Unit, ground: &Ground<'_>) -> bool {
        let reads = self.tools.include("read");
        let writes = self.tools.include("edit") || self.tools.include("write");
        let is_bound = |word: &Word| names_path(pattern, word, &unit.simple.directories, ground);
        if reads {
            return words_of(unit).any(is_bound) || is_named_in_code(pattern, unit);
        }
        if self.tools.include("delete") {
            let inside = |word: &Word| Word { text: format!("{}/\u{2026}", word.text), ..word.clone() };
            return deletes(unit, ground)
                && unit.words().iter().skip(1).any(|word| is_bound(word) || is_bound(&inside(word)));
        }
        let targets = unit
            .simple
            .redirects
            .iter()
            .filter(|redirect| redirect.kind == crate::shell::RedirectKind::Writes);
        writes
            && (targets.map(|redirect| &redirect.target).any(is_bound)
                || (may_write(unit) && words_of(unit).any(is_bound)))
    }
}

fn scope(text: &str, tools: &Tools, pattern: &str) -> Result<Scope, RuleError> {
    if let Some(domain) = pattern.strip_prefix("domain:") {
        return Ok(Scope::Domain(domain.trim().to_owned()));
    }
    if tools.include("shell") {
        return Ok(Scope::Command(WordPattern::parse(pattern)));
    }
    let takes_paths =
        ["read", "list", "glob", "grep", "edit", "write", "delete"].iter().any(|tool| tools.include(tool));
    if !takes_paths || pattern.is_empty() {
        return Ok(Scope::Nothing);
    }
    let path =
        PathPattern::parse(pattern).map_err(|source| RuleError::Path { rule: text.to_owned(), source })?;
    Ok(Scope::Path(path))
}

/// Every word of a unit that may name something, redirect targets included.
fn words_of(unit: &Unit) -> impl Iterator<Item = &Word> {
    let arguments = unit.layers.first().into_iter().flatten().chain(unit.words());
    arguments
        .chain(unit.simple.redirects.iter().map(|redirect| &redirect.target))
        .chain(unit.assignments().iter().map(|assignment| &assignment.value))
}

fn may_write(unit: &Unit) -> bool {
    let row = crate::rules::find(crate::judge::base_name(crate::judge::program_name(unit.words())));
    row.is_none_or(|row| row.risk > crate::judge::Risk::ReadOnly || !row.flags.is_empty())
}

/// Code on the command line of an interpreter is not read, but a name in it is seen.
fn is_named_in_code(pattern: &PathPattern, unit: &Unit) -> bool {
    let program = crate::judge::base_name(crate::judge::program_name(unit.words()));
    let Some(name) = pattern.name().filter(|_| crate::rules::is_interpreter(program)) else { return false };
    let codes = unit.words().iter().filter(|word| word.text.contains([' ', '(', ';']));
    codes.into_iter().any(|word| crate::shell::loose_words(&word.text).contains(&name.to_lowercase()))
}

fn names_path(pattern: &PathPattern, word: &Word, directories: &Directories, ground: &Ground<'_>) -> bool {
    file_words(word).iter().any(|word| {
        let is_braces = word.is_dynamic && word.text.contains('{') && !word.text.contains(['$', '`']);
        if !word.is_glob && !is_braces {
            let paths = resolved(word, directories, ground).unwrap_or_default();
            return paths.into_iter().flatten().any(|path| pattern.matches(&path, ground));
        }
        let literal = Word { is_glob: false, is_dynamic: false, ..word.clone() };
        let paths: Vec<PathBuf> =
            resolved(&literal, directories, ground).unwrap_or_default().into_iter().flatten().collect();
        paths.iter().any(|glob| pattern.is_reached_by(glob, ground))
    })
}

fn is_address(word: &Word) -> bool {
    word.text.contains("://") || (!word.is_option() && word.text.contains('.'))
}

/// The command without the options between the program and its sub-command: `git -C x push` is `git push`.
fn without_global_options(words: &[Word]) -> Option<Vec<Word>> {
    let row = crate::rules::find(crate::judge::base_name(crate::judge::program_name(words)))?;
    let (program, rest) = words.split_first()?;
    let position = crate::judge::first_operand(rest, row.valued)?;
    (position > 0)
        .then(|| std::iter::once(program).chain(rest.get(position..).unwrap_or_default()).cloned().collect())
}
