//! Skills: folders with a `SKILL.md` (agentskills.io), the project's own and the person's.
//!
//! A project's skill is read without asking, as its instructions are: it is a text for the model, and what it names as
//! allowed loosens nothing. It is never read from outside of the project.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_engine::regular_file;
use headwater_protocol::AnyTool;
use headwater_tools::{SKILL_FILE, Skill};
use headwater_tui::SkillLine;

use crate::front_matter;
use crate::premises::Premises;
use crate::rules;

/// Where skills lie in a project, and below the home directory; the first of a name counts.
const OF_PROJECT: [&str; 3] = [".headwater/skills", ".agents/skills", ".claude/skills"];
const OF_HOME: [&str; 2] = [".agents/skills", ".claude/skills"];
/// The largest `SKILL.md`, in bytes, and the most skills.
const LARGEST: u64 = 256 * 1024;
const MOST: usize = 300;
/// The longest name and description, in characters, as the format has them.
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 1_024;

/// A skill, or why a folder is none.
struct Found {
    name: String,
    file: PathBuf,
    is_of_project: bool,
    /// Its description.
    read: Result<String, String>,
}

/// What binds the skills of a project.
struct Bounds<'b> {
    /// Where they have to lie.
    inside: &'b Path,
    /// Whether no rule withholds a file.
    may_read: &'b dyn Fn(&Path) -> bool,
}

/// The tool, where there are skills.
pub(crate) fn tool(premises: &Premises) -> Option<Arc<dyn AnyTool>> {
    let usable = find(premises).into_iter().filter_map(|found| {
        let folder = found.file.parent()?.to_owned();
        let Found { name, is_of_project, .. } = found;
        Some(Skill { name, description: found.read.ok()?, folder, is_of_project })
    });
    headwater_tools::skills(usable.collect())
}

/// All of them for the screen, those that cannot be used with the reason.
pub(crate) fn lines(premises: &Premises) -> Vec<SkillLine> {
    let line = |found: Found| SkillLine {
        name: found.name,
        source: found.file.display().to_string(),
        description: found.read.clone().unwrap_or_default(),
        problem: found.read.err(),
    };
    find(premises).into_iter().map(line).collect()
}

fn find(premises: &Premises) -> Vec<Found> {
    let workspace = &premises.workspace;
    let inside = workspace.canonicalize().unwrap_or_else(|_| workspace.clone());
    let mut found = Vec::new();
    // Where the rules cannot be read, no session begins.
    let reader = rules::reader_by_name(premises).ok();
    let may_read = |file: &Path| reader.as_ref().is_some_and(|may_read| may_read(file));
    let bounds = Bounds { inside: &inside, may_read: &may_read };
    for place in OF_PROJECT {
        collect(&workspace.join(place), Some(&bounds), &mut found);
    }
    collect(&premises.paths.skills(), None, &mut found);
    // Where everything of ours is put into one directory, nothing is taken from elsewhere.
    if let Some(home) = std::env::home_dir().filter(|_| !premises.paths.is_sealed) {
        for place in OF_HOME {
            collect(&home.join(place), None, &mut found);
        }
    }
    found
}

/// The skills of a directory, in the order of their names, without those whose names are taken.
fn collect(directory: &Path, bounds: Option<&Bounds<'_>>, found: &mut Vec<Found>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders {
        let Some(new) = read(&folder, bounds) else { continue };
        let is_taken = new.read.is_ok() && found.iter().any(|old| old.read.is_ok() && old.name == new.name);
        if !is_taken && found.len() < MOST {
            found.push(new);
        }
    }
}

/// The skill in a folder; `None` where nothing looks like one.
fn read(folder: &Path, bounds: Option<&Bounds<'_>>) -> Option<Found> {
    let file = folder.join(SKILL_FILE);
    let metadata = file.metadata().ok()?;
    let is_inside = |root: &Path| file.canonicalize().is_ok_and(|target| target.starts_with(root));
    let called = folder.file_name()?.to_string_lossy().into_owned();
    let new = |name: String, read| Found { name, file: file.clone(), is_of_project: bounds.is_some(), read };
    if !bounds.is_none_or(|bounds| is_inside(bounds.inside)) {
        return Some(new(called, Err("it lies outside of the project".to_owned())));
    }
    if !bounds.is_none_or(|bounds| (bounds.may_read)(&file)) {
        return Some(new(called, Err(format!("a rule withholds its {SKILL_FILE} from reading"))));
    }
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Some(new(called, Err(format!("{SKILL_FILE} is no file of at most {LARGEST} bytes"))));
    }
    let Ok(text) = regular_file::read_to_string(&file) else {
        return Some(new(called, Err(format!("{SKILL_FILE} cannot be read as text"))));
    };
    let head = front_matter::split(&text).0;
    let name = head.first(&["name"]).unwrap_or_else(|| called.clone());
    let description: String = head.text("description").chars().take(LONGEST_DESCRIPTION).collect();
    let read = match (check(&name), description.is_empty()) {
        (Err(why), _) => Err(why),
        (Ok(()), true) => Err("it has no description, so that nobody knows when to use it".to_owned()),
        (Ok(()), false) => Ok(description),
    };
    Some(new(name, read))
}

/// Whether a name is one by the format: the model has to spell it.
fn check(name: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = (1..=LONGEST_NAME).contains(&name.chars().count())
        && name.chars().all(is_plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    let rule = "a name is 1 to 64 of a-z, 0-9 and single hyphens between them";
    if is_name { Ok(()) } else { Err(format!("\"{name}\" is no name of a skill: {rule}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_format() {
        let long = "a".repeat(65);
        let cases = [
            ("pdf", true),
            ("pdf-tools-2", true),
            ("", false),
            ("PDF", false),
            ("-pdf", false),
            ("pdf-", false),
            ("pdf--tools", false),
            ("pdf tools", false),
            (long.as_str(), false),
        ];
        for (name, expected) in cases {
            assert_eq!(check(name).is_ok(), expected, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_and_the_first_of_a_name_counts() {
        let place = tempfile::tempdir().unwrap();
        let (root, other) = (place.path().join("project"), place.path().join("other"));
        let skill = |directory: &Path, folder: &str, text: &str| {
            std::fs::create_dir_all(directory.join(folder)).unwrap();
            std::fs::write(directory.join(folder).join(SKILL_FILE), text).unwrap();
        };
        skill(&root, "pdf", "---\nname: pdf\ndescription: Reads PDF files.\n---\nDo it.");
        skill(&root, "Bad Name", "---\ndescription: x\n---\nDo it.");
        skill(&root, "silent", "Do it.");
        skill(&root, "withheld", "---\ndescription: x\n---\nDo it.");
        skill(&other, "pdf", "---\ndescription: Another.\n---\nDo it.");
        skill(&other, "away", "---\ndescription: Elsewhere.\n---\nDo it.");
        std::os::unix::fs::symlink("../other/away", root.join("stolen")).unwrap();
        std::fs::create_dir_all(root.join("empty")).unwrap();
        let mut found = Vec::new();
        let inside = root.canonicalize().unwrap();
        let bounds = Bounds { inside: &inside, may_read: &|file| !file.starts_with(root.join("withheld")) };
        collect(&root, Some(&bounds), &mut found);
        collect(&other, None, &mut found);
        let told: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.read.is_ok())).collect();
        let expected = [
            ("Bad Name", false),
            ("pdf", true),
            ("silent", false),
            ("stolen", false),
            ("withheld", false),
            ("away", true),
        ];
        assert_eq!(told, expected);
        assert_eq!(found[1].read.as_deref(), Ok("Reads PDF files."));
    }
}
