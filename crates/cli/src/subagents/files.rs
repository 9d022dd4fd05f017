//! Where definitions of sub-agents lie: the project's own, those it keeps for another agent, the person's, those of plugins.
//!
//! A project's definition is read without asking, as its instructions are: it is a prompt, and its bounds only narrow
//! what the session may do. It is never read from outside the project.

use std::path::{Path, PathBuf};

use headwater_engine::plugins;
use headwater_engine::regular_file;
use headwater_engine::subagents::AgentDefinition;

use super::parse::parse;
use crate::premises::Premises;

/// How deep directories of definitions are searched.
const DEPTH: usize = 3;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;
/// The most files that are read.
const MOST: usize = 500;

/// All definitions; of the same name, those named first go before the others.
pub(super) fn load(premises: &Premises) -> Vec<AgentDefinition> {
    let workspace = &premises.workspace;
    let own = [workspace.join(".headwater").join("agents"), workspace.join(".claude").join("agents")];
    let inside = workspace.canonicalize().unwrap_or_else(|_| workspace.clone());
    let mut found = Vec::new();
    for directory in own {
        found.extend(read_all(&directory, Some(&inside)));
    }
    found.extend(read_all(&premises.paths.agents(), None));
    for plugin in plugins::of_project(workspace) {
        found.extend(read_all(&plugin.agents(), Some(&inside)));
    }
    for plugin in plugins::installed(&premises.paths.plugins()) {
        found.extend(read_all(&plugin.agents(), None));
    }
    found
}

fn read_all(directory: &Path, inside: Option<&Path>) -> Vec<AgentDefinition> {
    let mut files = Vec::new();
    collect(directory, DEPTH, &mut files);
    files.sort();
    let is_inside = |file: &PathBuf| {
        inside.is_none_or(|root| file.canonicalize().is_ok_and(|target| target.starts_with(root)))
    };
    files.into_iter().filter(is_inside).filter_map(|file| read(&file)).collect()
}

fn collect(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let Ok(metadata) = path.metadata() else { continue };
        if metadata.is_dir() && depth > 0 {
            collect(&path, depth - 1, files);
        } else if metadata.is_file()
            && metadata.len() <= LARGEST
            && path.extension().is_some_and(|kind| kind == "md")
            && files.len() < MOST
        {
            files.push(path);
        }
    }
}

fn read(file: &Path) -> Option<AgentDefinition> {
    let stem = file.file_stem()?.to_str()?;
    let text = regular_file::read_to_string(file).ok()?;
    parse(stem, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_definitions_of_a_project_are_never_read_from_outside_of_it() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("project");
        let agents = root.join("agents/deep");
        std::fs::create_dir_all(&agents).unwrap();
        std::fs::write(place.path().join("secret.md"), "---\nname: secret\n---\nA key.").unwrap();
        std::fs::write(agents.join("own.md"), "---\ndescription: Ours\n---\nDo it.").unwrap();
        std::fs::write(agents.join("README.txt"), "no definition").unwrap();
        std::os::unix::fs::symlink("../../../secret.md", agents.join("stolen.md")).unwrap();
        std::os::unix::fs::symlink("own.md", agents.join("also.md")).unwrap();
        let inside = root.canonicalize().unwrap();
        let names = |inside| -> Vec<String> {
            read_all(&root.join("agents"), inside).into_iter().map(|found| found.name).collect()
        };
        assert_eq!(names(Some(inside.as_path())), ["also", "own"]);
        assert_eq!(names(None), ["also", "own", "secret"]);
    }
}
