//! Slash commands: one file each. To add one: a file here, a line in `mod`, a line in [`ALL`].

mod agent;
mod compact;
mod context;
mod contract;
mod copy;
mod cost;
mod diff;
mod doctor;
mod export;
mod fork;
mod help;
mod hooks;
mod keys;
mod mcp;
mod mission;
mod mode;
mod model;
mod new;
mod output_style;
mod permissions;
mod plan;
mod quit;
mod redo;
mod resume;
mod rewind;
mod sessions;
mod skills;
mod theme;
mod title;
mod todos;
mod tree;
mod user;
mod yolo;

pub(crate) use self::user::expand;
use crate::app::{App, Effect};
use crate::popups::Entry;

/// A slash command.
#[derive(Debug)]
struct Command {
    /// As it is typed, without the slash.
    name: &'static str,
    /// What its arguments are; empty when it takes none.
    arguments: &'static str,
    /// What it does, in a few words.
    summary: &'static str,
    /// Runs it with what was typed after the name.
    run: fn(&mut App, &str) -> Vec<Effect>,
}

/// All commands, in the order in which help shows them.
const ALL: &[&Command] = &[
    &plan::COMMAND,
    &agent::COMMAND,
    &yolo::COMMAND,
    &mode::COMMAND,
    &model::COMMAND,
    &new::COMMAND,
    &resume::COMMAND,
    &sessions::COMMAND,
    &rewind::COMMAND,
    &redo::COMMAND,
    &fork::COMMAND,
    &title::COMMAND,
    &compact::COMMAND,
    &context::COMMAND,
    &cost::COMMAND,
    &todos::COMMAND,
    &contract::COMMAND,
    &mission::COMMAND,
    &tree::COMMAND,
    &permissions::COMMAND,
    &hooks::COMMAND,
    &mcp::COMMAND,
    &skills::COMMAND,
    &output_style::COMMAND,
    &diff::COMMAND,
    &copy::COMMAND,
    &export::COMMAND,
    &theme::COMMAND,
    &keys::COMMAND,
    &doctor::COMMAND,
    &help::COMMAND,
    &quit::COMMAND,
];

/// Every command for the palette and help: the built-in ones, then those of the project and the person.
pub(crate) fn entries(app: &App) -> Vec<Entry> {
    let entry = |name: &str, arguments: &str, summary: &str| Entry {
        name: name.to_owned(),
        argument_hint: arguments.to_owned(),
        summary: summary.to_owned(),
    };
    let built_in = ALL.iter().map(|command| entry(command.name, command.arguments, command.summary));
    let own = app.config.commands.iter();
    let own = own.map(|command| entry(&command.name, &command.argument_hint, &command.description));
    built_in.chain(own).collect()
}

/// Whether the command of a line exists; if not, a sentence that names the nearest one.
pub(crate) fn check(app: &App, line: &str) -> Result<(), String> {
    let (name, _) = split(line);
    let known = entries(app);
    if known.iter().any(|entry| entry.name == name) {
        return Ok(());
    }
    let nearest = known.iter().map(|entry| entry.name.as_str()).min_by_key(|known| distance(name, known));
    Err(format!("There is no /{name}; the nearest is /{}.", nearest.unwrap_or("help")))
}

/// Runs the command of a line.
pub(crate) fn run(app: &mut App, line: &str) -> Vec<Effect> {
    let (name, arguments) = split(line);
    if let Some(command) = ALL.iter().find(|command| command.name == name) {
        return (command.run)(app, arguments);
    }
    user::run(app, name, arguments)
}

/// The name and what follows it.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim().trim_start_matches('/');
    let (name, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (name, arguments.trim())
}

/// Single-character edits between two names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.chars().enumerate() {
        let mut next = vec![line + 1];
        for ((left, upper), to) in row.iter().zip(row.iter().skip(1)).zip(&b) {
            let beside = next.last().copied().unwrap_or(0);
            next.push((left + usize::from(from != *to)).min(upper + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_distances_right() {
        for (place, command) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(place + 1).all(|other| other.name != command.name), "{}", command.name);
            assert!(!command.summary.is_empty());
        }
        let cases = [("", "abc", 3), ("halp", "help", 1), ("same", "same", 0), ("kitten", "sitting", 3)];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
        assert_eq!(split("/mode  plan "), ("mode", "plan"));
    }

    #[test]
    fn every_file_of_the_folder_is_a_command() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/commands");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let names: Vec<_> =
            files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        for name in names.iter().filter(|name| *name != "user") {
            let typed = name.replace('_', "-");
            assert!(ALL.iter().any(|command| command.name == typed), "{name} is not in the list");
        }
        assert_eq!(names.len(), ALL.len() + 1);
    }
}
