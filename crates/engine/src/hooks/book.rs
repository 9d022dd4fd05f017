//! The hooks in force: those of the person, and those of the project as far as the person said yes to them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use headwater_protocol::HookPoint;
use headwater_protocol::op::HookLine;
use headwater_protocol::projection::hex;
use sha2::{Digest as _, Sha256};

use super::form::{Definition, HookFile, StatusLine, parse};
use super::seal::Seal;
use crate::plugins::{self, Plugin};
use crate::regular_file;
use crate::sessions::{Consent, StoreError};

/// Where hooks are looked for.
#[derive(Clone, Debug, Default)]
pub struct HookPlaces {
    /// Files of the person, in their order.
    pub own: Vec<PathBuf>,
    /// Files that a project brings; nothing in them runs before the person said yes to it. Neither do those of its plugins.
    pub project: Vec<PathBuf>,
    /// The status line that the person's settings name, with the file they stand in; it goes before those of files.
    pub status_line: Option<(StatusLine, PathBuf)>,
    /// The directory of the person's plugins.
    pub plugins: Option<PathBuf>,
    /// The state directory, where a yes is kept.
    pub state: PathBuf,
    /// The directory the session works in.
    pub workspace: PathBuf,
}

/// What was found at the places of hooks.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(super) hooks: Vec<Hook>,
    /// What the person should know, one sentence each.
    pub(crate) warnings: Vec<String>,
    /// The digest that a yes to the project's hooks names, where one is wanted.
    asks: Option<String>,
}

/// One hook, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) definition: Definition,
    source: Origin,
    /// The scripts of the project that it names, as they were approved; absent for the person's own.
    seal: Option<Seal>,
    /// Why it does not run.
    disabled: Option<String>,
}

/// Where a hook comes from.
#[derive(Clone, Debug)]
struct Origin {
    path: PathBuf,
    /// The directory that its commands know as theirs.
    root: PathBuf,
    /// The plugin that brings it.
    plugin: Option<String>,
}

/// A file of hooks that was read.
struct Found {
    origin: Origin,
    file: HookFile,
}

impl HookPlaces {
    /// The hooks found here, as `/hooks` lists them, and what is wrong with them, one sentence each.
    pub fn survey(&self) -> (Vec<HookLine>, Vec<String>) {
        let book = Book::load(self);
        (book.lines(), book.warnings)
    }

    fn set_status_line(&self) -> Option<Found> {
        let (line, path) = self.status_line.as_ref()?;
        Some(Found { origin: Origin::of_file(path), file: line.file() })
    }

    fn consent(&self) -> Consent {
        Consent::to_hooks(&self.state, &self.workspace)
    }
}

impl Book {
    /// Reads all files anew.
    pub(crate) fn load(places: &HookPlaces) -> Self {
        let mut book = Self::default();
        let plugins = places.plugins.as_deref().map(plugins::installed).unwrap_or_default();
        let own: Vec<Found> =
            places.set_status_line().into_iter().chain(book.read(&places.own, &plugins)).collect();
        let project = book.read(&places.project, &plugins::of_project(&places.workspace));
        let off = own.iter().find(|found| found.file.is_disabling);
        let off = off.map(|found| format!("\"disableAllHooks\" is set in {}", found.origin.path.display()));
        for found in own {
            book.take(found, |_| None, off.as_deref());
        }
        book.add_project(project, places, off);
        book.bound();
        book
    }

    /// Keeps a yes to the hooks of the project, if they are still those that were shown.
    pub(crate) fn approve(&self, places: &HookPlaces, digest: &str) -> Result<bool, StoreError> {
        let is_current = self.asks.as_deref() == Some(digest);
        if is_current {
            places.consent().give(digest)?;
        }
        Ok(is_current)
    }

    /// The hooks for a listing, in the order in which they run.
    pub(crate) fn lines(&self) -> Vec<HookLine> {
        let line = |hook: &Hook| {
            let Definition { point, matcher, condition, script, .. } = &hook.definition;
            let matcher = match condition {
                Some(condition) => format!("{} if {}", matcher.text(), condition.text()).trim().to_owned(),
                None => matcher.text().to_owned(),
            };
            let waits = hook.seal.is_some() && hook.disabled.as_deref() == Some(WAITS);
            HookLine {
                point: *point,
                matcher,
                command: script.clone(),
                source: hook.source.told(),
                disabled: hook.disabled.clone(),
                asks: self.asks.clone().filter(|_| waits),
            }
        };
        self.hooks.iter().map(line).collect()
    }

