//! The layers: each is read, checked and laid over the one before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use headwater_engine::regular_file;
use headwater_policy::RuleTexts;
use serde::Deserialize as _;
use toml::{Table, Value};

use super::check::{Author, check};
use super::keys::{KEYS, Kind};
use super::shape::{ServerSettings, Settings};
use super::tightening::tighten;
use crate::user_error::UserError;

/// Where the layers come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// The user's `config.toml`.
    pub user: PathBuf,
    /// The project's `.headwater/config.toml`, once the directory is trusted.
    pub project: Option<PathBuf>,
    /// `HEADWATER_PROVIDER`, `HEADWATER_MODEL` and `HEADWATER_BASE_URL`, as far as set.
    pub environment: Overrides,
    /// `--provider`, `--model`, `--base-url` and the limits.
    pub flags: Overrides,
    /// `-c KEY=VALUE`, in order.
    pub assignments: Vec<String>,
}

/// What the environment or the flags set by names of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overrides {
    /// The vendor.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The model of children.
    pub child_model: Option<String>,
    /// The model that stands in.
    pub fallback_model: Option<String>,
    /// Its vendor.
    pub fallback_provider: Option<String>,
    /// The address of the vendor's server.
    pub base_url: Option<String>,
}

/// Settings with the layers that still matter one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layered {
    /// Everything merged.
    pub settings: Settings,
    /// The permission rules of the user's own layers: file and `-c`.
    pub user_rules: RuleTexts,
    /// The permission rules of the trusted project file.
    pub project_rules: RuleTexts,
    /// The servers of tools that the trusted project file names: no part of the settings, each waits for a yes of its own.
    pub project_servers: BTreeMap<String, ServerSettings>,
}

/// Reads, checks and merges all layers.
pub(crate) fn load(sources: &Sources) -> Result<Layered> {
    let mut own = read_file(&sources.user, false)?;
    let mut project =
        sources.project.as_ref().map(|path| read_file(path, true)).transpose()?.unwrap_or_default();
    let mut flags = Table::new();
    for assignment in &sources.assignments {
        merge(&mut flags, read_assignment(assignment)?);
    }
    let project_rules = rules_of(&project)?;
    let project_servers = servers_of(&mut project)?;
    tighten(&own, &mut project);
    let names_fallback_vendor =
        sources.flags.fallback_provider.is_some() || flags.contains_key("fallback_provider");
    let mut merged = own.clone();
    merge(&mut merged, project);
    merge(&mut merged, flags.clone());
    merge(&mut own, flags);
    let mut settings = Settings::deserialize(Value::Table(merged)).map_err(|error| {
        UserError::usage(format!("the settings are not complete: {}", error.to_string().trim()))
    })?;
    apply(&mut settings, &sources.environment, &sources.assignments);
    apply(&mut settings, &sources.flags, &[]);
    if names_fallback_vendor && settings.fallback_model.is_none() {
        let error = UserError::usage("--fallback-provider names a vendor, and no model that stands in");
        return Err(error.hint("Name the model too: --fallback-model MODEL.").into());
    }
    Ok(Layered { settings, user_rules: rules_of(&own)?, project_rules, project_servers })
}

/// Reads one settings file; one that is not there is empty. A `is_project` file may set less.
pub(crate) fn read_file(path: &Path, is_project: bool) -> Result<Table> {
    let text = match regular_file::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Table::new()),
        Err(error) => {
            let message = format!("the settings {} cannot be read: {error}", path.display());
            return Err(UserError::usage(message)
                .hint("Make it a readable UTF-8 file, or move it away.")
                .into());
        }
    };
    let author = if is_project { Author::Project } else { Author::User };
    check(&text, author).map_err(|problems| {
        let lines = problems
            .iter()
            .map(|problem| format!("{}:{}: {}", path.display(), problem.line, problem.message));
        let message = lines.collect::<Vec<_>>().join("\nerror: ");
        UserError::usage(message).hint("docs/reference/settings.md lists all settings.").into()
    })
}

