//! `session/set_mode`.

use agent_client_protocol_schema::v1::SetSessionModeRequest;
use headwater_protocol::ModeId;

use super::Desk;
use crate::commands::acp::errors::refused;
use crate::commands::acp::session::Order;
use crate::commands::acp::wire::Reply;

pub(super) async fn order(desk: &Desk, own: &SetSessionModeRequest, reply: Reply) {
    match own.mode_id.0.parse::<ModeId>() {
        Ok(mode) => desk.sessions.order(&own.session_id, reply, |reply| Order::Mode { mode, reply }).await,
        Err(error) => reply.give::<()>(Err(refused(&error.to_string()))).await,
    }
}
