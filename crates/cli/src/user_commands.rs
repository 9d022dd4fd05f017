//! Slash commands that are prompts: built in, of the person, of the project; one `*.md` file each, sub-directories as
//! `directory:name`. What a project brings is never read from outside of it.

use std::path::{Path, PathBuf};

use headwater_engine::plugins::{self, Plugin};
use headwater_engine::regular_file;
use headwater_tui::UserCommand;

use crate::front_matter;
use crate::premises::Premises;

/// How deep directories of commands are searched.
const DEPTH: usize = 3;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// All commands; of the same name, the project's go before the person's, then those of plugins, then the built-in ones.
pub(crate) fn load(premises: &Premises) -> Vec<UserCommand> {
    let workspace = &premises.workspace;
    let inside = workspace.canonicalize().unwrap_or_else(|_| workspace.clone());
    let of_project = workspace.join(".headwater").join("commands");
    let places = [(of_project, Some(inside.as_path())), (premises.paths.commands(), None)];
    let mut found: Vec<UserCommand> = Vec::new();
    for (place, inside) in places {
        for (name, path) in files(&place, inside) {
            if !found.iter().any(|known| known.name == name)
                && let Ok(text) = regular_file::read_to_string(&path)
            {
                found.push(parse(name, &text));
            }
        }
    }
    for plugin in plugins(premises) {
        let is_of_project = plugin.root.starts_with(workspace);
        of_plugin(&plugin, is_of_project.then_some(&inside), &mut found);
    }
    for (name, text) in headwater_context::prompts::COMMANDS {
        if !found.iter().any(|known| known.name == *name) {
            found.push(parse((*name).to_owned(), text));
        }
    }
    found
}

/// The plugins of the project and of the person.
pub(crate) fn plugins(premises: &Premises) -> impl Iterator<Item = Plugin> {
    let project = plugins::of_project(&premises.workspace);
    project.into_iter().chain(plugins::installed(&premises.paths.plugins()))
}

/// The commands of a plugin: by their own names, or with the plugin's before them where those are taken.
fn of_plugin(plugin: &Plugin, inside: Option<&Path>, found: &mut Vec<UserCommand>) {
    for (name, path) in files(&plugin.commands(), inside) {
        let is_taken = |name: &str, found: &[UserCommand]| found.iter().any(|known| known.name == name);
        let name = if is_taken(&name, found) { format!("{}:{name}", plugin.name) } else { name };
        if !is_taken(&name, found)
            && let Ok(text) = regular_file::read_to_string(&path)
        {
            found.push(parse(name, &plugin.expanded(&text)));
        }
    }
}

/// The files of commands in a directory, by their names; with `inside`, only those that lie there.
fn files(directory: &Path, inside: Option<&Path>) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    collect(directory, "", (DEPTH, inside), &mut files);
    files.sort();
    files
}

fn collect(
    directory: &Path,
    prefix: &str,
    (depth, inside): (usize, Option<&Path>),
    files: &mut Vec<(String, PathBuf)>,
) {
    let Some(entries) = lies_within(directory, inside).then(|| std::fs::read_dir(directory).ok()).flatten()
    else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let name = if prefix.is_empty() { stem.to_owned() } else { format!("{prefix}:{stem}") };
        let Ok(metadata) = path.metadata() else { continue };
        if metadata.is_dir() && depth > 0 {
            collect(&path, &name, (depth - 1, inside), files);
        } else if metadata.is_file()
            && lies_within(&path, inside)
            && metadata.len() <= LARGEST
            && path.extension().is_some_and(|kind| kind == "md")
        {
            files.push((name, path));
        }
    }
}

/// Whether a path lies in a directory, wherever links lead; without one, it may lie anywhere.
fn lies_within(path: &Path, inside: Option<&Path>) -> bool {
    inside.is_none_or(|root| path.canonicalize().is_ok_and(|target| target.starts_with(root)))
}

/// Reads the front matter (`description`, `argument-hint`) and the prompt behind it.
fn parse(name: String, text: &str) -> UserCommand {
    let (head, body) = front_matter::split(text);
    let body = body.trim().to_owned();
    let first_line = body.lines().next().unwrap_or_default().trim_start_matches('#').trim().to_owned();
    let described = head.text("description");
    UserCommand {
        name,
        description: if described.is_empty() { first_line } else { described },
        argument_hint: head.text("argument-hint"),
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_describes_and_the_rest_is_the_prompt() {
        let text = "---\ndescription: \"Review a file\"\nargument-hint: [path]\nmodel: x\n---\n\nReview $ARGUMENTS.\n";
        let command = parse("review".into(), text);
        assert_eq!(command.description, "Review a file");
        assert_eq!(command.argument_hint, "[path]");
        assert_eq!(command.body, "Review $ARGUMENTS.");
        let plain = parse("plain".into(), "# Do it\n\nNow.");
        assert_eq!((plain.description.as_str(), plain.body.as_str()), ("Do it", "# Do it\n\nNow."));
    }

    #[test]
    fn b7_a_plugin_brings_commands_and_takes_no_name_from_others() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("guard");
        std::fs::create_dir_all(root.join("commands")).unwrap();
        std::fs::write(root.join("commands/check.md"), "Run ${CLAUDE_PLUGIN_ROOT}/check.sh.").unwrap();
        std::fs::write(root.join("commands/review.md"), "Review as the plugin says.").unwrap();
        let plugin = plugins::installed(home.path()).remove(0);
        let mut found = vec![parse("review".into(), "Review.")];
        of_plugin(&plugin, None, &mut found);
        let names: Vec<&str> = found.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(names, ["review", "check", "guard:review"]);
        assert_eq!(found[1].body, format!("Run {}/check.sh.", root.display()));
    }

    #[test]
    fn the_project_goes_before_the_person_and_directories_name_spaces() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("commands");
        std::fs::create_dir_all(place.join("git")).unwrap();
        std::fs::write(place.join("git/tidy.md"), "Tidy up.").unwrap();
        std::fs::write(place.join("notes.txt"), "no command").unwrap();
        let names: Vec<String> = files(&place, None).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["git:tidy"]);
    }

    #[test]
    fn s4_commands_of_a_project_are_never_read_from_outside_of_it() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("project");
        let commands = root.join("commands");
        std::fs::create_dir_all(&commands).unwrap();
        std::fs::create_dir_all(place.path().join("notes")).unwrap();
        for file in ["secret.md", "notes/own.md", "project/commands/go.md"] {
            std::fs::write(place.path().join(file), "Go.").unwrap();
        }
        for (target, name) in [("../../secret.md", "stolen.md"), ("../../notes", "far"), ("go.md", "also.md")]
        {
            std::os::unix::fs::symlink(target, commands.join(name)).unwrap();
        }
        let inside = root.canonicalize().unwrap();
        let names =
            |inside| -> Vec<String> { files(&commands, inside).into_iter().map(|(name, _)| name).collect() };
        assert_eq!(names(Some(inside.as_path())), ["also", "go"]);
        assert_eq!(names(None), ["also", "far:own", "go", "stolen"]);
    }
}
