//! What the terminal says it can do.

use std::io::IsTerminal as _;

use super::finding::Section;

pub(super) fn check() -> Section {
    let mut section = Section::new("terminal");
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    section.ok("TERM", variable("TERM").unwrap_or_else(|| "not set".to_owned()));
    section.ok("COLORTERM", variable("COLORTERM").unwrap_or_else(|| "not set".to_owned()));
    if variable("NO_COLOR").is_some() {
        section.note("NO_COLOR", "set: no colours");
    }
    let streams = [
        ("standard input", std::io::stdin().is_terminal()),
        ("standard output", std::io::stdout().is_terminal()),
    ];
    for (name, is_terminal) in streams {
        section.ok(name, if is_terminal { "a terminal" } else { "no terminal" });
    }
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout()) {
        section.ok("size", format!("{} columns, {} rows", size.ws_col, size.ws_row));
    }
    section
}
