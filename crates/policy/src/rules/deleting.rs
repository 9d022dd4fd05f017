//! Programs that delete files.

use crate::judge::{Entry, Finding, Invocation, Risk, Targets, delete_finding, entry, group};

/// Deleting by name. What is deleted with all it holds, or by a pattern, is graver by its operands.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::Local,
        &["rm", "unlink", "trash", "trash-put", "rmtrash", "gvfs-trash", "del"],
        "it deletes files",
    )
    .targets(Targets::Deleted),
    entry(Risk::Local, &["rmdir"], "it removes empty directories").judge(emptied),
    entry(Risk::Destructive, &["rimraf", "del-cli"], "it deletes files with all they hold")
        .targets(Targets::Deleted),
    group(&["gio"], &[entry(Risk::Deletion, &["trash", "remove"], "it deletes files")]),
    group(
        &["hg", "svn", "fossil", "bzr", "darcs"],
        &[
            entry(Risk::Deletion, &["rm", "remove", "delete", "del"], "it deletes tracked files"),
            entry(Risk::Destructive, &["revert", "purge", "clean"], "it throws uncommitted work away"),
            entry(
                Risk::Network,
                &["push", "pull", "clone", "sync", "update", "up", "checkout", "co", "commit", "ci"],
                "it may talk to another repository",
            ),
        ],
    ),
];

/// A directory that holds something stays.
fn emptied(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let found = invocation.operands().map(|word| delete_finding(word, invocation, false));
    findings.extend(found.map(|finding| match finding.risk {
        Risk::Deletion => Finding::new(Risk::Local, "it removes empty directories"),
        _ => finding,
    }));
}

/// `git rm`: the files of the work tree, unless only the index is changed. Its patterns are git's, not the shell's.
pub(super) fn of_index(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let spares = |word: &crate::shell::Word| matches!(word.text.as_str(), "--cached" | "-n" | "--dry-run");
    if invocation.arguments.iter().take_while(|word| word.text != "--").any(spares) {
        return;
    }
    if !invocation.leading.is_empty() {
        findings.push(Finding::new(Risk::Deletion, "it deletes tracked files"));
    }
    if invocation.has("--pathspec-from-file") {
        findings.push(Finding::new(Risk::Destructive, "what it deletes stands in a file"));
    }
    let is_recursive = invocation.has("-r");
    findings.extend(invocation.operands().map(|word| {
        if word.text.starts_with(':') || word.text.contains(['*', '?', '[']) {
            let why = format!("it deletes every file that {} matches", word.text);
            return Finding::new(Risk::Destructive, why);
        }
        delete_finding(word, invocation, is_recursive)
    }));
}
