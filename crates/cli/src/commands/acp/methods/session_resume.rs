//! `session/resume`: a session goes on, for a client that knows what it holds.

use agent_client_protocol_schema::v1::ResumeSessionRequest;
use headwater_engine::Start;
use headwater_protocol::SessionId;

use crate::commands::acp::sessions::{Told, Wanted};

/// A session that exists, without its history.
pub(super) fn wanted(own: ResumeSessionRequest) -> Wanted {
    let start = Start::Resume(SessionId::new(&*own.session_id.0));
    Wanted { cwd: own.cwd, start, told: Told::Resumed, servers: own.mcp_servers }
}
