//! `session/close`: the running prompt is cancelled, everything the session started ends, its log stays.

use agent_client_protocol_schema::v1::CloseSessionRequest;

use super::Desk;
use crate::commands::acp::session::Order;
use crate::commands::acp::wire::Reply;

pub(super) async fn order(desk: &Desk, own: &CloseSessionRequest, reply: Reply) {
    desk.sessions.order(&own.session_id, reply, |reply| Order::Close { reply }).await;
}
