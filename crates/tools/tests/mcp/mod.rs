//! MCP servers, real ones: programs over pipes and servers over HTTP.

mod bounds;
mod calls;
mod lists;
mod programs;
mod web;

use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater_protocol::{AnyTool, MCP_TOOL, ToolOutcome};
use headwater_testkit::{McpProgram, McpWeb};
use headwater_tools::mcp::{
    HEADER_TOKENS, McpServers, McpSetup, Reach, ServerConfig, ServerReport, ServerState,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::{DEADLINE, Stage};

/// A session with servers.
struct Session {
    stage: Stage,
    servers: McpServers,
}

/// The settings of a server that is a program, under the name `s`.
fn program(program: &McpProgram) -> ServerConfig {
    let (command, cwd) = (program.command(), program.directory().to_owned());
    ServerConfig::new("s", Reach::Stdio { command, env: Vec::new(), cwd })
}

/// The settings of a server at an address, under the name `w`.
fn web(web: &McpWeb) -> ServerConfig {
    ServerConfig::new("w", Reach::Http { url: web.url(), headers: Vec::new() })
}

fn setup(servers: Vec<ServerConfig>, cache: &TempDir) -> McpSetup {
    let env = headwater_sandbox::scrubbed_env(std::env::vars_os(), &[]);
    let cache = Some(cache.path().to_owned());
    McpSetup { servers, env, cache, tokens: None, header_tokens: HEADER_TOKENS, version: "0.0.0-test" }
}

impl Session {
    /// A session with these servers; what they list is kept in `cache`.
    fn start(servers: Vec<ServerConfig>, cache: &TempDir) -> Self {
        Self::of(McpServers::start(setup(servers, cache)))
    }

    fn of(servers: McpServers) -> Self {
        let mut stage = Stage::new();
        stage.tools.extend(servers.tools());
        Self { stage, servers }
    }

    /// A session with one server, which has answered.
    async fn ready(config: ServerConfig) -> Self {
        let session = Self::start(vec![config], &tempfile::tempdir().unwrap());
        session.until("the server answers", |report| report.state == ServerState::Ready).await;
        session
    }

    /// The names of the tools that stand in the header.
    fn listed(&self) -> Vec<String> {
        self.servers.tools().iter().map(|tool| tool.spec().name).collect()
    }

    fn report(&self) -> ServerReport {
        self.servers.reports().into_iter().next().unwrap()
    }

    /// Waits until the first server stands as it should.
    async fn until(&self, what: &str, is_so: impl Fn(&ServerReport) -> bool) -> ServerReport {
        eventually(what, || Some(self.report()).filter(&is_so)).await
    }

    /// The tool that a call through `mcp` is for.
    fn passed_on(&self, name: &str, input: &Value) -> Option<(Arc<dyn AnyTool>, Value)> {
        let passed = self.stage.tool(MCP_TOOL).passes_on(name, input)?;
        Some((passed.tool, passed.input))
    }

    /// Calls a tool through `mcp`, as the engine does.
    async fn through(&mut self, tool: &str, arguments: Value) -> ToolOutcome {
        let input = json!({"action": "call", "tool": tool, "arguments": arguments});
        let (tool, input) = self.passed_on(MCP_TOOL, &input).expect("a tool");
        let context = self.stage.context();
        tokio::time::timeout(DEADLINE, tool.run(input, context)).await.expect("the tool ends")
    }

    /// The same with the first server's own name of the tool; the call must succeed.
    async fn ok(&mut self, tool: &str, arguments: Value) -> ToolOutcome {
        let outcome = self.through(&format!("mcp__{}__{tool}", self.report().name), arguments).await;
        assert!(!outcome.is_error, "{}", outcome.model_text);
        outcome
    }

    /// The same for a call that must fail.
    async fn refused(&mut self, tool: &str, arguments: Value) -> ToolOutcome {
        let outcome = self.through(&format!("mcp__{}__{tool}", self.report().name), arguments).await;
        assert!(outcome.is_error, "{}", outcome.model_text);
        outcome
    }
}

/// Waits until something is there.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
