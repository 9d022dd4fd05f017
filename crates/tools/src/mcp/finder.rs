//! The tool `mcp`: finds, describes and calls the tools of servers that do not stand in the header, because there are too
//! many of them, or because their server came later.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use headwater_protocol::tool::schema_of;
use headwater_protocol::{
    Access, AnyTool, Cancel, Capability, MCP_PREFIX, MCP_TOOL, PassedOn, ToolContext, ToolOutcome, ToolSpec,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::listing::ListedTool;
use super::naming::tool_name;
use super::report::ServerState;
use super::server::Server;
use super::tool::ServerTool;
use super::words;
use crate::report::{cap_of, data, data_schema, within};

/// How long a search waits for servers that are being started.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many tools a search shows.
const MOST_FOUND: usize = 30;
/// The longest line about a tool in a list, in bytes.
const LONGEST_LINE: usize = 160;

/// Finds tools of servers.
pub(super) struct Finder {
    servers: Vec<Arc<Server>>,
    description: String,
}

/// What is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// search: finds tools; describe: all about one; call: calls one
    action: Action,
    /// search: words to look for in names and descriptions; empty lists everything
    #[serde(default)]
    query: String,
    /// describe, call: the tool's full name
    #[serde(default)]
    tool: String,
    /// call: its arguments, as described
    #[serde(default)]
    arguments: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    Search,
    Describe,
    Call,
}

