//! Servers at an address: sessions, streams, refusals.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_core::future::BoxFuture;
use headwater_protocol::Transient;
use headwater_testkit::{McpWeb, WebAnswer};
use headwater_tools::mcp::{BearerTokens, McpServers, McpSetup, Reach, ServerConfig, ServerState};
use serde_json::json;

use super::{Session, setup, web};

#[tokio::test(flavor = "multi_thread")]
async fn s7_plain_answers_and_streams_are_read_and_the_session_is_told() {
    for is_stream in [false, true] {
        let server = McpWeb::start(move |call| match call.usual() {
            Some(answer) if call.method() == "initialize" => answer.with("mcp-session-id", "session-7"),
            Some(answer) => answer,
            None if is_stream => {
                let token = &call.message["params"]["_meta"]["progressToken"];
                let params = json!({"progressToken": token, "progress": 1, "message": "half way"});
                let progress =
                    json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params});
                call.events(&[progress], &call.echo())
            }
            None => call.result(&call.echo()),
        });
        let reach =
            Reach::Http { url: server.url(), headers: vec![("x-team".to_owned(), "blue".to_owned())] };
        let mut session = Session::ready(ServerConfig::new("w", reach)).await;
        assert_eq!(session.ok("echo", json!({"text": "hi"})).await.model_text, "you said hi");
        let calls = server.calls();
        assert!(calls.iter().all(|call| call.header("x-team") == Some("blue")));
        let asked = calls.iter().find(|call| call.method() == "tools/call").unwrap();
        assert_eq!(asked.header("mcp-session-id"), Some("session-7"));
        assert_eq!(asked.header("mcp-protocol-version"), Some("2025-06-18"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_session_that_the_server_forgot_is_begun_again() {
    let forgotten = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&forgotten);
    let server = McpWeb::start(move |call| match call.usual() {
        Some(answer) if call.method() == "initialize" => {
            answer.with("mcp-session-id", &format!("session-{}", counter.load(Ordering::SeqCst)))
        }
        Some(answer) => answer,
        None if call.header("mcp-session-id") == Some("session-0") => {
            counter.store(1, Ordering::SeqCst);
            WebAnswer::of(404)
        }
        None => call.result(&call.echo()),
    });
    let mut session = Session::ready(web(&server)).await;
    assert_eq!(session.ok("echo", json!({"text": "again"})).await.model_text, "you said again");
    assert_eq!(forgotten.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_who_is_turned_away_is_told_when_to_come_back() {
    let answers = Mutex::new(vec![WebAnswer::of(503), WebAnswer::of(429).with("retry-after", "7")]);
    let server = McpWeb::start(move |call| {
        call.usual()
            .unwrap_or_else(|| answers.lock().unwrap().pop().unwrap_or_else(|| call.result(&call.echo())))
    });
    let mut session = Session::ready(web(&server)).await;
    let busy = session.refused("echo", json!({})).await;
    let wanted = Transient::without_effect().after(Some(Duration::from_secs(7)));
    assert_eq!(busy.failure, Some(wanted), "{}", busy.model_text);
    assert!(busy.model_text.contains("HTTP 429") && busy.model_text.ends_with("Nothing was done."));
    let down = session.refused("echo", json!({})).await;
    assert_eq!(down.failure, Some(Transient::without_effect()), "{}", down.model_text);
    session.ok("echo", json!({"text": "x"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_an_address_where_nobody_is_says_so() {
    let gone = McpWeb::start(|_| WebAnswer::of(500));
    let mut config = web(&gone);
    config.reach = Reach::Http { url: format!("{}?key=hidden", gone.url()), headers: Vec::new() };
    drop(gone);
    let session = Session::start(vec![config], &tempfile::tempdir().unwrap());
    let report = session.until("it failed", |report| report.state.name() == "failed").await;
    let ServerState::Failed { why } = report.state else { panic!() };
    assert!(why.contains("refused") && !why.contains("hidden"), "{why}");
    for url in ["ftp://127.0.0.1/", "nonsense"] {
        let config = ServerConfig::new("w", Reach::Http { url: url.to_owned(), headers: Vec::new() });
        let session = Session::start(vec![config], &tempfile::tempdir().unwrap());
        session.until("it failed", |report| report.state.name() == "failed").await;
    }
}

/// Tokens that a test hands out.
struct Tokens(Mutex<Option<String>>);

impl BearerTokens for Tokens {
    fn token(&self, server: &str) -> BoxFuture<'static, Option<String>> {
        assert_eq!(server, "w");
        let token = self.0.lock().unwrap().clone();
        Box::pin(async move { token })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_server_that_wants_a_login_waits_for_one_and_may_want_it_again() {
    const CHALLENGE: &str = "Bearer resource_metadata=\"http://127.0.0.1/x\"";
    let valid = Arc::new(Mutex::new("Bearer one"));
    let known = Arc::clone(&valid);
    let server = McpWeb::start(move |call| {
        if call.header("authorization") != Some(*known.lock().unwrap()) {
            return WebAnswer::of(401).with("www-authenticate", CHALLENGE);
        }
        call.usual().unwrap_or_else(|| call.result(&call.echo()))
    });
    let cache = tempfile::tempdir().unwrap();
    let tokens = Arc::new(Tokens(Mutex::new(None)));
    let given: Arc<dyn BearerTokens> = tokens.clone();
    let servers = McpServers::start(McpSetup { tokens: Some(given), ..setup(vec![web(&server)], &cache) });
    let mut session = Session::of(servers);
    let wants = |report: &headwater_tools::mcp::ServerReport| {
        report.state == ServerState::NeedsLogin { challenge: CHALLENGE.to_owned() }
    };
    session.until("it wants a login", wants).await;

    *tokens.0.lock().unwrap() = Some("one".to_owned());
    session.servers.enable("w");
    session.until("it answers", |report| report.state == ServerState::Ready).await;
    session.ok("echo", json!({"text": "x"})).await;

    *valid.lock().unwrap() = "Bearer two";
    let refused = session.refused("echo", json!({})).await;
    assert_eq!(
        refused.model_text,
        "Not called: the server w wants to know who asks. The person can log in: headwater mcp login w"
    );
    session.until("it wants a login again", wants).await;
    *tokens.0.lock().unwrap() = Some("two".to_owned());
    session.ok("echo", json!({"text": "y"})).await;
}
