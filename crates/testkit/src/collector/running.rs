//! The running collector: its thread, its address, and what tests ask it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use tokio::sync::oneshot;

use super::span::{Span, flat, spans_of_json};
use crate::DEADLINE;

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
    address: SocketAddr,
    seen: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let address = listener.local_addr().expect("the address of the listener");
        let seen = Arc::new(Shared::default());
        let shared = Arc::clone(&seen);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("collector".to_owned());
        let thread = thread.spawn(move || run(listener, conduct, &shared, stopped)).expect("a thread");
        Self { address, seen, stop: Some(stop), thread: Some(thread) }
    }

    /// What a client is configured with: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
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

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the thread of the collector panicked");
        }
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

fn run(listener: TcpListener, conduct: Conduct, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("the listener in the runtime");
        tokio::select! {
            _ = stopped => {}
            () = accept(listener, conduct, shared) => {}
        }
    });
}

async fn accept(listener: tokio::net::TcpListener, conduct: Conduct, shared: &Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        let shared = Arc::clone(shared);
        let service = service_fn(move |request| answer(request, conduct, Arc::clone(&shared)));
        tokio::spawn(async move {
            // A client that leaves is no fault of the collector's.
            drop(http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    conduct: Conduct,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
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
    Ok(response)
}

fn read(body: &[u8], is_json: bool) -> Result<Vec<Span>, String> {
    if is_json {
        return spans_of_json(body).map_err(|error| error.to_string());
    }
    ExportTraceServiceRequest::decode(body).map(flat).map_err(|error| error.to_string())
}
