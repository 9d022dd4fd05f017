//! `session/new`.

use agent_client_protocol_schema::v1::NewSessionRequest;
use headwater_engine::Start;

use crate::commands::acp::sessions::{Told, Wanted};

/// A fresh session in a directory.
pub(super) fn wanted(own: NewSessionRequest) -> Wanted {
    Wanted { cwd: own.cwd, start: Start::New { parent: None }, told: Told::New, servers: own.mcp_servers }
}
