//! Looks once at a server: does it answer, and what does it have?

use std::time::Duration;

use super::config::ServerConfig;
use super::report::ServerReport;
use super::servers::{McpServers, McpSetup};

/// Starts a server, lists its tools, ends it. What it lists is kept for the sessions to come, if the setup has a place for
/// that. Takes as long as the server may take to start, and a few seconds at most.
pub async fn probe(config: ServerConfig, setup: McpSetup) -> ServerReport {
    let patience = config.start_timeout + Duration::from_secs(1);
    let config = ServerConfig { is_enabled: true, ..config };
    let name = config.name.clone();
    let servers = McpServers::start(McpSetup { servers: vec![config], ..setup });
    servers.settled(patience).await;
    let report = servers.reports().into_iter().next();
    servers.close().await;
    let gone = || ServerReport {
        name,
        state: super::report::ServerState::Off,
        tools: Vec::new(),
        implementation: None,
        protocol: None,
        took: None,
        remarks: Vec::new(),
        errors: String::new(),
    };
    report.unwrap_or_else(gone)
}
