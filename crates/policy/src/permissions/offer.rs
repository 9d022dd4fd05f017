//! The rule that an approval for longer than once would save.
//!
//! It is never wider than what was shown: a known sub-command may take other arguments (`Bash(cargo add *)`),
//! anything else is offered word for word. What can run anything is not offered with a `*`.

use crate::judge::{Finding, Goes, Part, Risk, base_name, program_name};
use crate::rules::{SHELLS, find};
use crate::shell::Word;

use super::rule::Rule;

/// Longer commands are not worth a rule (characters).
const MAX_LENGTH: usize = 200;

/// What a yes to deleting files that are named saves: their names differ every time. It covers no trees and no patterns.
const DELETIONS: &str = "Delete(./**)";

/// The rule for a part that deletes files by their names and does nothing else that would ask where the sandbox holds it.
pub(crate) fn offer_deletions(part: &Part) -> Option<String> {
    let is_named =
        |finding: &Finding| finding.risk <= Risk::Local || finding.goes.as_ref().is_some_and(Goes::is_named);
    let is_it = part.risk() == Risk::Deletion && part.findings.iter().all(is_named);
    is_it.then(|| DELETIONS.to_owned())
}

/// The rule for one part that asked; `None` when none would be safe, or none would match again.
pub(crate) fn offer(part: &Part) -> Option<String> {
    let words = part.unit.words();
    let is_sayable =
        part.findings.iter().all(|finding| finding.is_coverable || finding.risk == Risk::ReadOnly);
    if !is_sayable || matches!(part.risk(), Risk::Opaque | Risk::Catastrophic) || words.is_empty() {
        return None;
    }
    let is_named = matches!(part.risk(), Risk::Deletion | Risk::Destructive);
    let text = if is_named { None } else { prefix(words) };
    let pattern = text.or_else(|| exact(words))?;
    let rule = format!("Bash({pattern})");
    let matches_again = Rule::parse(&rule).is_ok_and(|rule| rule.permits(&part.unit));
    (matches_again && rule.len() <= MAX_LENGTH).then_some(rule)
}

/// Program and sub-command with any arguments, where the table knows the sub-command.
fn prefix(words: &[Word]) -> Option<String> {
    let program = program_name(words);
    let row = find(program)?;
    if row.subcommands.is_empty() {
        return None;
    }
    let name = words.get(1).filter(|word| is_plain(word))?;
    let known = row.subcommands.iter().find(|entry| entry.names.contains(&name.text.as_str()))?;
    let takes_name =
        matches!(name.text.as_str(), "run" | "run-script" | "fuzz" | "compose" | "tool" | "exec");
    if takes_name || !known.subcommands.is_empty() {
        let inner = words.get(2).filter(|word| is_plain(word))?;
        return Some(format!("{program} {} {} *", name.text, inner.text));
    }
    Some(format!("{program} {} *", name.text))
}

fn is_plain(word: &Word) -> bool {
    !word.is_dynamic
        && !word.text.is_empty()
        && word.text.chars().all(|character| character.is_ascii_alphanumeric() || "-_:.".contains(character))
        && !word.text.starts_with('-')
}

/// The command word for word.
fn exact(words: &[Word]) -> Option<String> {
    let program = base_name(program_name(words));
    let runs_text = words.iter().any(|word| matches!(word.text.as_str(), "-c" | "-e" | "--eval" | "-p"));
    if words.iter().any(|word| word.is_dynamic || word.is_glob || word.text.contains(['*', '\n']))
        || (SHELLS.contains(&program) && words.len() < 2)
        || (find(program).is_some_and(|row| row.risk == Risk::Local && row.judge.is_some()) && runs_text)
    {
        return None;
    }
    let quoted: Option<Vec<String>> = words
        .iter()
        .map(|word| shlex::try_quote(&word.text).ok().map(std::borrow::Cow::into_owned))
        .collect();
    quoted.map(|words| words.join(" "))
}
