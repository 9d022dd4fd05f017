//! What it means to write or delete at a place.

use std::borrow::Cow;

use crate::paths::Place;
use crate::shell::Word;

use super::entry::Targets;
use super::invocation::Invocation;
use super::risk::{Finding, Manner, Risk};

/// Judges the operands of a command.
pub(crate) fn judge_targets(targets: Targets, invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    match targets {
        Targets::None => {}
        Targets::Written => written(invocation.operands(), invocation, findings),
        Targets::LastWritten => {
            written(invocation.operands().next_back().into_iter(), invocation, findings);
            written(target_directories(invocation.arguments).iter(), invocation, findings);
        }
        Targets::Deleted => deleted(invocation, findings),
    }
}

/// The values of `-t DIR` and `--target-directory=DIR`.
fn target_directories(arguments: &[Word]) -> Vec<Word> {
    let mut found = Vec::new();
    let mut previous_is_flag = false;
    for word in arguments {
        let value = word.text.strip_prefix("--target-directory=").or_else(|| word.text.strip_prefix("-t"));
        if previous_is_flag {
            found.push(word.clone());
        } else if let Some(value) = value.filter(|value| !value.is_empty()) {
            found.push(Word { text: value.to_owned(), ..word.clone() });
        }
        previous_is_flag = matches!(word.text.as_str(), "-t" | "--target-directory");
    }
    found
}

fn written<'w>(
    words: impl Iterator<Item = &'w Word>,
    invocation: &Invocation<'_>,
    findings: &mut Vec<Finding>,
) {
    findings.extend(words.map(|word| write_finding(word, invocation.place(word))));
}

/// What writing this word's file amounts to.
pub(crate) fn write_finding(word: &Word, place: Place) -> Finding {
    let shown = &word.text;
    let (risk, why): (Risk, Cow<'static, str>) = match place {
        Place::Sink => (Risk::ReadOnly, "nothing is kept".into()),
        Place::Inside | Place::Scratch | Place::Root => (Risk::Local, "it writes files".into()),
        Place::Unknown => (Risk::Local, "where it writes is only known when it runs".into()),
        Place::Outside => (Risk::Outside, format!("it writes {shown}, outside the workspace").into()),
        Place::Protected => {
            (Risk::Catastrophic, format!("it writes {shown}, which is protected configuration").into())
        }
        Place::Device => (Risk::Catastrophic, format!("it writes to the device {shown}").into()),
    };
    Finding::new(risk, why)
}

fn deleted(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_recursive = invocation.has_any(&["-r", "-R", "--recursive"]);
    if is_recursive && invocation.has("--no-preserve-root") {
        findings
            .push(Finding::new(Risk::Catastrophic, "it is told not to spare the root of the file system"));
    }
    for word in invocation.operands() {
        findings.push(delete_finding(word, invocation, is_recursive));
    }
}

/// What deleting this word's file or tree amounts to.
pub(crate) fn delete_finding(word: &Word, invocation: &Invocation<'_>, is_recursive: bool) -> Finding {
    let (shown, place) = (&word.text, invocation.place(word));
    let (risk, why): (Risk, Cow<'static, str>) = match place {
        Place::Inside if is_recursive => {
            (Risk::Destructive, format!("it deletes {shown} with all it holds").into())
        }
        Place::Inside if word.is_glob => {
            (Risk::Destructive, format!("it deletes every file that {shown} matches").into())
        }
        Place::Inside => {
            let why = format!("it deletes {shown}");
            return Finding::new(Risk::Deletion, why).of(invocation.paths(word), Manner::Deleted);
        }
        Place::Sink => (Risk::Local, "it deletes named files".into()),
        Place::Unknown if is_recursive => (
            Risk::Catastrophic,
            format!("what it deletes with all it holds is only known when it runs: {shown}").into(),
        ),
        Place::Unknown => {
            (Risk::Destructive, format!("what it deletes is only known when it runs: {shown}").into())
        }
        Place::Root => (Risk::Catastrophic, "it deletes the whole workspace".into()),
        Place::Scratch | Place::Outside => {
            (Risk::Catastrophic, format!("it deletes {shown}, outside the workspace").into())
        }
        Place::Protected => (Risk::Catastrophic, format!("it deletes {shown}, which is protected").into()),
        Place::Device => (Risk::Catastrophic, format!("it deletes the device {shown}").into()),
    };
    Finding::new(risk, why)
}