    /// Reads files, and those of plugins behind them.
    fn read(&mut self, paths: &[PathBuf], plugins: &[Plugin]) -> Vec<Found> {
        let plain = paths.iter().map(|path| Origin::of_file(path));
        let of_plugins = plugins.iter().flat_map(|plugin| {
            plugin.hooks.iter().map(|path| Origin {
                path: path.clone(),
                root: plugin.root.clone(),
                plugin: Some(plugin.name.clone()),
            })
        });
        plain.chain(of_plugins).filter_map(|origin| self.read_one(origin)).collect()
    }

    fn read_one(&mut self, origin: Origin) -> Option<Found> {
        let path = origin.path.as_path();
        let text = match regular_file::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.unusable(path, &error.to_string());
                return None;
            }
        };
        match parse(&text) {
            Ok(file) => {
                let problems = file.problems.iter();
                self.warnings.extend(problems.map(|problem| format!("{}: {problem}.", path.display())));
                Some(Found { origin, file })
            }
            Err(error) => {
                self.unusable(path, &error);
                None
            }
        }
    }

    fn unusable(&mut self, path: &Path, why: &str) {
        self.warnings.push(format!(
            "The hooks in {} cannot be used: {why}. Correct the file or remove it.",
            path.display()
        ));
    }

    fn add_project(&mut self, project: Vec<Found>, places: &HookPlaces, off: Option<String>) {
        let count: usize = project.iter().map(|found| found.file.hooks.len()).sum();
        if count == 0 {
            return;
        }
        let digest = digest(&project, &places.workspace);
        let is_approved = places.consent().covers(&digest);
        let off = off.or_else(|| {
            let own = project.iter().find(|found| found.file.is_disabling);
            own.map(|found| format!("\"disableAllHooks\" is set in {}", found.origin.path.display()))
        });
        if !is_approved && off.is_none() {
            let files: Vec<String> = project
                .iter()
                .filter(|found| !found.file.hooks.is_empty())
                .map(|found| {
                    let path = &found.origin.path;
                    path.strip_prefix(&places.workspace).unwrap_or(path).display().to_string()
                })
                .collect();
            let (hooks, run) = if count == 1 { ("a hook", "does not run") } else { ("hooks", "do not run") };
            self.warnings.push(format!(
                "This project brings {hooks} ({}) that {run} before you say yes: look at /hooks.",
                files.join(", ")
            ));
            self.asks = Some(digest);
        }
        let disabled = off.or_else(|| (!is_approved).then(|| WAITS.to_owned()));
        for found in project {
            let origin = found.origin.clone();
            let seal_of = |hook: &Definition| Some(origin.seal(hook, &places.workspace));
            self.take(found, seal_of, disabled.as_deref());
        }
    }

    fn take(&mut self, found: Found, seal: impl Fn(&Definition) -> Option<Seal>, disabled: Option<&str>) {
        for mut definition in found.file.hooks {
            definition.script = found.origin.expanded(definition.script);
            let problem = definition.problem.clone();
            if let Some(problem) = &problem {
                self.warnings.push(format!("A hook of {} does not run: {problem}.", found.origin.told()));
            }
            let seal = seal(&definition);
            let gap = seal.as_ref().and_then(Seal::gap).map(str::to_owned);
            if let Some(gap) = gap.as_ref().filter(|_| problem.is_none()) {
                self.warnings.push(format!("A hook of {} does not run: {gap}.", found.origin.told()));
            }
            let disabled = problem.or(gap).or_else(|| disabled.map(str::to_owned));
            self.hooks.push(Hook { definition, source: found.origin.clone(), seal, disabled });
        }
    }

    /// Leaves out what is beyond the most hooks of a point: they run at the same time, and each is a process.
    fn bound(&mut self) {
        let mut counts: BTreeMap<HookPoint, usize> = BTreeMap::new();
        for hook in self.hooks.iter_mut().filter(|hook| hook.disabled.is_none()) {
            let count = counts.entry(hook.definition.point).or_default();
            *count += 1;
            if *count > MOST_OF_POINT {
                hook.disabled = Some(format!("more than {MOST_OF_POINT} hooks are for this point"));
            }
        }
        let beyond = counts.into_iter().filter(|(_, count)| *count > MOST_OF_POINT);
        self.warnings.extend(beyond.map(|(point, count)| {
            let rest = count - MOST_OF_POINT;
            format!(
                "{count} hooks are for {point:?}, of which {MOST_OF_POINT} run: the last {rest} do not; see /hooks."
            )
        }));
    }
}

/// The most hooks of one point.
const MOST_OF_POINT: usize = 64;

