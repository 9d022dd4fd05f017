//! The running collector: its thread, its address, and what tests ask it.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::span::{Span, flat, spans_of_json};
use crate::DEADLINE;
use crate::loopback::{Loopback, Port};

/// How a collector does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It takes what it is sent.
    Takes,
    /// It answers with this status, and takes nothing.
    Answers(u16),
    /// It reads, and never answers.
    Hangs,
}

/// A collector on a port of its own. It stops when dropped.
pub struct Collector {
    seen: Arc<Shared>,
    server: Loopback,
}

/// What came in, and who waits for it.
#[derive(Default)]
struct Shared {
    seen: Mutex<Seen>,
    more: Condvar,
}

#[derive(Default)]
struct Seen {
    spans: Vec<Span>,
    requests: Vec<BTreeMap<String, String>>,
    faults: Vec<String>,
}

impl Collector {
    /// Starts one that behaves like this.
    pub fn start(conduct: Conduct) -> Self {
        let seen = Arc::new(Shared::default());
        let shared = Arc::clone(&seen);
        let respond = move |request| answer(request, conduct, Arc::clone(&shared));
        Self { seen, server: Port::take().serve_http("collector", respond) }
    }

    /// What a client is configured with: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The spans taken so far, in the order of arrival.
    #[track_caller]
    pub fn spans(&self) -> Vec<Span> {
        let seen = self.seen.lock();
        assert!(seen.faults.is_empty(), "the collector could not read: {:?}", seen.faults);
        seen.spans.clone()
    }

    /// The headers of each request so far; `:path` is its path.
    pub fn requests(&self) -> Vec<BTreeMap<String, String>> {
        self.seen.lock().requests.clone()
    }

    /// Waits until `is_met` by the spans taken, and returns them; `what` names it in the failure.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_met: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        let guard = self.seen.lock();
        let waited = self.seen.more.wait_timeout_while(guard, DEADLINE, |seen| !is_met(&seen.spans));
        let (seen, time) = waited.unwrap_or_else(PoisonError::into_inner);
        let names: Vec<&str> = seen.spans.iter().map(|span| span.name.as_str()).collect();
        assert!(
            !time.timed_out(),
            "the collector waited in vain for {what}; it has {names:?}, {:?}",
            seen.faults
        );
        seen.spans.clone()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, headers: BTreeMap<String, String>) {
        self.lock().requests.push(headers);
        self.more.notify_all();
    }

    fn took(&self, spans: Result<Vec<Span>, String>) {
        let mut seen = self.lock();
        match spans {
            Ok(spans) => seen.spans.extend(spans),
            Err(fault) => seen.faults.push(fault),
        }
        drop(seen);
        self.more.notify_all();
    }
}

async fn answer(request: Request<Incoming>, conduct: Conduct, shared: Arc<Shared>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: BTreeMap<String, String> =
        head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    headers.insert(":path".to_owned(), head.uri.path().to_owned());
    let is_json = headers.get("content-type").is_some_and(|kind| kind == "application/json");
    shared.heard(headers);
    let status = match conduct {
        Conduct::Takes => {
            shared.took(read(&body, is_json));
            200
        }
        Conduct::Answers(status) => status,
        Conduct::Hangs => std::future::pending().await,
    };
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a status");
    response
}

fn read(body: &[u8], is_json: bool) -> Result<Vec<Span>, String> {
    if is_json {
        return spans_of_json(body).map_err(|error| error.to_string());
    }
    ExportTraceServiceRequest::decode(body).map(flat).map_err(|error| error.to_string())
}
