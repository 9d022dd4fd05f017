//! The page of all commands, written from the command line's own description.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use crate::args::Arguments;

const HEAD: &str = "\
# Commands

Written from the command line's own description; a test keeps this page current.
";

/// The page of all commands: usage, arguments, options.
pub(super) fn page() -> String {
    let mut command = Arguments::command();
    command.build();
    let mut page = HEAD.to_owned();
    write_command(&mut page, &command, true);
    page
}

fn write_command(page: &mut String, command: &Command, is_root: bool) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let name = command.get_bin_name().unwrap_or("headwater");
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(page, "\n## {name}\n\n{about}\n\n```\n{usage}\n```\n").unwrap();
    let own = |argument: &&Arg| is_root || !argument.is_global_set();
    for argument in command.get_arguments().filter(own).filter(|argument| !argument.is_hide_set()) {
        write_argument(page, argument);
    }
    for inner in command.get_subcommands() {
        write_command(page, inner, false);
    }
}

fn write_argument(page: &mut String, argument: &Arg) {
    let names: Vec<String> = argument
        .get_short()
        .map(|short| format!("-{short}"))
        .into_iter()
        .chain(argument.get_long().map(|long| format!("--{long}")))
        .collect();
    let takes_value = argument.get_action().takes_values();
    let values = argument.get_value_names().unwrap_or_default().join(" ");
    let shown = match (names.is_empty(), takes_value) {
        (true, _) => values,
        (false, true) => format!("{} {values}", names.join(", ")),
        (false, false) => names.join(", "),
    };
    let choices: Vec<String> =
        argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let choices =
        if takes_value && !choices.is_empty() { format!(" ({})", choices.join(", ")) } else { String::new() };
    writeln!(
        page,
        "- `{shown}`: {}{choices}",
        argument.get_help().map(ToString::to_string).unwrap_or_default()
    )
    .unwrap();
}