/// Why a hook of the project does not run yet.
const WAITS: &str = "it waits for your yes";

impl Hook {
    /// Whether it runs at all.
    pub(super) fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }

    /// The directory that its command knows as its own.
    pub(super) fn root(&self) -> &Path {
        &self.source.root
    }

    /// Whether the scripts that it names are still those that the person said yes to.
    pub(super) fn is_as_approved(&self, workspace: &Path) -> bool {
        let is_same =
            |seal: &Seal| seal.gap().is_none() && *seal == self.source.seal(&self.definition, workspace);
        self.seal.as_ref().is_none_or(is_same)
    }
}

impl Origin {
    /// A file beside which its scripts lie.
    fn of_file(path: &Path) -> Self {
        let root = path.parent().unwrap_or(Path::new("/")).to_owned();
        Self { path: path.to_owned(), root, plugin: None }
    }

    /// The scripts that a hook of the project runs: those that it names, and all code of the plugin that brings it.
    fn seal(&self, hook: &Definition, workspace: &Path) -> Seal {
        let seal = Seal::of(&hook.script, workspace, &self.root);
        if self.plugin.is_some() { seal.with_code_below(&self.root) } else { seal }
    }

    /// A command of a plugin with the name of its directory written out, wherever the variable stands; one that a shell
    /// would read as more than a name is left to the environment.
    fn expanded(&self, script: String) -> String {
        let is_plain = |c: char| c.is_alphanumeric() || "/._-+@".contains(c);
        if self.plugin.is_none() || !self.root.to_string_lossy().chars().all(is_plain) {
            return script;
        }
        plugins::expanded(&script, &self.root)
    }

    /// For a listing.
    fn told(&self) -> String {
        match &self.plugin {
            Some(plugin) => format!("{} (plugin {plugin})", self.path.display()),
            None => self.path.display().to_string(),
        }
    }
}

