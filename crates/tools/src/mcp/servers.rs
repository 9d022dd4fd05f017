//! The servers of a session: started side by side, off the critical path; their tools; how they stand.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::{BoxStream, select_all};
use headwater_protocol::AnyTool;
use tokio_util::task::AbortOnDropHandle;

use super::config::{ServerConfig, rule_for};
use super::connection::Surroundings;
use super::finder::Finder;
use super::http::BearerTokens;
use super::listing::Shelf;
use super::naming::tool_name;
use super::report::{ServerReport, ToolReport};
use super::selection::select;
use super::server::{Order, Server};
use super::words;

/// The tokens that the tools of servers may take of every request, unless settings say otherwise.
pub const HEADER_TOKENS: u64 = 4_000;
/// How long all servers together may take to end.
const FAREWELL: Duration = Duration::from_secs(3);
/// The longest summary of a tool in a report, in bytes.
const LONGEST_SUMMARY: usize = 200;

/// What servers are run with.
pub struct McpSetup {
    /// The servers, those that are switched off too: the person may start them later. Of several that rules cannot tell
    /// apart ([`rule_for`]) the first counts.
    pub servers: Vec<ServerConfig>,
    /// What stands in the environment of every program, already free of credentials (`headwater_sandbox::scrubbed_env`).
    pub env: Vec<(String, String)>,
    /// The cache directory of the program: lists of tools are kept in it. Absent, nothing is kept, and every tool is
    /// reached through `mcp`.
    pub cache: Option<PathBuf>,
    /// Where the tokens come from; absent where nobody has logged in anywhere.
    pub tokens: Option<Arc<dyn BearerTokens>>,
    /// The tokens that tools may take of every request.
    pub header_tokens: u64,
    /// The version of this program, which servers are told.
    pub version: &'static str,
}

/// The servers of a session. Clones share them; with the last one, and the last of its tools, they end.
#[derive(Clone)]
pub struct McpServers {
    fleet: Arc<Fleet>,
}

struct Fleet {
    servers: Vec<Arc<Server>>,
    tools: Vec<Arc<dyn AnyTool>>,
    /// The names of those tools.
    listed: BTreeSet<String>,
    /// What runs the servers; dropped, it ends them.
    tasks: Mutex<Vec<AbortOnDropHandle<()>>>,
}

impl McpServers {
    /// Starts the servers that are switched on, and returns at once. Must be called within an async runtime.
    pub fn start(setup: McpSetup) -> Self {
        let surroundings =
            Surroundings { env: setup.env.into(), tokens: setup.tokens, version: setup.version };
        let shelf = Shelf::new(setup.cache.as_deref());
        let mut names = BTreeSet::new();
        let (mut servers, mut tasks) = (Vec::new(), Vec::new());
        for config in setup.servers {
            if !names.insert(rule_for(&config.name).to_lowercase()) {
                continue;
            }
            let kept = shelf.read(&config);
            let (server, orders) = Server::new(config, kept);
            let server = Arc::new(server);
            let run = Arc::clone(&server).run(surroundings.clone(), shelf.clone(), orders);
            tasks.push(AbortOnDropHandle::new(tokio::spawn(run)));
            servers.push(server);
        }
        let selected = select(&servers, setup.header_tokens);
        let listed = selected.iter().map(|tool| tool.name().to_owned()).collect();
        let mut tools: Vec<Arc<dyn AnyTool>> = Vec::new();
        tools.extend(selected.into_iter().map(|tool| Arc::new(tool) as Arc<dyn AnyTool>));
        if !servers.is_empty() {
            tools.push(Arc::new(Finder::new(servers.clone())));
        }
        Self { fleet: Arc::new(Fleet { servers, tools, listed, tasks: Mutex::new(tasks) }) }
    }

    /// The tools for the session's header, behind the built-in ones: those that are known from earlier sessions and fit,
    /// by their names, and `mcp`, by which all others are reached. The same however often it is asked, whatever servers
    /// say meanwhile; nothing where there is no server. They do not keep the servers running: this handle does.
    pub fn tools(&self) -> Vec<Arc<dyn AnyTool>> {
        self.fleet.tools.clone()
    }

    /// How all servers stand, in the order of the setup.
    pub fn reports(&self) -> Vec<ServerReport> {
        self.fleet.servers.iter().map(|server| report(server, &self.fleet.listed)).collect()
    }

    /// Yields whenever a server stands otherwise than before; ends with the servers.
    pub fn changes(&self) -> BoxStream<'static, ()> {
        let changes = self.fleet.servers.iter().map(|server| {
            futures_util::stream::unfold(server.changes(), |mut changes| async move {
                changes.changed().await.ok().map(|()| ((), changes))
            })
            .boxed()
        });
        select_all(changes).boxed()
    }

    /// Starts a server: one that is off, failed, or wanted a login. Whether there is one of this name.
    pub fn enable(&self, name: &str) -> bool {
        self.order(name, Order::Start)
    }

    /// Ends a server for this session. Whether there is one of this name.
    pub fn disable(&self, name: &str) -> bool {
        self.order(name, Order::Stop)
    }

    /// Waits until no server is starting any more, at most `patience`.
    pub async fn settled(&self, patience: Duration) {
        let never = headwater_protocol::Cancel::new();
        join_all(self.fleet.servers.iter().map(|server| server.settled(patience, &never))).await;
    }

    /// Ends all servers, politely first, and waits for that a few seconds at most. Dropping the last handle ends them too,
    /// at once and without a word.
    pub async fn close(&self) {
        let tasks = std::mem::take(&mut *self.fleet.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for server in &self.fleet.servers {
            server.order(Order::Leave);
        }
        // What is not over by then is ended by being dropped.
        drop(tokio::time::timeout(FAREWELL, join_all(tasks)).await);
    }

    fn order(&self, name: &str, order: Order) -> bool {
        let server = self.fleet.servers.iter().find(|server| server.config.name == name);
        server.inspect(|server| server.steer(order)).is_some()
    }
}

impl std::fmt::Debug for McpServers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.fleet.servers.iter().map(|server| &server.config.name)).finish()
    }
}

fn report(server: &Arc<Server>, listed: &BTreeSet<String>) -> ServerReport {
    let condition = server.condition();
    let config = &server.config;
    let wanted = condition.listing.tools.iter().filter(|tool| config.wants(&tool.name));
    let tools = wanted.map(|tool| {
        let name = tool_name(&config.name, &tool.name);
        ToolReport {
            is_listed: listed.contains(&name),
            name,
            given: words::line(&tool.name, LONGEST_SUMMARY),
            summary: words::line(tool.description.lines().next().unwrap_or_default(), LONGEST_SUMMARY),
            is_vouched_for: config.vouches_for(&tool.name),
            claims_to_read: tool.claims_to_read,
        }
    });
    ServerReport {
        name: config.name.clone(),
        tools: tools.collect(),
        state: condition.state,
        implementation: condition.listing.implementation.clone(),
        protocol: condition.listing.protocol.clone(),
        took: condition.took,
        remarks: condition.listing.remarks.clone(),
        errors: server.errors.text(),
    }
}
