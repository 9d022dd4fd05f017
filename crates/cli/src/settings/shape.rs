//! The settings as the program uses them. `keys.rs` lists the same; a test holds them together.

use std::collections::BTreeMap;
use std::time::Duration;

use headwater_context::Thresholds;
use headwater_engine::ToolLimits;
use headwater_policy::RuleTexts;
use headwater_protocol::Tokens;
use headwater_providers::{ModelSettings, Network, VendorSettings};
use serde::{Deserialize, Serialize};

/// All settings, layers merged. What is not set holds its default where it is used.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The vendor.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The model of children.
    pub child_model: Option<String>,
    /// How the model writes.
    pub output_style: Option<String>,
    /// The model that stands in.
    pub fallback_model: Option<String>,
    /// Its vendor.
    pub fallback_provider: Option<String>,
    /// Vendors of the user's own, and changes to known ones.
    pub providers: BTreeMap<String, VendorSettings>,
    /// What the user knows of models.
    pub models: BTreeMap<String, ModelSettings>,
    /// Permission rules, all layers together.
    #[cfg_attr(test, schemars(with = "tests::RuleLists"))]
    pub permissions: RuleTexts,
    /// Hard limits.
    pub limits: Limits,
    /// How far tools may go, by their names.
    pub tools: BTreeMap<String, ToolSettings>,
    /// Missions.
    pub recursive: Recursive,
    /// Hooks.
    pub hooks: HookSettings,
    /// The person's servers of tools.
    pub mcp: BTreeMap<String, ServerSettings>,
    /// Sub-agents.
    pub agents: Agents,
    /// What happens when a conversation fills the window.
    pub context: Window,
    /// Deadlines and retries.
    pub network: Network,
    /// Traces.
    pub telemetry: Telemetry,
    /// What is let through.
    pub output: Output,
    /// The status line of the person's own.
    pub status_line: StatusLineSettings,
    /// The screen.
    pub ui: Ui,
    /// Keys by action.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The address of the vendor's server, which only `--base-url` and `HEADWATER_BASE_URL` set.
    #[serde(skip)]
    pub base_url: Option<String>,
}

/// Hard limits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "as the settings and the flags spell them")]
pub(crate) struct Limits {
    /// Requests a turn may make.
    pub max_steps: Option<u32>,
    /// US dollars a session may cost.
    pub max_cost: Option<f64>,
    /// Seconds a turn may take.
    pub max_time: Option<u64>,
    /// Seconds a question whether a call may run waits.
    pub max_approval: Option<u64>,
}

/// How far a tool may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ToolSettings {
    /// Attempts at one call.
    pub attempts: Option<u32>,
    /// Results in a row that failed for now, after which it is left alone.
    pub breaker: Option<u32>,
    /// Seconds it is left alone.
    pub rest: Option<f64>,
    /// Calls a turn may make.
    pub max_calls: Option<u32>,
    /// Seconds its calls of a turn may take together.
    pub max_time: Option<f64>,
}

impl From<ToolSettings> for ToolLimits {
    fn from(settings: ToolSettings) -> Self {
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Self {
            attempts: settings.attempts,
            breaker: settings.breaker,
            rest: settings.rest.map(seconds),
            max_calls: settings.max_calls,
            max_time: settings.max_time.map(seconds),
        }
    }
}

/// Missions and recursive completions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Recursive {
    /// Levels below the root.
    pub max_depth: Option<u32>,
    /// Calls of child models.
    pub max_children: Option<u32>,
    /// Answers of the root.
    pub max_iterations: Option<u32>,
    /// Children asked at once to begin with.
    pub parallel: Option<u32>,
    /// Seconds a block may run.
    pub block_timeout: Option<f64>,
}

/// Hooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HookSettings {
    /// Whether those of another agent run here too.
    pub claude: Option<bool>,
}

/// The status line of the person's own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StatusLineSettings {
    /// What is run, for bash.
    pub command: Option<String>,
    /// Columns left free at either side.
    pub padding: Option<u16>,
    /// Seconds until it is ended.
    pub timeout: Option<f64>,
}

/// A server of tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerSettings {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where it answers, instead of a program.
    pub url: Option<String>,
    /// Variables that it is given.
    pub env: Vec<String>,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// Where it is started.
    pub cwd: Option<String>,
    /// Whether it is started.
    pub enabled: Option<bool>,
    /// Seconds it may take to answer for the first time.
    pub start_timeout: Option<f64>,
    /// Seconds a call may stay without a sign of it.
    pub timeout: Option<f64>,
    /// The tools that are taken; absent means all.
    pub tools: Option<Vec<String>>,
    /// Tools that are not.
    pub without_tools: Vec<String>,
    /// Tools that are vouched for.
    pub read_only: Vec<String>,
}