/// Of everything that a yes is to: each hook as it is written, and the scripts it names.
fn digest(project: &[Found], workspace: &Path) -> String {
    let mut sum = Sha256::new();
    for found in project {
        sum.update(found.origin.path.as_os_str().as_encoded_bytes());
        for hook in &found.file.hooks {
            let seal = found.origin.seal(hook, workspace);
            sum.update(format!("\0{}\0{}", hook.written, seal.text()));
        }
    }
    hex(&sum.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stage {
        folder: tempfile::TempDir,
        places: HookPlaces,
    }

    fn stage(own: &str, project: &str) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        std::fs::create_dir_all(work.join(".headwater")).unwrap();
        std::fs::write(folder.path().join("hooks.json"), own).unwrap();
        std::fs::write(work.join(".headwater/hooks.json"), project).unwrap();
        std::fs::write(work.join("check.sh"), "exit 0").unwrap();
        let places = HookPlaces {
            own: vec![folder.path().join("hooks.json"), folder.path().join("absent.json")],
            status_line: None,
            project: vec![work.join(".headwater/hooks.json"), work.join(".claude/settings.json")],
            plugins: Some(folder.path().join("plugins")),
            state: folder.path().join("state"),
            workspace: work,
        };
        Stage { folder, places }
    }

    fn hooks(command: &str) -> String {
        serde_json::json!({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": command}]}]}})
            .to_string()
    }

    fn running(places: &HookPlaces) -> Vec<String> {
        let lines = Book::load(places).lines().into_iter();
        lines.filter(|line| line.disabled.is_none()).map(|line| line.command).collect()
    }

    #[test]
    fn b7_the_hooks_of_a_project_wait_for_a_yes_that_ends_with_every_change() {
        let Stage { folder: _kept, places } = stage(&hooks("mine"), &hooks("sh check.sh"));
        assert_eq!(running(&places), ["mine"]);
        let book = Book::load(&places);
        let asks = book.lines()[1].asks.clone().unwrap();
        assert!(book.warnings[0].contains(".headwater/hooks.json"), "{:?}", book.warnings);
        assert!(!book.approve(&places, "another").unwrap() && running(&places).len() == 1);
        assert!(book.approve(&places, &asks).unwrap());
        assert_eq!(running(&places), ["mine", "sh check.sh"]);
        // A script that it names, the file, another file: each change asks again.
        std::fs::write(places.workspace.join("check.sh"), "rm -rf ~").unwrap();
        assert_eq!(running(&places), ["mine"]);
        std::fs::write(places.workspace.join("check.sh"), "exit 0").unwrap();
        assert_eq!(running(&places).len(), 2);
        std::fs::create_dir(places.workspace.join(".claude")).unwrap();
        std::fs::write(&places.project[1], hooks("another")).unwrap();
        assert_eq!(running(&places), ["mine"]);
    }

    #[test]
    fn b7_a_script_that_was_changed_after_the_yes_is_seen_before_it_runs() {
        let Stage { folder: _kept, places } = stage("{}", &hooks("sh check.sh"));
        let book = Book::load(&places);
        assert!(book.hooks[0].is_as_approved(&places.workspace));
        std::fs::write(places.workspace.join("check.sh"), "rm -rf ~").unwrap();
        assert!(!book.hooks[0].is_as_approved(&places.workspace));
    }

    #[test]
    fn b7_no_more_than_so_many_hooks_of_a_point_run_and_that_is_said() {
        let one = serde_json::json!({"hooks": [{"command": "true"}]});
        let many = serde_json::json!({"hooks": {"Stop": vec![one.clone(); 1_500], "PreToolUse": [one]}});
        let Stage { folder: _kept, places } = stage(&many.to_string(), "{}");
        let (lines, warnings) = places.survey();
        assert_eq!(lines.iter().filter(|line| line.disabled.is_none()).count(), MOST_OF_POINT + 1);
        assert!(warnings[0].contains("1500 hooks are for Stop, of which 64 run"), "{warnings:?}");
    }

    #[test]
    fn b7_the_hooks_of_a_plugin_are_listed_with_it_and_those_of_a_projects_plugin_wait() {
        let Stage { folder, places } = stage("{}", "{}");
        let plugin = |root: &Path| {
            std::fs::create_dir_all(root.join("hooks")).unwrap();
            std::fs::write(root.join("hooks/hooks.json"), hooks("sh ${CLAUDE_PLUGIN_ROOT}/stop.sh")).unwrap();
            std::fs::write(root.join("stop.sh"), "exit 0").unwrap();
            std::fs::write(root.join("loaded.py"), "1").unwrap();
        };
        plugin(&folder.path().join("plugins/mine"));
        let theirs = places.workspace.join(".headwater/plugins/theirs");
        plugin(&theirs);
        let book = Book::load(&places);
        let lines = book.lines();
        assert!(lines[0].disabled.is_none() && lines[0].source.ends_with("(plugin mine)"), "{lines:?}");
        assert!(lines[1].asks.is_some() && lines[1].source.ends_with("(plugin theirs)"), "{lines:?}");
        assert!(book.approve(&places, &lines[1].asks.clone().unwrap()).unwrap());
        assert_eq!(running(&places).len(), 2);
        // Any code of a project's plugin that is another than was shown asks again.
        let approved = Book::load(&places);
        std::fs::write(theirs.join("loaded.py"), "2").unwrap();
        assert_eq!(running(&places).len(), 1);
        assert!(!approved.hooks[1].is_as_approved(&places.workspace));
        // What a yes cannot be to all of does not run, whatever was said, and it is told why.
        std::fs::write(theirs.join("loaded.py"), "1").unwrap();
        assert_eq!(running(&places).len(), 2);
        std::os::unix::fs::symlink(folder.path(), theirs.join("far")).unwrap();
        let book = Book::load(&places);
        assert!(!approved.hooks[1].is_as_approved(&places.workspace));
        let line = &book.lines()[1];
        assert!(
            line.disabled.as_ref().unwrap().contains("far leads out of its plugin") && line.asks.is_none()
        );
        assert!(
            book.warnings.iter().any(|said| said.contains("far leads out of its plugin")),
            "{:?}",
            book.warnings
        );
    }

    #[test]
    fn b7_hooks_are_switched_off_by_one_word_of_the_person_and_a_project_only_its_own() {
        let off = |command: &str| hooks(command).replacen('{', "{\"disableAllHooks\": true, ", 1);
        let Stage { folder: _kept, places } = stage(&off("mine"), &hooks("theirs"));
        assert!(running(&places).is_empty());
        let Stage { folder: _kept, places } = stage(&hooks("mine"), &off("theirs"));
        assert_eq!(running(&places), ["mine"]);
    }

    #[test]
    fn b7_a_file_that_cannot_be_read_is_said_and_stops_nothing_else() {
        let Stage { folder, places } = stage("{ no", &hooks("theirs"));
        let (lines, warnings) = places.survey();
        assert_eq!(lines.len(), 1);
        let named = folder.path().join("hooks.json").display().to_string();
        assert!(warnings[0].contains(&named) && warnings[0].contains("no JSON"), "{warnings:?}");
    }
}
