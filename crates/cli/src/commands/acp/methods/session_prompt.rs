//! `session/prompt`: answered once the turn has ended.

use agent_client_protocol_schema::v1::PromptRequest;

use super::Desk;
use crate::commands::acp::session::Order;
use crate::commands::acp::wire::Reply;

pub(super) async fn order(desk: &Desk, own: PromptRequest, reply: Reply) {
    let PromptRequest { session_id, prompt: blocks, .. } = own;
    desk.sessions.order(&session_id, reply, |reply| Order::Prompt { blocks, reply }).await;
}
