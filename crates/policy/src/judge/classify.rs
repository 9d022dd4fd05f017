//! Finds the row of a command and applies it.

use crate::rules::find;
use crate::shell::{Unit, Word};

use super::entry::Entry;
use super::invocation::Invocation;
use super::program::{base_name, program_name};
use super::risk::{Finding, Risk};
use super::targets::judge_targets;
use crate::paths::Ground;

/// Words which bash reads as grammar after `time`, where the parser takes them for programs.
const RESERVED: &[&str] = &[
    "!", "{", "}", "[[", "]]", "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done",
    "case", "esac", "select", "function", "in", "coproc",
];

/// What the tables say about the innermost command of a unit.
pub(super) fn classify(unit: &Unit, ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    let words = unit.words();
    let Some(first) = words.first() else { return };
    if first.is_dynamic || first.is_glob || first.text.is_empty() {
        return findings.push(Finding::new(Risk::Opaque, "which program runs is only known when it runs"));
    }
    if !first.text.is_ascii() {
        return findings
            .push(Finding::new(Risk::Opaque, "the program's name has letters that only look familiar"));
    }
    if first.text.contains(|character: char| character.is_whitespace() || "|&;<>$`".contains(character)) {
        return findings.push(Finding::new(Risk::Opaque, "the program's name looks like a script"));
    }
    if RESERVED.contains(&first.text.as_str()) {
        return findings.push(Finding::new(
            Risk::Opaque,
            "a word of the shell's grammar stands where it means something else",
        ));
    }
    let program = program_name(words);
    if unit.simple.functions.iter().any(|function| function == program) {
        return findings
            .push(Finding::new(Risk::Catastrophic, "a function calls itself: that may be a fork bomb"));
    }
    let Some(row) = find(base_name(program)) else {
        return findings.push(Finding::new(Risk::Local, "the program is in no table"));
    };
    if base_name(program) != program {
        findings.push(Finding::new(Risk::Local, "the program is not the one of the system"));
    }
    apply_row(row, unit, ground, findings);
}

fn apply_row(row: &'static Entry, unit: &Unit, ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    let words = unit.words().get(1..).unwrap_or_default();
    let is_query =
        matches!(words, [only] if matches!(only.text.as_str(), "--version" | "--help") && !only.is_dynamic);
    if is_query && row.risk < Risk::Privilege {
        return findings.push(Finding::new(Risk::ReadOnly, "it only describes itself"));
    }
    let found = subcommand(row, words);
    let invocation = Invocation {
        arguments: found.arguments,
        leading: found.leading,
        stdin: unit.simple.stdin,
        directories: &unit.simple.directories,
        ground,
    };
    if let Some(judge) = row.judge.filter(|_| !std::ptr::eq(row, found.row)) {
        judge(&Invocation { arguments: words, ..invocation }, findings);
    }
    if found.is_dynamic {
        findings.push(Finding::new(Risk::Opaque, "its sub-command is only known when it runs"));
    }
    apply(found.row, &invocation, findings);
}

struct Found<'w> {
    row: &'static Entry,
    leading: &'w [Word],
    arguments: &'w [Word],
    is_dynamic: bool,
}

/// The row of the deepest known sub-command, and the words before and after it.
fn subcommand<'w>(row: &'static Entry, words: &'w [Word]) -> Found<'w> {
    let mut found = Found { row, leading: &[], arguments: words, is_dynamic: false };
    while !found.row.subcommands.is_empty() {
        let Some(position) = first_operand(found.arguments, found.row.valued) else { break };
        let (before, rest) = found.arguments.split_at_checked(position).unwrap_or_default();
        let Some((name, after)) = rest.split_first() else { break };
        if found.leading.is_empty() {
            found.leading = before;
        }
        if name.is_dynamic || before.iter().any(|word| word.starts_dynamic) {
            found.is_dynamic = true;
            break;
        }
        let Some(next) = found.row.subcommands.iter().find(|next| next.names.contains(&name.text.as_str()))
        else {
            break;
        };
        (found.row, found.arguments) = (next, after);
    }
    found
}

/// The position of the first word that is neither an option nor the value of one.
pub(crate) fn first_operand(words: &[Word], valued: &[&str]) -> Option<usize> {
    let mut skips_value = false;
    words.iter().position(|word| {
        if skips_value {
            skips_value = false;
            return false;
        }
        skips_value = valued.contains(&word.text.as_str());
        !word.is_option() && !word.text.starts_with('+')
    })
}

fn apply(row: &Entry, invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    findings.push(Finding::new(row.risk, row.why));
    for flag in row.flags.iter().filter(|flag| invocation.has(flag.spelling)) {
        findings.push(Finding::new(flag.risk, flag.why));
    }
    let is_open = invocation.arguments.iter().any(|word| word.starts_dynamic);
    if is_open && !(row.flags.is_empty() && row.judge.is_none()) {
        findings.push(Finding::new(Risk::Local, "an option may hide in what is only known when it runs"));
    }
    judge_targets(row.targets, invocation, findings);
    if let Some(judge) = row.judge {
        judge(invocation, findings);
    }
}
