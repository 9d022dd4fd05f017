//! Shells that run scripts.

use crate::judge::{Entry, Finding, Invocation, Risk, entry};
use crate::shell::{Stdin, Word};

/// The programs whose `-c` is read as a script.
pub(crate) const SHELLS: &[&str] = &["bash", "sh", "dash", "zsh", "ksh", "ash", "mksh"];

/// Shells.
pub(super) const FAMILY: &[Entry] = &[
    entry(Risk::ReadOnly, SHELLS, "what it runs is judged itself").judge(shell),
    entry(
        Risk::Opaque,
        &["fish", "csh", "tcsh", "nu", "pwsh", "powershell", "cmd", "elvish", "xonsh"],
        "its scripts are not read",
    ),
];

/// A script from its input, or from nowhere, is not known; a script file is like any program of the workspace.
fn shell(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_option = |word: &Word| word.is_option() && !word.text.starts_with("--");
    if invocation
        .arguments
        .iter()
        .take_while(|word| word.is_option())
        .any(|word| is_option(word) && word.text.contains('c'))
    {
        return;
    }
    let script = invocation.operands().find(|word| word.text != "-");
    findings.push(match script {
        _ if invocation.has("-s") => Finding::new(Risk::Opaque, "it runs what it is fed"),
        Some(word) if word.is_stream() => Finding::new(Risk::Opaque, "it runs what it is fed"),
        Some(_) => Finding::new(Risk::Local, "it runs a script file"),
        None if invocation.stdin == Stdin::Fed => Finding::new(Risk::Opaque, "it runs what it is fed"),
        None => Finding::new(Risk::Opaque, "it starts a shell"),
    });
}