/// Reads `KEY=VALUE`: a dotted key and a TOML value; a value that is none is taken as text.
fn read_assignment(assignment: &str) -> Result<Table> {
    let Some((key, value)) = assignment.split_once('=') else {
        let message = format!("`-c {assignment}` has no value");
        return Err(UserError::usage(message)
            .hint("Write -c KEY=VALUE, for example -c network.idle_timeout=60.")
            .into());
    };
    let as_toml = format!("{} = {}", key.trim(), value.trim());
    let line = match toml::from_str::<Table>(&as_toml) {
        Ok(_) => as_toml,
        Err(_) => format!("{} = {}", key.trim(), Value::String(value.trim().to_owned())),
    };
    check(&line, Author::User).map_err(|problems| {
        let messages: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
        UserError::usage(format!("`-c {assignment}`: {}", messages.join("; "))).into()
    })
}

/// Lays `over` on `base`: tables merge, lists of rules join without repeats, anything else is replaced.
fn merge(base: &mut Table, over: Table) {
    merge_at("", base, over);
}

fn merge_at(path: &str, base: &mut Table, over: Table) {
    for (name, value) in over {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (base.get_mut(&name), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge_at(&path, under, over),
            (Some(Value::Array(under)), Value::Array(over)) if joins(&path) => join(under, over),
            (_, value) => drop(base.insert(name, value)),
        }
    }
}

fn join(under: &mut Vec<Value>, over: Vec<Value>) {
    for item in over {
        if !under.contains(&item) {
            under.push(item);
        }
    }
}

/// Whether the lists of this setting join; the keys of an action replace those of the layer below.
fn joins(path: &str) -> bool {
    path == "output.secret_patterns" || KEYS.iter().any(|key| key.path == path && key.kind == Kind::Rules)
}

fn rules_of(table: &Table) -> Result<RuleTexts> {
    let rules = table.get("permissions").cloned().unwrap_or_else(|| Value::Table(Table::new()));
    RuleTexts::deserialize(rules).map_err(|error| {
        UserError::usage(format!("[permissions] cannot be understood: {}", error.to_string().trim())).into()
    })
}

/// Takes the servers out of a project's table: they are never merged with those of the person.
fn servers_of(project: &mut Table) -> Result<BTreeMap<String, ServerSettings>> {
    let servers = project.remove("mcp").unwrap_or_else(|| Value::Table(Table::new()));
    BTreeMap::deserialize(servers).map_err(|error| {
        UserError::usage(format!("[mcp] cannot be understood: {}", error.to_string().trim())).into()
    })
}

