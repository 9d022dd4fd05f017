//! Builtins of the shell.

use crate::judge::{Entry, Finding, Invocation, Risk, entry};

/// What the shell does itself.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::ReadOnly,
        &[
            ":", "true", "false", "test", "[", "[[", "echo", "printf", "pwd", "cd", "pushd", "popd", "dirs",
            "exit", "return", "break", "continue", "shift", "wait", "jobs", "fg", "bg", "type", "hash",
            "ulimit", "umask", "times", "getopts", "read", "let", "local", "declare", "typeset", "readonly",
            "export", "unset", "set", "shopt", "disown", "history", "help", "caller", "unsetenv",
        ],
        "a builtin of the shell",
    ),
    entry(Risk::Opaque, &["eval"], "eval runs a text as a script"),
    entry(Risk::Opaque, &["exec"], "exec replaces the shell or its streams"),
    entry(Risk::Opaque, &["alias", "unalias"], "an alias gives another meaning to a command"),
    entry(Risk::Opaque, &["trap"], "trap runs a text as a script later on"),
    entry(
        Risk::Opaque,
        &["enable", "bind", "complete", "compgen", "mapfile", "readarray"],
        "it may run code",
    ),
    entry(Risk::Opaque, &["coproc", "parallel", "fc"], "what it runs is not looked through"),
    entry(Risk::ReadOnly, &["source", "."], "it runs a file in this shell").judge(sourced),
    entry(Risk::ReadOnly, &["command", "builtin", "env", "printenv", "time"], "it only shows something"),
    entry(
        Risk::ReadOnly,
        &["timeout", "nice", "nohup", "xargs", "stdbuf", "setsid"],
        "what it runs is judged itself",
    ),
];

/// A name without a slash is looked for in PATH. A file of the workspace is like any script that is run from there; any other is not known.
fn sourced(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    use crate::paths::Place;
    let place = invocation
        .operands()
        .next()
        .filter(|word| !word.is_process && word.text.contains('/'))
        .map(|word| invocation.place(word));
    findings.push(match place {
        Some(Place::Inside | Place::Root) => Finding::new(Risk::Local, "it runs a script of the workspace"),
        _ => Finding::new(Risk::Opaque, "it runs a file that is not of this workspace in this shell"),
    });
}
