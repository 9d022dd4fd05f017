//! Plugins: directories that bring hooks, commands and sub-agents together, in the form in which other agents know them
//! (`.claude-plugin/plugin.json`, `hooks/hooks.json`, `commands/`, `agents/`).
//!
//! *Invariant:* nothing here runs anything; what a plugin brings is read by the parts it is for.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::regular_file;

/// The most plugins of one directory.
const MOST: usize = 100;
/// The variable that names a plugin's own directory.
pub const PLUGIN_ROOT: &str = "CLAUDE_PLUGIN_ROOT";

/// A plugin that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Its name: as it calls itself, or that of its directory.
    pub name: String,
    /// Its directory.
    pub root: PathBuf,
    /// Its files of hooks.
    pub hooks: Vec<PathBuf>,
}

impl Plugin {
    /// Where its slash commands lie.
    pub fn commands(&self) -> PathBuf {
        self.root.join("commands")
    }

    /// Where its kinds of sub-agents lie.
    pub fn agents(&self) -> PathBuf {
        self.root.join("agents")
    }

    /// A text of the plugin with the name of its directory in the place of the variable.
    pub fn expanded(&self, text: &str) -> String {
        expanded(text, &self.root)
    }
}

/// A text with the name of a plugin's directory in the place of the variable.
pub(crate) fn expanded(text: &str, root: &Path) -> String {
    text.replace(&format!("${{{PLUGIN_ROOT}}}"), &root.to_string_lossy())
}

/// The plugins of a directory, by the names of theirs. Of two that call themselves the same, only the first counts.
pub fn installed(directory: &Path) -> Vec<Plugin> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut roots: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    roots.sort();
    let mut found: Vec<Plugin> = Vec::new();
    for plugin in roots.into_iter().filter_map(|root| plugin(&root)).take(MOST) {
        if !found.iter().any(|known| known.name == plugin.name) {
            found.push(plugin);
        }
    }
    found
}

/// The plugins that a project brings. None of them leads out of it.
pub fn of_project(workspace: &Path) -> Vec<Plugin> {
    let inside = workspace.canonicalize().unwrap_or_else(|_| workspace.to_owned());
    let mut found = installed(&workspace.join(".headwater").join("plugins"));
    found.retain(|plugin| plugin.root.canonicalize().is_ok_and(|root| root.starts_with(&inside)));
    found
}

fn plugin(root: &Path) -> Option<Plugin> {
    let directory = root.file_name()?.to_str().filter(|name| !name.starts_with('.'))?;
    let said = regular_file::read(&root.join(".claude-plugin").join("plugin.json")).ok();
    let said = said.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let usual = root.join("hooks").join("hooks.json");
    let parts = ["commands", "agents", "skills"];
    let is_one = said.is_some() || usual.is_file() || parts.iter().any(|part| root.join(part).is_dir());
    let said = said.unwrap_or_default();
    let mut hooks: Vec<PathBuf> = usual.is_file().then_some(usual).into_iter().collect();
    for more in named(said.get("hooks")).iter().filter_map(|path| within(root, path)) {
        if !hooks.contains(&more) {
            hooks.push(more);
        }
    }
    let called = said.get("name").and_then(Value::as_str).map(str::trim).filter(|name| is_name(name));
    let name = called.unwrap_or(directory).to_owned();
    is_one.then(|| Plugin { name, root: root.to_owned(), hooks })
}

/// Files that a plugin names beside the usual one: a path, or a list of them.
fn named(hooks: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match hooks {
        Some(Value::Array(paths)) => paths.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// A path of a plugin, which does not lead out of it.
fn within(root: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches("./"));
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    path.components().all(is_plain).then(|| root.join(path))
}

fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().count() <= 64 && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_a_plugin_is_known_by_what_it_brings() {
        let place = tempfile::tempdir().unwrap();
        let file = |path: &str, text: &str| {
            let path = place.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        file("a/.claude-plugin/plugin.json", r#"{"name": "guard", "hooks": ["./more.json", "../out.json"]}"#);
        file("a/hooks/hooks.json", "{}");
        file("b/commands/go.md", "Go.");
        file("c/.claude-plugin/plugin.json", r#"{"name": "guard"}"#);
        file("d/notes.txt", "no plugin");
        file("e/hooks/hooks.json", "{}");
        file("e/.claude-plugin/plugin.json", r#"{"name": "a name\nwith lines"}"#);
        file("stray.md", "no directory");
        let found = installed(place.path());
        let told: Vec<(&str, usize)> =
            found.iter().map(|plugin| (plugin.name.as_str(), plugin.hooks.len())).collect();
        assert_eq!(told, [("guard", 2), ("b", 0), ("e", 1)]);
        assert_eq!(found[0].hooks[1], place.path().join("a/more.json"));
        let root = place.path().join("b").display().to_string();
        assert_eq!(found[1].expanded("sh ${CLAUDE_PLUGIN_ROOT}/x"), format!("sh {root}/x"));
        assert!(installed(&place.path().join("absent")).is_empty());
    }

    #[test]
    fn b7_a_plugin_of_a_project_is_never_read_from_outside_of_it() {
        let place = tempfile::tempdir().unwrap();
        let (work, outside) = (place.path().join("work"), place.path().join("elsewhere"));
        std::fs::create_dir_all(work.join(".headwater/plugins/own/commands")).unwrap();
        std::fs::create_dir_all(outside.join("commands")).unwrap();
        std::os::unix::fs::symlink(&outside, work.join(".headwater/plugins/stolen")).unwrap();
        let names: Vec<String> = of_project(&work).into_iter().map(|plugin| plugin.name).collect();
        assert_eq!(names, ["own"]);
    }
}