/// Sub-agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Agents {
    /// Whether there are any.
    pub enabled: Option<bool>,
    /// How many work at once.
    pub parallel: Option<u32>,
    /// Requests one may make.
    pub max_steps: Option<u32>,
    /// Seconds one may work.
    pub max_time: Option<u64>,
    /// What names of models in definitions mean.
    pub models: BTreeMap<String, String>,
}

/// How full the window of a model may get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Window {
    /// The part of it from which older messages make room.
    pub compact_at: Option<f64>,
    /// The part of it that the newest messages keep.
    pub keep: Option<f64>,
    /// Tokens of a result from which it is stored when room is needed.
    pub externalize_over: Option<u64>,
}

impl From<Window> for Thresholds {
    fn from(window: Window) -> Self {
        let usual = Self::default();
        Self {
            compact_at: window.compact_at.unwrap_or(usual.compact_at),
            keep: window.keep.unwrap_or(usual.keep),
            externalize_over: window.externalize_over.map_or(usual.externalize_over, Tokens),
        }
    }
}

/// Traces for OpenTelemetry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Telemetry {
    /// Whether spans are exported at all.
    pub enabled: Option<bool>,
    /// The address of the collector.
    pub otlp_endpoint: Option<String>,
    /// Whether spans hold what was said and done.
    pub content: Option<bool>,
}

/// What reaches logs, the screen and models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Output {
    /// Whether secrets are taken out.
    pub redact: Option<bool>,
    /// What counts as one besides credentials and the known shapes.
    pub secret_patterns: Vec<String>,
}

/// The screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ui {
    /// The theme.
    pub theme: Option<String>,
    /// Which presenter draws.
    pub screen: Option<String>,
    /// Whether the wheel scrolls the transcript.
    pub mouse: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{KEYS, Kind};
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// What the policy's table of rules looks like; it brings no schema of its own.
    #[derive(schemars::JsonSchema)]
    pub(super) struct RuleLists {
        #[expect(dead_code, reason = "only its schema is used")]
        allow: Vec<String>,
        #[expect(dead_code, reason = "only its schema is used")]
        ask: Vec<String>,
        #[expect(dead_code, reason = "only its schema is used")]
        deny: Vec<String>,
        #[expect(dead_code, reason = "only its schema is used")]
        after_foreign: Option<String>,
    }

    fn paths_of(schema: &Value, root: &Value, prefix: &str, into: &mut BTreeSet<String>) {
        let schema = match schema["$ref"].as_str() {
            Some(reference) => &root["$defs"][reference.trim_start_matches("#/$defs/")],
            None => schema["anyOf"].get(0).map_or(schema, |first| {
                &root["$defs"][first["$ref"].as_str().unwrap().trim_start_matches("#/$defs/")]
            }),
        };
        let below = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        if let Some(fields) = schema["properties"].as_object() {
            fields.iter().for_each(|(name, field)| paths_of(field, root, &below(name), into));
        } else if schema["additionalProperties"].is_object() {
            let name = if prefix == "keys" { "ACTION" } else { "NAME" };
            paths_of(&schema["additionalProperties"], root, &below(name), into);
        } else {
            into.insert(prefix.to_owned());
        }
    }

    #[test]
    fn the_table_and_the_struct_name_the_same_settings() {
        let schema = schemars::schema_for!(Settings).to_value();
        let mut fields = BTreeSet::new();
        paths_of(&schema, &schema, "", &mut fields);
        let table: BTreeSet<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
        assert_eq!(fields, table);
    }

    #[test]
    fn every_kind_of_the_table_is_what_the_struct_takes() {
        let line = |key: &crate::settings::keys::Key| {
            let sample = match key.kind {
                Kind::Text => "\"x\"".to_owned(),
                Kind::Choice(choices) => format!("\"{}\"", choices[0]),
                Kind::Whole => "7".to_owned(),
                Kind::Number | Kind::Part => "0.5".to_owned(),
                Kind::Flag => "true".to_owned(),
                Kind::Texts | Kind::Rules => "[\"x\"]".to_owned(),
            };
            format!("{} = {sample}\n", key.path)
        };
        let text: String = KEYS.iter().map(line).collect();
        toml::from_str::<Settings>(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}
