//! Every file in a plural folder is in its list: it is declared as a module, and something there names what is in it.

use super::Rule;
use crate::{Finding, Repository, SourceFile};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "plural-folders", promise: "every member of a plural folder is in its list", check };

/// The plural folders of docs/ARCHITECTURE.md; those which do not exist yet are checked once they do.
const FOLDERS: &[&str] = &[
    "crates/tui/src/commands",
    "crates/tui/src/cells",
    "crates/cli/src/commands/eval/verifiers",
    "crates/tools/src/builtin",
    "crates/providers/src/wires",
    "crates/engine/src/modes",
    "crates/engine/src/repairs",
    "crates/engine/src/stops",
    "crates/context/src/strategies",
    "crates/context/src/reminders",
    "crates/policy/src/rules",
    "crates/protocol/src/views",
    "crates/repl/src/helpers",
    "crates/testkit/src/server/wires",
    "crates/xtask/src/commands",
    "crates/xtask/src/rules",
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    Ok(FOLDERS.iter().flat_map(|folder| unlisted(repository, folder)).collect())
}

fn unlisted(repository: &Repository, folder: &str) -> Vec<Finding> {
    let members: Vec<(&str, &str)> =
        repository.paths().iter().filter_map(|path| member(folder, path)).collect();
    if members.is_empty() {
        return Vec::new();
    }
    let roots = [format!("{folder}/mod.rs"), format!("{folder}.rs")];
    let Some(list) = roots.iter().find_map(|root| repository.rust_file(root)) else {
        return vec![Finding::file(folder, "a plural folder has a `mod.rs` with its list")];
    };
    let absent = members.iter().filter(|(_, name)| !is_listed(list, name));
    absent.map(|(path, name)| Finding::file(path, format!("list `{name}` in {}", list.path()))).collect()
}

/// A member's path and name: a file of the folder, or a folder in it (which has a root of its own).
fn member<'a>(folder: &str, path: &'a str) -> Option<(&'a str, &'a str)> {
    let inside = path.strip_prefix(folder)?.strip_prefix('/')?;
    let name = inside.strip_suffix("/mod.rs").or_else(|| inside.strip_suffix(".rs"))?;
    (name != "mod" && name != "tests" && !name.contains('/')).then_some((path, name))
}

fn is_listed(list: &SourceFile, name: &str) -> bool {
    let is_declared = list.sequences(&["mod", name, ";"]).next().is_some();
    is_declared && list.sequences(&[name, ":", ":"]).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_not_listed_are_found() {
        let list = "//! x\nmod cd;\nmod ls;\nmod pwd;\nconst ALL: &[Command] = &[cd::CD, ls::LS];\n";
        let folder = "crates/tui/src/commands";
        let paths = ["mod", "cd", "ls/mod", "ls/long", "pwd", "rm"].map(|name| format!("{folder}/{name}.rs"));
        let files: Vec<(&str, &str)> = paths
            .iter()
            .map(|path| {
                (
                    path.as_str(),
                    if path.ends_with("s/mod.rs") && !path.contains("ls/") { list } else { "//! x" },
                )
            })
            .collect();
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let places: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(places, ["crates/tui/src/commands/pwd.rs", "crates/tui/src/commands/rm.rs"]);
    }

    #[test]
    fn the_list_may_stand_beside_its_folder_but_must_stand() {
        let beside = [
            ("crates/protocol/src/views.rs", "//! x\nmod todos;\npub use todos::Todos;"),
            ("crates/protocol/src/views/todos.rs", "//! x"),
        ];
        assert_eq!(check(&Repository::of(&beside).unwrap()).unwrap(), []);
        let without = [("crates/policy/src/rules/rm.rs", "//! x")];
        assert_eq!(check(&Repository::of(&without).unwrap()).unwrap().len(), 1);
    }
}
