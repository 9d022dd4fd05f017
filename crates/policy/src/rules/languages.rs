//! Interpreters of other languages.

use crate::judge::{Entry, Finding, Invocation, Risk, base_name, entry, write_finding};
use crate::paths::Place;
use crate::shell::{Stdin, Unit, Word, catastrophic_mention, deletion_mention};

/// Interpreters, and editors which run scripts.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::Local,
        &[
            "python",
            "python2",
            "python3",
            "python3.10",
            "python3.11",
            "python3.12",
            "python3.13",
            "python3.14",
            "pypy",
            "pypy3",
            "node",
            "nodejs",
            "bun",
            "deno",
            "ruby",
            "perl",
            "php",
            "lua",
            "luajit",
            "Rscript",
            "R",
            "julia",
            "tclsh",
            "expect",
            "osascript",
            "groovy",
            "scala",
            "ghci",
            "runghc",
            "ocaml",
            "elixir",
            "iex",
            "erl",
            "racket",
            "guile",
            "sqlite3",
            "ipython",
            "irb",
            "tsx",
            "ts-node",
            "jshell",
            "m4",
        ],
        "it runs a program",
    )
    .judge(interpreter),
    entry(Risk::Local, &["ed", "ex", "vi", "vim", "nvim", "emacs", "nano", "micro", "hx"], "it edits files")
        .judge(editor),
];

/// A program it is fed is not known, unless the script holds it; one on the command line is looked over for the worst words.
fn interpreter(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.arguments.iter().any(Word::is_stream) {
        findings.push(Finding::new(Risk::Opaque, "it runs what it is fed"));
    }
    if invocation.stdin == Stdin::Fed && reads_program(invocation.arguments) {
        findings.push(Finding::new(Risk::Opaque, "it runs what it is fed"));
    }
    mentioned(invocation, findings);
    edited(invocation, findings);
    module(invocation.arguments, findings);
}

/// Whether an interpreter with these arguments takes its program from its standard input.
fn reads_program(arguments: &[Word]) -> bool {
    let has_program = arguments.iter().any(|word| word.text != "-" && !word.text.starts_with("--"));
    arguments.iter().any(|word| word.text == "-") || !has_program
}

/// Takes the program that an interpreter is fed, where the script holds it, for one on the command line, so that everything
/// which is asked of such a word is asked of it.
pub(crate) fn take_program(unit: &mut Unit) {
    let Some((program, arguments)) = unit.words().split_first() else { return };
    if !is_interpreter(base_name(&program.text)) || !reads_program(arguments) {
        return;
    }
    if let Some(text) = unit.simple.fed.take()
        && let Some(words) = unit.layers.last_mut()
    {
        words.push(Word::literal(text));
        unit.simple.stdin = Stdin::Inherited;
    }
}

/// A program text that can run commands is looked over for the worst words.
pub(super) fn mentioned(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut codes = invocation.arguments.iter().filter(|word| word.text.contains([' ', '(', ';']));
    if let Some(mention) = codes.find_map(|word| catastrophic_mention(&word.text)) {
        findings.push(Finding::new(Risk::Catastrophic, format!("its program mentions {mention}")));
    }
    let mut programs = invocation.arguments.iter().filter(|word| !is_plain_name(&word.text));
    if let Some(mention) = programs.find_map(|word| deletion_mention(&word.text)) {
        findings.push(Finding::new(Risk::Deletion, format!("its program mentions {mention}")));
    }
}

/// Whether a word can be hardly anything but an option or the name of a file.
fn is_plain_name(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || "-_./=+:,".contains(letter))
}

/// A script, a program or a recipe behind `-f` that is no file, but what the command is fed.
pub(super) fn fed(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_fed = |word: &Word| {
        let long = word.text.strip_prefix("--").and_then(|long| long.split_once('='));
        let short = word.text.strip_prefix('-').filter(|short| !short.starts_with('-'));
        let value =
            long.or_else(|| short.and_then(|letters| letters.split_once('f'))).map(|(_, value)| value);
        value.is_some_and(|value| value == "-" || Word::literal(value).is_stream())
    };
    let follows = |option: &Word, value: &Word| {
        let takes_file = matches!(option.text.as_str(), "--file" | "--makefile")
            || (option.is_option() && !option.text.starts_with("--") && option.text.ends_with('f'));
        takes_file && (value.text == "-" || value.is_stream())
    };
    let words = invocation.arguments;
    if words.iter().any(is_fed)
        || words.iter().zip(words.iter().skip(1)).any(|(option, value)| follows(option, value))
    {
        findings.push(Finding::new(Risk::Opaque, "it runs what it is fed"));
    }
}

/// What `perl -i` and editors are given, they write.
fn edited(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let writes = |word: &&Word| invocation.place(word) >= Place::Protected;
    let edits_in_place = invocation.arguments.iter().any(|word| {
        let cluster = word.text.strip_prefix('-').unwrap_or_default();
        cluster.starts_with(['i', 'p', 'n']) && cluster.contains('i')
    });
    if edits_in_place {
        findings.extend(
            invocation.operands().filter(writes).map(|word| write_finding(word, invocation.place(word))),
        );
    }
}

/// Editors: all they are given may be written.
fn editor(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    findings.extend(invocation.operands().map(|word| write_finding(word, invocation.place(word))));
    interpreter(invocation, findings);
}

/// Whether a program runs code from its command line.
pub(crate) fn is_interpreter(program: &str) -> bool {
    FAMILY.iter().any(|entry| entry.names.contains(&program))
}

/// `python -m pip install` and the like reach the network.
fn module(arguments: &[Word], findings: &mut Vec<Finding>) {
    let mut words = arguments.iter().map(|word| word.text.as_str());
    let name = if words.any(|word| word == "-m") { words.next() } else { None };
    match name {
        Some("pip" | "ensurepip" | "pipx" | "uv" | "poetry" | "http.client" | "ftplib" | "smtplib") => {
            findings.push(Finding::new(Risk::Network, "it may fetch packages"));
        }
        Some("twine") => findings.push(Finding::new(Risk::Publish, "it publishes a package")),
        Some(_) | None => {}
    }
    let first = arguments.first().map(|word| word.text.as_str());
    if matches!(first, Some("install" | "add" | "update" | "x" | "create" | "upgrade")) {
        findings.push(Finding::new(Risk::Network, "it may fetch packages"));
    }
}
