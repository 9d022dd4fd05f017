//! `session/set_config_option`: the mode or the model.

use agent_client_protocol_schema::v1::{SessionConfigOptionValue, SetSessionConfigOptionRequest};

use super::Desk;
use crate::commands::acp::errors::refused;
use crate::commands::acp::session::Order;
use crate::commands::acp::wire::Reply;

pub(super) async fn order(desk: &Desk, own: SetSessionConfigOptionRequest, reply: Reply) {
    let SessionConfigOptionValue::ValueId { value } = own.value else {
        return reply
            .give::<()>(Err(refused("The value of an option is one of those that were listed.")))
            .await;
    };
    let (option, value) = (own.config_id.0.to_string(), value.0.to_string());
    desk.sessions.order(&own.session_id, reply, |reply| Order::Choose { option, value, reply }).await;
}
