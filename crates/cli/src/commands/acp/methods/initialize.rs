//! `initialize`: which version is spoken, and what can be asked.

use agent_client_protocol_schema::ProtocolVersion;
use agent_client_protocol_schema::v1::{
    AgentCapabilities, Implementation, InitializeRequest, InitializeResponse, McpCapabilities,
    PromptCapabilities, SessionCapabilities, SessionCloseCapabilities, SessionListCapabilities,
    SessionResumeCapabilities,
};

use super::{Desk, authenticate};
use crate::commands::acp::capabilities::ClientAbilities;
use crate::session::VERSION;

/// The one version there is; a client that speaks no other leaves.
pub(super) fn answer(desk: &Desk, own: &InitializeRequest) -> InitializeResponse {
    let abilities = ClientAbilities::from(&own.client_capabilities);
    // A second one changes nothing.
    let abilities = *desk.host.abilities.get_or_init(|| abilities);
    let sessions = SessionCapabilities::new()
        .list(SessionListCapabilities::new())
        .resume(SessionResumeCapabilities::new())
        .close(SessionCloseCapabilities::new());
    let agent = AgentCapabilities::new()
        .load_session(true)
        .mcp_capabilities(McpCapabilities::new().http(true))
        .prompt_capabilities(PromptCapabilities::new().embedded_context(true))
        .session_capabilities(sessions);
    InitializeResponse::new(ProtocolVersion::V1)
        .agent_capabilities(agent)
        .auth_methods(authenticate::methods(abilities))
        .agent_info(Implementation::new("headwater", VERSION).title("Headwater".to_owned()))
}
