//! A call of a server's tool: asked, watched, given up when the turn is interrupted or nothing comes.

use std::time::Duration;

use headwater_protocol::{ToolContext, ToolOutcome, Transient};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CancelledNotification, CancelledNotificationParam,
    ClientNotification, ClientRequest, JsonObject, RequestId, ServerResult,
};
use rmcp::service::{PeerRequestOptions, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpError;
use serde_json::Value;

use super::connection::told;
use super::content;
use super::server::{Line, Server, Unready};
use crate::report;

/// The longest time a call may take, however much progress it tells of.
const LONGEST_CALL: Duration = Duration::from_hours(1);
/// How long telling a server that nobody waits any more may take.
const FAREWELL: Duration = Duration::from_millis(100);

/// Calls a tool by the name that the server gives it.
pub(super) async fn call(
    server: &Server,
    tool: &str,
    arguments: JsonObject,
    context: ToolContext,
) -> ToolOutcome {
    let line = match server.line(&context.cancel).await {
        Ok(line) => line,
        Err(unready) => return not_called(server, &unready),
    };
    match ask(server, &line, (tool, arguments), &context).await {
        Ok(answer) => {
            server.note_success();
            let (name, tool) = (server.config.name.clone(), tool.to_owned());
            report::work(context, move |context| content::outcome(&answer, (&name, &tool), context)).await
        }
        Err(failure) => failed(server, failure),
    }
}

/// Why there is no answer.
enum Failure {
    Interrupted,
    TooLate(Duration),
    Said(ServiceError),
}

async fn ask(
    server: &Server,
    line: &Line,
    (tool, arguments): (&str, JsonObject),
    context: &ToolContext,
) -> Result<Value, Failure> {
    let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
    let request = CallToolRequest::new(params);
    let options = PeerRequestOptions::with_timeout(server.config.call_timeout)
        .reset_timeout_on_progress()
        .with_max_total_timeout(LONGEST_CALL);
    let sent = line.peer.send_cancellable_request(ClientRequest::CallToolRequest(request), options);
    let handle = tokio::select! {
        sent = sent => sent.map_err(Failure::Said)?,
        () = context.cancel.cancelled() => return Err(Failure::Interrupted),
    };
    let _watch = line.watched.watch(handle.progress_token.clone(), context.progress.clone());
    let id = handle.id.clone();
    let answer = tokio::select! {
        answer = handle.await_response() => answer,
        () = context.cancel.cancelled() => {
            give_up(line, id).await;
            return Err(Failure::Interrupted);
        }
    };
    match answer {
        Ok(ServerResult::InputRequiredResult(_)) => Err(Failure::Said(ServiceError::UnexpectedResponse)),
        Ok(answer) => Ok(serde_json::to_value(&answer).unwrap_or_default()),
        Err(ServiceError::Timeout { timeout }) => Err(Failure::TooLate(timeout)),
        Err(error) => Err(Failure::Said(error)),
    }
}

/// Tells the server that nobody waits any more. One that does not listen is not waited for.
async fn give_up(line: &Line, id: RequestId) {
    let params = CancelledNotificationParam::new(Some(id), Some("the person interrupted it".to_owned()));
    let cancelled = CancelledNotification::new(params);
    let told = line.peer.send_notification(ClientNotification::CancelledNotification(cancelled));
    drop(tokio::time::timeout(FAREWELL, told).await);
}

/// The server could not be asked: nothing has happened.
fn not_called(server: &Server, unready: &Unready) -> ToolOutcome {
    let name = &server.config.name;
    match unready {
        Unready::Off => ToolOutcome::error(format!("Not called: the server {name} is switched off.")),
        Unready::NeedsLogin => ToolOutcome::error(format!(
            "Not called: the server {name} wants to know who asks. The person can log in: headwater mcp login {name}"
        )),
        Unready::Failed { why, retry_after } => ToolOutcome::for_now(
            format!("Not called: the server {name} does not answer; {why}."),
            Transient::without_effect().after(Some(*retry_after)),
        ),
        Unready::Slow => ToolOutcome::for_now(
            format!(
                "Not called: the server {name} did not start within {} s.",
                server.config.start_timeout.as_secs_f64()
            ),
            Transient::without_effect(),
        ),
        Unready::Interrupted => ToolOutcome::error("Not called: the turn was interrupted."),
    }
}

/// The server was asked, and did not answer, or with an error of the protocol.
fn failed(server: &Server, failure: Failure) -> ToolOutcome {
    const UNKNOWN: &str = "Whether it took effect is not known: look before you repeat it.";
    let name = &server.config.name;
    let error = match failure {
        Failure::Interrupted => {
            return ToolOutcome::error(format!("Interrupted; the server {name} was told. {UNKNOWN}"));
        }
        Failure::TooLate(limit) => {
            let seconds = limit.as_secs_f64();
            let text =
                format!("The server {name} said nothing for {seconds} s and was told to stop. {UNKNOWN}");
            return ToolOutcome::for_now(text, Transient::default());
        }
        Failure::Said(error) => error,
    };
    if error.is_authorization_required() {
        server.note_login(error.auth_challenge().unwrap_or_default().to_owned());
        return not_called(server, &Unready::NeedsLogin);
    }
    match error {
        ServiceError::McpError(_) | ServiceError::UnexpectedResponse => {
            ToolOutcome::error(format!("The server {name} refuses it: {}", told(&error)))
        }
        error => {
            let failure = transient(&error);
            let end = if failure.had_no_effect { "Nothing was done." } else { UNKNOWN };
            let text = format!("The server {name} cannot be reached: {}. {end}", lost(server, &error));
            ToolOutcome::for_now(text, failure)
        }
    }
}

/// What is known of a connection that was lost.
fn lost(server: &Server, error: &ServiceError) -> String {
    match (error, server.errors.last_line()) {
        (ServiceError::TransportClosed, Some(line)) => format!("it ended: {line}"),
        (ServiceError::TransportClosed, None) => "it ended".to_owned(),
        (error, _) => told(error),
    }
}

/// What may be hoped for after a failure of the way to the server.
fn transient(error: &ServiceError) -> Transient {
    let ServiceError::TransportSend(error) = error else { return Transient::default() };
    match error.error.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
        Some(StreamableHttpError::HttpStatus(status)) => {
            let is_turned_away = matches!(status.status, 429 | 503);
            let wait = status.retry_after.as_deref().and_then(|text| text.trim().parse().ok());
            Transient { had_no_effect: is_turned_away, retry_after: wait.map(Duration::from_secs) }
        }
        Some(StreamableHttpError::Client(error)) if error.is_connect() => Transient::without_effect(),
        Some(_) | None => Transient::default(),
    }
}
