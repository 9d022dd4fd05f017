//! Programs that create, move, change and delete files.

use std::path::{Path, PathBuf};

use crate::judge::{Entry, Finding, Flag, Goes, Invocation, Manner, Risk, Targets, entry};
use crate::paths::Place;
use crate::shell::Word;
use crate::touches::copied;

/// File management.
pub(super) const FAMILY: &[Entry] = &[
    entry(Risk::Local, &["touch", "mkdir", "mkfifo", "patch"], "it writes files").targets(Targets::Written),
    entry(Risk::Local, &["cp", "install", "rsync", "link"], "it writes files")
        .targets(Targets::LastWritten)
        .judge(remote)
        .flags(&[Flag::new("--remove-destination", Risk::Deletion, "it deletes what it copies over")]),
    entry(Risk::Local, &["ln"], "it makes links").targets(Targets::LastWritten).judge(linked),
    entry(Risk::Local, &["mv", "rename"], "it moves files").judge(moved),
    entry(Risk::Destructive, &["truncate"], "it cuts files off").targets(Targets::Written),
    entry(Risk::Local, &["chmod", "chgrp", "setfacl"], "it changes permissions")
        .targets(Targets::Written)
        .judge(trees)
        .flags(&[
            Flag::new("-R", Risk::Destructive, "it changes the permissions of whole trees"),
            Flag::new("--recursive", Risk::Destructive, "it changes the permissions of whole trees"),
        ]),
    entry(Risk::Destructive, &["chown"], "it changes the owner of files")
        .targets(Targets::Written)
        .judge(trees),
    entry(Risk::Local, &["zip"], "it packs files").flags(PACKING).judge(moved_in),
    entry(
        Risk::Local,
        &["tar", "unzip", "gzip", "gunzip", "bzip2", "xz", "zstd", "7z", "cpio", "ar"],
        "it packs or unpacks files",
    )
    .flags(PACKING),
];

/// What packers may run or take away.
const PACKING: &[Flag] = &[
    Flag::new("--remove-files", Risk::Deletion, "it deletes what it has packed"),
    Flag::new("-sdel", Risk::Deletion, "it deletes what it has packed"),
    Flag::new("--recursive-unlink", Risk::Destructive, "it deletes trees before it unpacks"),
    Flag::new("--to-command", Risk::Opaque, "it runs another program"),
    Flag::new("--checkpoint-action", Risk::Opaque, "it runs another program"),
    Flag::new("--use-compress-program", Risk::Opaque, "it runs another program"),
    Flag::new("-I", Risk::Opaque, "it runs another program"),
    Flag::new("-F", Risk::Opaque, "it runs another program"),
    Flag::new("--info-script", Risk::Opaque, "it runs another program"),
    Flag::new("--new-volume-script", Risk::Opaque, "it runs another program"),
    Flag::new("--rsh-command", Risk::Opaque, "it runs another program"),
    Flag::new("-TT", Risk::Opaque, "it runs another program"),
    Flag::new("--unzip-command", Risk::Opaque, "it runs another program"),
];

/// `zip -m` takes away what it has packed.
fn moved_in(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.has_any(&["-m", "--move"]) {
        findings.push(Finding::new(Risk::Deletion, "it deletes what it has packed"));
    }
}

/// Whole trees outside of the workspace are as good as lost when their permissions are.
fn trees(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_wide = |word: &Word| matches!(invocation.place(word), Place::Outside | Place::Unknown);
    if invocation.has_any(&["-R", "--recursive"]) && invocation.operands().any(is_wide) {
        findings.push(Finding::new(Risk::Catastrophic, "it changes whole trees outside the workspace"));
    }
}

/// Moving takes the file away from where it was, so that every operand counts.
fn moved(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let last = invocation.operands().count().saturating_sub(1);
    for (position, word) in invocation.operands().enumerate() {
        let place = invocation.place(word);
        let is_target = position == last && last > 0;
        findings.push(match place {
            Place::Root if !is_target => {
                Finding::new(Risk::Catastrophic, "it moves the whole workspace away")
            }
            Place::Protected => {
                Finding::new(Risk::Catastrophic, format!("it moves {}, which is protected", word.text))
            }
            Place::Device => {
                Finding::new(Risk::Catastrophic, format!("it writes to the device {}", word.text))
            }
            Place::Outside => {
                Finding::new(Risk::Outside, format!("it moves {}, outside the workspace", word.text))
            }
            Place::Sink if is_target => Finding::new(Risk::Catastrophic, "it moves files into nothing"),
            Place::Unknown | Place::Root | Place::Inside | Place::Scratch | Place::Sink => {
                Finding::new(Risk::Local, "it moves files")
            }
        });
    }
    findings.extend(replaced(invocation));
}

/// `ln -f` puts the link in the place of what is there.
fn linked(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.has_any(&["-f", "--force"]) {
        findings.extend(replaced(invocation));
    }
}

/// What stands where a file is moved to goes.
fn replaced(invocation: &Invocation<'_>) -> Option<Finding> {
    let spares = |word: &Word| matches!(word.text.as_str(), "-n" | "--no-clobber");
    let (sources, target) = copied(invocation.arguments)?;
    if invocation.arguments.iter().any(spares)
        || !matches!(invocation.place(&target), Place::Inside | Place::Root)
    {
        return None;
    }
    let into = |directory: &PathBuf| -> Vec<PathBuf> {
        let names = sources.iter().filter_map(|source| Path::new(&source.text).file_name());
        names.map(|name| directory.join(name)).collect()
    };
    let targets = invocation.paths(&target);
    let patterns = sources.iter().filter(|source| source.is_glob).flat_map(|source| invocation.paths(source));
    let moved = patterns
        .flat_map(|pattern| targets.iter().map(move |directory| (pattern.clone(), directory.clone())))
        .collect();
    let paths = targets.iter().flat_map(into).chain(targets.clone()).collect();
    let why = format!("it replaces {}", target.text);
    let finding = Finding::new(Risk::Deletion, why).of(paths, Manner::Replaced);
    Some(Finding { goes: finding.goes.map(|goes| Goes { moved, ..goes }), ..finding })
}

/// `rsync` reaches other machines, and may delete what its source does not have.
fn remote(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_remote =
        |text: &str| text.contains("://") || text.split('/').next().is_some_and(|host| host.contains(':'));
    if invocation.operands().any(|word| is_remote(&word.text)) {
        findings.push(Finding::new(Risk::Network, "it copies from or to another machine"));
    }
    let deletes = |text: &str| text.starts_with("--del") || text.starts_with("--remove-source");
    if invocation.arguments.iter().any(|word| deletes(&word.text)) {
        let is_outside = invocation.operands().any(|word| invocation.place(word) >= Place::Outside);
        let risk = if is_outside { Risk::Catastrophic } else { Risk::Destructive };
        findings.push(Finding::new(risk, "it deletes what the other side does not have"));
    }
    if invocation.arguments.iter().any(|word| word.text.starts_with("--rsh") || word.text == "-e") {
        findings.push(Finding::new(Risk::Opaque, "it runs another program to connect"));
    }
}