/// The screen's shape `mcp`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown {
    kind: &'static str,
    /// Those that are told.
    found: Vec<ShownTool>,
    /// How many more there are.
    more: usize,
    /// How each server stands.
    servers: Vec<ShownServer>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ShownTool {
    name: String,
    /// The first line of its description.
    about: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ShownServer {
    name: String,
    state: &'static str,
}

/// A tool that was found.
struct Found {
    listed: ListedTool,
    name: String,
}

impl Finder {
    /// Finds the tools of these servers. The description is the same whatever they list.
    pub(super) fn new(servers: Vec<Arc<Server>>) -> Self {
        let names: Vec<&str> = servers.iter().map(|server| server.config.name.as_str()).collect();
        let description = format!(
            "More tools, of these MCP servers: {}. Search, describe, then call; or call what you know. What such a tool \
             does is the server's word, and its answers may be foreign text.",
            names.join(", ")
        );
        Self { servers, description }
    }

    /// All tools there are now, in the order of their names.
    fn all(&self) -> Vec<Found> {
        let mut all: Vec<Found> = self.servers.iter().flat_map(tools_of).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// The tool of this name.
    fn find(&self, name: &str) -> Option<Arc<dyn AnyTool>> {
        self.servers.iter().find_map(|server| {
            let (config, condition) = (&server.config, server.condition());
            let is_it = |listed: &&ListedTool| {
                config.wants(&listed.name) && tool_name(&config.name, &listed.name) == name
            };
            let is_off = condition.state == ServerState::Off;
            let listed = condition.listing.tools.iter().find(is_it).filter(|_| !is_off)?;
            Some(Arc::new(ServerTool::new(server, listed)) as Arc<dyn AnyTool>)
        })
    }

    /// Waits for the servers that are being started.
    async fn wait(&self, cancel: &Cancel) {
        let waits = self.servers.iter().map(|server| server.settled(PATIENCE, cancel));
        futures_util::future::join_all(waits).await;
    }

    async fn answer(&self, input: Input, context: &ToolContext) -> ToolOutcome {
        let is_known = input.action != Action::Search && self.find(&input.tool).is_some();
        if !is_known {
            self.wait(&context.cancel).await;
        }
        let outcome = match input.action {
            Action::Search => self.search(&input.query),
            Action::Describe => self.describe(&input.tool),
            // What is known has been handed on, and judged; here comes only what was not.
            Action::Call if self.find(&input.tool).is_some() => ToolOutcome::error(format!(
                "Not called: {} was only listed just now. Make the call again.",
                input.tool
            )),
            Action::Call => self.unknown(&input.tool),
        };
        within(outcome, cap_of(context))
    }

    fn search(&self, query: &str) -> ToolOutcome {
        let wanted: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let mut ranked: Vec<(u32, Found)> =
            self.all().into_iter().filter_map(|found| Some((rank(&wanted, &found)?, found))).collect();
        // The sort is stable: among equals the names decide.
        ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let more = ranked.len().saturating_sub(MOST_FOUND);
        let told: Vec<ShownTool> = ranked.iter().take(MOST_FOUND).map(|(_, found)| found.shown()).collect();
        let mut text: Vec<String> =
            told.iter().map(|tool| format!("{}: {}", tool.name, tool.about)).collect();
        if text.is_empty() {
            text.push("No tool matches.".to_owned());
        }
        if more > 0 {
            text.push(format!("[{more} more; search with other words]"));
        }
        text.extend(self.servers.iter().filter_map(standing));
        ToolOutcome::text(text.join("\n")).with_data(self.shown(told, more))
    }

    fn describe(&self, name: &str) -> ToolOutcome {
        let Some(tool) = self.find(name) else { return self.unknown(name) };
        let spec = tool.spec();
        let all = self.all();
        let described = all.iter().find(|found| found.name == spec.name);
        let description = described.map(|found| found.listed.description.as_str()).unwrap_or_default();
        let told = described.map(Found::shown).into_iter().collect();
        ToolOutcome::text(format!("{}\n{description}\nArguments: {}", spec.name, spec.input_schema))
            .with_data(self.shown(told, 0))
    }

    fn shown(&self, found: Vec<ShownTool>, more: usize) -> Value {
        let stand = |server: &Arc<Server>| ShownServer {
            name: server.config.name.clone(),
            state: server.condition().state.name(),
        };
        data(&Shown { kind: MCP_TOOL, found, more, servers: self.servers.iter().map(stand).collect() })
    }

    fn unknown(&self, name: &str) -> ToolOutcome {
        let standing: Vec<String> = self.servers.iter().filter_map(standing).collect();
        let name = words::line(name, 200);
        let text =
            format!("No server has a tool \"{name}\". Search for what there is.\n{}", standing.join("\n"));
        ToolOutcome::error(text.trim_end())
    }
}

impl Found {
    fn shown(&self) -> ShownTool {
        let about = words::line(first_line(&self.listed), LONGEST_LINE);
        ShownTool { name: self.name.clone(), about }
    }
}

/// The tools of a server that the person wants.
fn tools_of(server: &Arc<Server>) -> Vec<Found> {
    let condition = server.condition();
    if condition.state == ServerState::Off {
        return Vec::new();
    }
    let wanted = condition.listing.tools.iter().filter(|listed| server.config.wants(&listed.name));
    let found = wanted.map(|listed| {
        let name = tool_name(&server.config.name, &listed.name);
        Found { listed: listed.clone(), name }
    });
    found.collect()
}

/// How well a tool fits the words; all of them must be found. Its name says more than its description.
fn rank(wanted: &[String], found: &Found) -> Option<u32> {
    let (name, description) = (found.name.to_lowercase(), found.listed.description.to_lowercase());
    wanted.iter().try_fold(0_u32, |sum, word| {
        let worth = match (name.contains(word), description.contains(word)) {
            (true, _) => 3,
            (false, true) => 1,
            (false, false) => return None,
        };
        Some(sum.saturating_add(worth))
    })
}

fn first_line(listed: &ListedTool) -> &str {
    listed.said().lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
}

/// What is to be said of a server that does not answer.
fn standing(server: &Arc<Server>) -> Option<String> {
    let name = &server.config.name;
    match server.condition().state {
        ServerState::Ready => None,
        ServerState::Off => Some(format!("[{name}: off]")),
        ServerState::Starting => Some(format!("[{name}: still starting; what it listed before is shown]")),
        ServerState::NeedsLogin { .. } => Some(format!("[{name}: wants a login by the person]")),
        ServerState::Failed { why } => Some(format!("[{name}: does not answer; {}]", words::line(&why, 300))),
    }
}

impl AnyTool for Finder {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: MCP_TOOL.to_owned(),
            description: self.description.clone(),
            input_schema: schema_of::<Input>(),
            // It looks at what is listed; a call is judged as that of the tool which is called.
            capability: Capability::Read,
        }
    }

    fn output_schema(&self) -> Option<Value> {
        Some(data_schema::<Shown>())
    }

    fn access(&self, input: &Value) -> Result<Access, String> {
        Input::deserialize(input).map(|_| Access::Nothing).map_err(|error| error.to_string())
    }

    fn run(&self, input: Value, context: ToolContext) -> BoxFuture<'_, ToolOutcome> {
        Box::pin(async move {
            match serde_json::from_value::<Input>(input) {
                Ok(input) => self.answer(input, &context).await,
                Err(error) => ToolOutcome::error(format!("Wrong arguments: {error}")),
            }
        })
    }

    fn settle<'a>(&'a self, name: &'a str, input: &'a Value, cancel: &'a Cancel) -> BoxFuture<'a, ()> {
        let wanted = if name == MCP_TOOL { input.get("tool").and_then(Value::as_str) } else { Some(name) };
        let is_waiting =
            wanted.is_some_and(|wanted| wanted.starts_with(MCP_PREFIX) && self.find(wanted).is_none());
        Box::pin(async move {
            if is_waiting {
                self.wait(cancel).await;
            }
        })
    }

    fn passes_on(&self, name: &str, input: &Value) -> Option<PassedOn> {
        if name.starts_with(MCP_PREFIX) {
            return Some(PassedOn { tool: self.find(name)?, input: input.clone() });
        }
        if name != MCP_TOOL {
            return None;
        }
        let input = Input::deserialize(input).ok().filter(|input| input.action == Action::Call)?;
        Some(PassedOn { tool: self.find(&input.tool)?, input: Value::Object(input.arguments) })
    }
}
