//! A server at an address on this machine: Streamable HTTP, answered by the test.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};

use crate::loopback::{Loopback, Port};

/// What a server is asked.
#[derive(Clone, Debug)]
pub struct WebCall {
    /// `POST`, `GET` or `DELETE`.
    pub verb: String,
    /// The names of its headers in small letters, and their values.
    pub headers: Vec<(String, String)>,
    /// The message; null where none came.
    pub message: Value,
}

/// What it answers.
#[derive(Clone, Debug)]
pub struct WebAnswer {
    /// The status.
    pub status: u16,
    /// Its headers besides the usual ones.
    pub headers: Vec<(String, String)>,
    /// The type of the body.
    pub kind: &'static str,
    /// The body.
    pub body: String,
}

/// The server. It stops when dropped.
pub struct McpWeb {
    calls: Arc<Mutex<Vec<WebCall>>>,
    server: Loopback,
}

type Answering = dyn Fn(&WebCall) -> WebAnswer + Send + Sync;

impl WebCall {
    /// The method that is asked for.
    pub fn method(&self) -> &str {
        self.message["method"].as_str().unwrap_or_default()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// An answer of this result.
    pub fn result(&self, result: &Value) -> WebAnswer {
        let body = json!({"jsonrpc": "2.0", "id": self.message["id"], "result": result});
        WebAnswer { body: body.to_string(), kind: "application/json", ..WebAnswer::of(200) }
    }

    /// The same as a stream of events, with what is said before.
    pub fn events(&self, before: &[Value], result: &Value) -> WebAnswer {
        let last = json!({"jsonrpc": "2.0", "id": self.message["id"], "result": result});
        let events = before.iter().chain([&last]).map(|event| format!("event: message\ndata: {event}\n\n"));
        WebAnswer { body: events.collect(), kind: "text/event-stream", ..WebAnswer::of(200) }
    }

    /// The answer of a server of one tool, `echo`, that speaks 2025-06-18; nothing for a call of it.
    pub fn usual(&self) -> Option<WebAnswer> {
        if self.verb != "POST" {
            return Some(WebAnswer::of(405));
        }
        Some(match self.method() {
            "initialize" => self.result(&json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "web", "version": "1.0"},
            })),
            "tools/list" => self.result(&json!({"tools": [{
                "name": "echo",
                "description": "Says a text back.",
                "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
            }]})),
            "tools/call" => return None,
            method if method.starts_with("notifications/") => WebAnswer::of(202),
            _ => {
                let error = json!({"code": -32601, "message": "there is no such method"});
                let body = json!({"jsonrpc": "2.0", "id": self.message["id"], "error": error});
                WebAnswer { body: body.to_string(), kind: "application/json", ..WebAnswer::of(200) }
            }
        })
    }

    /// What `echo` says.
    pub fn echo(&self) -> Value {
        let text = self.message["params"]["arguments"]["text"].as_str().unwrap_or_default();
        json!({"content": [{"type": "text", "text": format!("you said {text}")}]})
    }
}

impl WebAnswer {
    /// A bare status.
    pub fn of(status: u16) -> Self {
        Self { status, headers: Vec::new(), kind: "text/plain", body: String::new() }
    }

    /// With a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl McpWeb {
    /// Starts it.
    pub fn start(answer: impl Fn(&WebCall) -> WebAnswer + Send + Sync + 'static) -> Self {
        let calls: Arc<Mutex<Vec<WebCall>>> = Arc::default();
        let served: Served = (Arc::clone(&calls), Arc::new(answer));
        let respond = move |request| respond(request, served.clone());
        Self { calls, server: Port::take().serve_http("MCP server", respond) }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.server.address())
    }

    /// What it was asked so far.
    pub fn calls(&self) -> Vec<WebCall> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

type Served = (Arc<Mutex<Vec<WebCall>>>, Arc<Answering>);

async fn respond(request: Request<Incoming>, (calls, answer): Served) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = |value: &hyper::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let message = serde_json::from_slice(&body).unwrap_or_default();
    let call = WebCall { verb: head.method.to_string(), headers, message };
    calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
    let answer = answer(&call);
    let mut response = Response::builder().status(answer.status).header("content-type", answer.kind);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(answer.body))).expect("a response")
}
