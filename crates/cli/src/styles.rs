//! Output styles: `*.md` files that say how the model writes, built in, of the person and of a trusted project.
//!
//! A project's style becomes part of the system prompt, so that it counts only where the person has trusted the settings
//! of the project. It is never read from outside of the project, nor against a rule.

use std::path::{Path, PathBuf};

use anyhow::Result;
use headwater_context::OutputStyle;
use headwater_context::prompts::STYLES;
use headwater_engine::regular_file;
use headwater_protocol::events::DEFAULT_STYLE;
use headwater_tui::StyleLine;

use crate::front_matter;
use crate::premises::Premises;
use crate::rules;
use crate::user_error::UserError;

/// Where styles lie in a project.
const OF_PROJECT: [&str; 2] = [".headwater/output-styles", ".claude/output-styles"];
/// The largest file, in bytes: a style is read with every request.
const LARGEST: u64 = 16 * 1024;
/// The most styles, and the longest name and description in characters.
const MOST: usize = 100;
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 200;

/// A style, or why a file is none.
struct Found {
    name: String,
    description: String,
    source: String,
    read: Result<OutputStyle, String>,
}

/// All of them for the screen, those that cannot be used with the reason.
pub(crate) fn lines(premises: &Premises) -> Vec<StyleLine> {
    let default = StyleLine {
        name: DEFAULT_STYLE.to_owned(),
        description: "Plain, short, exact".to_owned(),
        source: "built in".to_owned(),
        problem: None,
    };
    let line = |found: Found| StyleLine {
        name: found.name,
        description: found.description,
        source: found.source,
        problem: found.read.err(),
    };
    std::iter::once(default).chain(find(premises).into_iter().map(line)).collect()
}

/// The style that a session here begins with: the one of this name, or what the settings say; `None` for the default.
pub(crate) fn chosen(premises: &Premises, name: Option<&str>) -> Result<Option<OutputStyle>> {
    let name = name.or(premises.settings().output_style.as_deref()).unwrap_or(DEFAULT_STYLE);
    if name.eq_ignore_ascii_case(DEFAULT_STYLE) {
        return Ok(None);
    }
    let found = find(premises);
    // Of those of a name that can be used, the first counts.
    let of_name = || found.iter().filter(|found| found.name.eq_ignore_ascii_case(name));
    if let Some(style) = of_name().find_map(|found| found.read.as_ref().ok()) {
        return Ok(Some(style.clone()));
    }
    if let Some(Err(why)) = of_name().next().map(|found| &found.read) {
        let error = UserError::usage(format!("the output style \"{name}\" cannot be used: {why}"));
        return Err(error.hint("`-c output_style=default` goes without it.").into());
    }
    let usable = found.iter().filter(|found| found.read.is_ok()).map(|found| found.name.as_str());
    let names: Vec<&str> = std::iter::once(DEFAULT_STYLE).chain(usable).collect();
    let error = UserError::usage(format!("there is no output style \"{name}\""));
    Err(error.hint(format!("The styles are: {}.", names.join(", "))).into())
}

fn find(premises: &Premises) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    collect(&premises.paths.output_styles(), |_| Ok(()), &mut found);
    let workspace = &premises.workspace;
    let inside = workspace.canonicalize().unwrap_or_else(|_| workspace.clone());
    // Where the rules cannot be read, no session begins.
    let reader = rules::reader_by_name(premises).ok();
    let may_be_used = |file: &Path| {
        if !premises.is_trusted {
            return Err("the settings of this project (.headwater/config.toml) are not trusted".to_owned());
        }
        if !file.canonicalize().is_ok_and(|target| target.starts_with(&inside)) {
            return Err("it lies outside of the project".to_owned());
        }
        let is_readable = reader.as_ref().is_some_and(|may_read| may_read(file));
        if is_readable { Ok(()) } else { Err("a rule withholds it from reading".to_owned()) }
    };
    for place in OF_PROJECT {
        collect(&workspace.join(place), may_be_used, &mut found);
    }
    let built_in = STYLES.iter().map(|(name, text)| parse((*name).to_owned(), "built in".to_owned(), text));
    found.extend(built_in);
    found
}

