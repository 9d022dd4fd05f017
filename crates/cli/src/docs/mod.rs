//! The reference pages in docs/reference: written from the program itself, kept current by these tests.

mod commands;
mod events;
mod repl_helpers;
mod settings;
mod spec;

use std::path::PathBuf;

use clap::CommandFactory as _;

/// Compares a page with what the program would write; `HEADWATER_BLESS=1` writes it.
fn compare(name: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("HEADWATER_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{name} is not current: HEADWATER_BLESS=1 cargo test -p headwater-cli");
}

#[test]
fn the_events_page_is_current() {
    compare("events.md", &events::page());
}

#[test]
fn the_helpers_page_is_current() {
    compare("helpers.md", &repl_helpers::page());
}

#[test]
fn the_settings_page_is_current() {
    compare("settings.md", &settings::page());
}

#[test]
fn the_commands_page_is_current() {
    compare("commands.md", &commands::page());
}

#[test]
fn the_command_line_is_sound() {
    crate::args::Arguments::command().debug_assert();
}
