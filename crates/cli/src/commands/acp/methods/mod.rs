//! What a client may ask, one file a method. To add one: a file here, a line in `mod`, an arm in [`call`].

mod authenticate;
mod initialize;
mod session_close;
mod session_list;
mod session_load;
mod session_new;
mod session_prompt;
mod session_resume;
mod session_set_config_option;
mod session_set_mode;

use std::sync::Arc;

use agent_client_protocol_schema::MethodDispatchError;
use agent_client_protocol_schema::v1::{
    CancelNotification, CancelRequestNotification, ClientRequest, Error, PROTOCOL_LEVEL_METHOD_NAMES,
};
use serde_json::Value;

use super::errors::{refused, untimely};
use super::session::{Host, Order};
use super::sessions::Sessions;
use super::wire::Reply;

/// What a method works with.
#[derive(Clone)]
pub(super) struct Desk {
    /// What all sessions share.
    pub(super) host: Arc<Host>,
    /// The sessions that are open.
    pub(super) sessions: Sessions,
}

/// Answers a request, at once or by what it sets to work.
pub(super) async fn call(desk: &Desk, method: &str, params: &Value, reply: Reply) {
    let request = match ClientRequest::from_method_and_params(method, params) {
        Ok(request) => request,
        Err(error) => return reply.give::<()>(Err(not_understood(&error))).await,
    };
    let has_begun = desk.host.abilities.get().is_some();
    if !has_begun && !matches!(request, ClientRequest::InitializeRequest(_)) {
        return reply.give::<()>(Err(untimely("The first request is `initialize`."))).await;
    }
    match request {
        ClientRequest::InitializeRequest(own) => reply.give(Ok(initialize::answer(desk, &own))).await,
        ClientRequest::AuthenticateRequest(own) => reply.give(authenticate::answer(desk, &own)).await,
        ClientRequest::NewSessionRequest(own) => desk.open(reply, session_new::wanted(own)).await,
        ClientRequest::LoadSessionRequest(own) => desk.open(reply, session_load::wanted(own)).await,
        ClientRequest::ResumeSessionRequest(own) => desk.open(reply, session_resume::wanted(own)).await,
        ClientRequest::ListSessionsRequest(own) => session_list::answer(desk, own, reply),
        ClientRequest::CloseSessionRequest(own) => session_close::order(desk, &own, reply).await,
        ClientRequest::PromptRequest(own) => session_prompt::order(desk, own, reply).await,
        ClientRequest::SetSessionModeRequest(own) => session_set_mode::order(desk, &own, reply).await,
        ClientRequest::SetSessionConfigOptionRequest(own) => {
            session_set_config_option::order(desk, own, reply).await;
        }
        _ => reply.give::<()>(Err(unknown(method))).await,
    }
}

/// Takes in what wants no answer. What nobody knows here is passed over, as the protocol has it.
pub(super) async fn hear(desk: &Desk, method: &str, params: Value) {
    if method == "session/cancel" {
        if let Ok(own) = serde_json::from_value::<CancelNotification>(params) {
            desk.sessions.hand(&own.session_id, Order::Cancel).await.ok();
        }
    } else if method == PROTOCOL_LEVEL_METHOD_NAMES.cancel_request {
        if let Ok(own) = serde_json::from_value::<CancelRequestNotification>(params) {
            desk.sessions.hand_all(|| Order::TakeBack(own.request_id.clone())).await;
        }
    } else {
        tracing::debug!(method, "a notification that is not known");
    }
}

fn not_understood(error: &MethodDispatchError) -> Error {
    match error {
        MethodDispatchError::UnknownMethod { method } => unknown(method),
        MethodDispatchError::InvalidPayload { method, source } => refused(&format!("{method}: {source}")),
        _ => Error::invalid_params(),
    }
}

fn unknown(method: &str) -> Error {
    let method: String = method.chars().take(100).collect();
    Error::method_not_found().data(Value::from(method))
}