/// Lays named overrides over the merged settings. The environment stays below `-c`, which is a flag: what an
/// assignment names is left alone.
fn apply(settings: &mut Settings, overrides: &Overrides, assignments: &[String]) {
    let is_assigned =
        |key: &str| assignments.iter().any(|text| text.split('=').next().map(str::trim) == Some(key));
    if overrides.provider.is_some() && !is_assigned("provider") {
        settings.provider.clone_from(&overrides.provider);
    }
    if overrides.model.is_some() && !is_assigned("model") {
        settings.model.clone_from(&overrides.model);
    }
    if overrides.child_model.is_some() && !is_assigned("child_model") {
        settings.child_model.clone_from(&overrides.child_model);
    }
    if overrides.fallback_model.is_some() && !is_assigned("fallback_model") {
        settings.fallback_model.clone_from(&overrides.fallback_model);
    }
    if overrides.fallback_provider.is_some() && !is_assigned("fallback_provider") {
        settings.fallback_provider.clone_from(&overrides.fallback_provider);
    }
    if overrides.base_url.is_some() {
        settings.base_url.clone_from(&overrides.base_url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_policy::Entry;

    fn layered(user: &str, project: &str, sources: Sources) -> Result<Layered> {
        let directory = tempfile::tempdir().unwrap();
        let (user_file, project_file) =
            (directory.path().join("user.toml"), directory.path().join("project.toml"));
        std::fs::write(&user_file, user).unwrap();
        std::fs::write(&project_file, project).unwrap();
        load(&Sources { user: user_file, project: Some(project_file), ..sources })
    }

    #[test]
    fn the_last_layer_wins_and_lists_join() {
        let found = layered(
            "model = \"user\"\nprovider = \"openai\"\n[permissions]\nallow = [\"A\"]\ndeny = [\"D\"]",
            "model = \"project\"\n[permissions]\nallow = [\"B\", \"A\"]\ndeny = [\"E\"]",
            Sources {
                environment: Overrides { model: Some("environment".into()), ..Overrides::default() },
                assignments: vec!["limits.max_cost=0.5".into(), "permissions.ask=[\"C\"]".into()],
                ..Sources::default()
            },
        )
        .unwrap();
        assert_eq!(found.settings.model.as_deref(), Some("environment"));
        assert_eq!(found.settings.provider.as_deref(), Some("openai"));
        let rules = |texts: &[&str]| texts.iter().map(|text| Entry::from(*text)).collect::<Vec<_>>();
        assert_eq!(found.settings.permissions.allow, rules(&["A", "B"]));
        assert_eq!(found.settings.permissions.deny, rules(&["D", "E"]));
        assert_eq!(found.settings.limits.max_cost, Some(0.5));
        assert_eq!((found.user_rules.allow, found.user_rules.ask), (rules(&["A"]), rules(&["C"])));
        assert_eq!(found.project_rules.allow, rules(&["B", "A"]));
    }

    #[test]
    fn flags_beat_assignments_and_assignments_beat_the_environment() {
        let with = |flag: Option<&str>| Sources {
            environment: Overrides { model: Some("environment".into()), ..Overrides::default() },
            flags: Overrides { model: flag.map(Into::into), ..Overrides::default() },
            assignments: vec!["model = assigned".into()],
            ..Sources::default()
        };
        let model = |flag| layered("", "", with(flag)).unwrap().settings.model.unwrap();
        assert_eq!(model(None), "assigned");
        assert_eq!(model(Some("flag")), "flag");
    }

    #[test]
    fn s7_the_servers_of_a_project_are_no_part_of_the_settings() {
        let found = layered(
            "[mcp.a]\ncommand = [\"mine\"]\nread_only = [\"*\"]",
            "[mcp.a]\nenv = [\"TOKEN\"]\n[mcp.b]\nurl = \"http://127.0.0.1:1/mcp\"",
            Sources::default(),
        )
        .unwrap();
        let own = ServerSettings {
            command: vec!["mine".into()],
            read_only: vec!["*".into()],
            ..ServerSettings::default()
        };
        assert_eq!(found.settings.mcp, BTreeMap::from([("a".to_owned(), own)]));
        assert_eq!(found.project_servers.keys().collect::<Vec<_>>(), ["a", "b"]);
        let error = layered("", "[mcp.b]\nread_only = [\"*\"]", Sources::default()).unwrap_err();
        assert!(
            error.to_string().contains("mcp.b.read_only cannot be set by a project's own file"),
            "{error}"
        );
    }

    #[test]
    fn names_with_dots_are_quoted() {
        let sources =
            Sources { assignments: vec!["models.\"qwen2.5\".window=1000".into()], ..Sources::default() };
        assert_eq!(
            layered("", "", sources).unwrap().settings.models["qwen2.5"].window,
            Some(headwater_protocol::Tokens(1000))
        );
    }

    #[test]
    fn problems_name_file_and_line() {
        let error = layered("[limits]\nmax_stepps = 3", "", Sources::default()).unwrap_err().to_string();
        assert!(
            error.contains(
                "user.toml:2: there is no setting limits.max_stepps; did you mean limits.max_steps?"
            ),
            "{error}"
        );
        let sources = Sources { assignments: vec!["limits.max_steps=many".into()], ..Sources::default() };
        let error = layered("", "", sources).unwrap_err().to_string();
        let expected =
            "`-c limits.max_steps=many`: limits.max_steps takes a whole number, 0 or more, not \"many\"";
        assert!(error.starts_with(expected), "{error}");
    }
}