/// The styles of a directory in the order of their names.
fn collect(directory: &Path, may_be_used: impl Fn(&Path) -> Result<(), String>, found: &mut Vec<Found>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect();
    files.sort();
    for file in files {
        let Some(stem) = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
        let source = file.display().to_string();
        let new = match may_be_used(&file).and_then(|()| read(&file)) {
            Ok(text) => parse(stem, source, &text),
            Err(why) => Found { name: stem, description: String::new(), source, read: Err(why) },
        };
        if found.len() < MOST {
            found.push(new);
        }
    }
}

fn read(file: &Path) -> Result<String, String> {
    let metadata = file.metadata().map_err(|error| format!("it cannot be read: {error}"))?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(format!("it is no file of at most {LARGEST} bytes"));
    }
    regular_file::read_to_string(file).map_err(|error| format!("it cannot be read as text: {error}"))
}

/// Reads the head (`name`, `description`, `keep-coding-instructions`) and the text behind it.
fn parse(stem: String, source: String, text: &str) -> Found {
    let (head, body) = front_matter::split(text);
    let name: String = head.first(&["name"]).unwrap_or(stem).chars().take(LONGEST_NAME).collect();
    let description: String = head.text("description").chars().take(LONGEST_DESCRIPTION).collect();
    let keeps_coding = head.text("keep-coding-instructions").eq_ignore_ascii_case("true");
    let body = body.trim().to_owned();
    let read = if body.is_empty() {
        Err("nothing stands behind its head".to_owned())
    } else if name.eq_ignore_ascii_case(DEFAULT_STYLE) {
        Err("\"default\" is what goes without a style".to_owned())
    } else {
        Ok(OutputStyle { name: name.clone(), text: body, keeps_coding })
    };
    Found { name, description, source, read }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_a_style_is_read_with_its_head() {
        let parsed = |text: &str| parse("stem".into(), "file".into(), text);
        let full =
            parsed("---\nname: Pirate\ndescription: Arr\nkeep-coding-instructions: true\n---\n\nSay arr.\n");
        assert_eq!((full.name.as_str(), full.description.as_str()), ("Pirate", "Arr"));
        let style = full.read.unwrap();
        assert_eq!((style.text.as_str(), style.keeps_coding), ("Say arr.", true));
        let plain = parsed("Say arr.");
        assert_eq!(plain.name, "stem");
        assert!(!plain.read.unwrap().keeps_coding);
        assert!(parsed("---\nname: x\n---\n").read.is_err());
        assert!(parsed("---\nname: Default\n---\nx").read.is_err());
    }

    #[test]
    fn s10_every_style_that_is_built_in_can_be_used_and_keeps_the_rules_of_coding() {
        for (name, text) in STYLES {
            let found = parse((*name).to_owned(), "built in".to_owned(), text);
            assert_eq!(found.name, *name);
            assert!(!found.description.is_empty() && text.len() < 1_500, "{name}");
            assert!(found.read.unwrap().keeps_coding, "{name}");
        }
    }

    #[test]
    fn s10_a_style_that_is_too_large_or_no_file_is_told_and_not_read() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("large.md"), "x".repeat(20_000)).unwrap();
        std::fs::create_dir(place.path().join("folder.md")).unwrap();
        std::fs::write(place.path().join("fine.md"), "Be fine.").unwrap();
        std::fs::write(place.path().join("fine.txt"), "Never read.").unwrap();
        let mut found = Vec::new();
        collect(place.path(), |_| Ok(()), &mut found);
        let told: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.read.is_ok())).collect();
        assert_eq!(told, [("fine", true), ("folder", false), ("large", false)]);
    }
}
