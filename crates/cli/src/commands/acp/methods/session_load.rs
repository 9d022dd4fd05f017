//! `session/load`: a session goes on, and the client is told what it holds before it has its answer.

use agent_client_protocol_schema::v1::LoadSessionRequest;
use headwater_engine::Start;
use headwater_protocol::SessionId;

use crate::commands::acp::sessions::{Told, Wanted};

/// A session that exists, with its history.
pub(super) fn wanted(own: LoadSessionRequest) -> Wanted {
    let start = Start::Resume(SessionId::new(&*own.session_id.0));
    Wanted { cwd: own.cwd, start, told: Told::Loaded, servers: own.mcp_servers }
}
