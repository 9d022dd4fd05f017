//! A client of MCP (Model Context Protocol) servers: their tools become tools of ours.
//!
//! *What a composition root does:* it makes a [`ServerConfig`] of each server that the person approved ([`check_name`] for
//! names, [`rule_for`] for what a permission rule says), and calls [`McpServers::start`] in the runtime of the session, with
//! a [`McpSetup`]. That returns at once. [`McpServers::tools`] go behind the built-in tools into the engine's setup; the
//! handle is kept as long as the session, since dropping the last one ends the servers ([`McpServers::close`] does it
//! politely). [`McpServers::reports`] says how they stand, [`McpServers::changes`] when that changes,
//! [`McpServers::enable`] and [`McpServers::disable`] are for the person. [`probe`] looks once at a server, and keeps what it
//! lists, so that the next session has its tools from the start. Tokens come from a [`BearerTokens`]; a server that wants
//! one it does not get stands as [`ServerState::NeedsLogin`] with its challenge.
//!
//! *Names*: `mcp__server__tool` ([`tool_name`]); rules match that, also where the tool is called through `mcp`. *Class*: a
//! tool that the person vouches for (`read_only`) counts as reading, every other as changing what nobody knows; what servers
//! claim of themselves lets nothing pass. *Lists* are kept on disk by what a server is reached by: a session's header is
//! made of what is kept, sorted, within [`HEADER_TOKENS`], and nothing changes it later; the rest is found, described and
//! called through one tool, `mcp`.
//!
//! *Invariants:* no start waits for a server; whatever a server sends, says or does not say is bounded, and ends in a state
//! or a result; programs get no credential that was not declared for them, and nothing of them outlives the session; what a
//! server asks of us (models, files, answers of the person) is refused. *Not here:* settings, consent, login, the screen.

mod call;
mod check;
mod config;
mod connection;
mod content;
mod finder;
mod flood;
mod http;
mod listener;
mod listing;
mod login;
mod mended;
mod naming;
mod probe;
mod report;
mod schema;
mod selection;
mod server;
mod servers;
mod stdio;
mod tool;
mod words;

pub use check::StartCheck;
pub use config::{CALL_TIMEOUT, LONGEST_NAME, Reach, START_TIMEOUT, ServerConfig, check_name, rule_for};
pub use http::BearerTokens;
pub use login::{Login, LoginError, TokenKeeper, Tokens};
pub use naming::tool_name;
pub use probe::probe;
pub use report::{ServerReport, ServerState, ToolReport};
pub use servers::{HEADER_TOKENS, McpServers, McpSetup};

/// The length of a value's JSON text.
fn json_bytes(value: &serde_json::Value) -> usize {
    value.to_string().len()
}
