//! The recorder: a server that passes every request on to a real one, and writes down what was said.
//!
//! *Invariants:* an exchange that holds a word which may not be on a cassette is not written and not answered: the client gets
//! a 500 that says why.
//! *Not here:* TLS. A server behind `https` is reached through a forwarder on this machine.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use url::Url;

use super::tape::{Exchange, pieces};
use crate::loopback::{Loopback, Port};
use crate::server::is_wire;

/// A recorder at work. It stops when dropped.
pub struct CassetteRecorder {
    server: Loopback,
    shared: Arc<Shared>,
}

/// What all of its connections share.
struct Shared {
    /// `host:port` of the real server.
    upstream: String,
    tape: Mutex<std::fs::File>,
    /// Words that may not be on a cassette, such as the directory of a person.
    withheld: Vec<String>,
    refused: Mutex<Vec<String>>,
}

/// What the real server answered.
struct Heard {
    status: u16,
    content_type: String,
    chunks: Vec<Bytes>,
}

impl CassetteRecorder {
    /// Starts one before the server at `upstream` (`http://HOST:PORT/v1`). What is posted to a wire's path is added to the
    /// file at `tape` unless it holds one of the `withheld` words or the key that was sent with it.
    pub fn start(upstream: &str, tape: &Path, withheld: Vec<String>) -> Result<Self> {
        let url = Url::parse(upstream).with_context(|| upstream.to_owned())?;
        ensure!(url.scheme() == "http", "a recorder speaks http alone: {upstream}");
        let (host, port) = (url.host_str().context("an address has a host")?, url.port_or_known_default());
        let upstream = format!("{host}:{}", port.unwrap_or(80));
        let tape = std::fs::OpenOptions::new().create(true).append(true).open(tape)?;
        let (tape, refused) = (Mutex::new(tape), Mutex::default());
        let shared = Arc::new(Shared { upstream, tape, withheld, refused });
        let entered = Arc::clone(&shared);
        let respond = move |request| answer(request, Arc::clone(&entered));
        Ok(Self { server: Port::take().serve_http("cassette recorder", respond), shared })
    }

    /// What a client is configured with: `http://127.0.0.1:PORT/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.server.address())
    }

    /// The address it listens at.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Why exchanges were not written down.
    pub fn refused(&self) -> Vec<String> {
        self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Response<Full<Bytes>> {
    let heard = match pass_on(request, &shared).await {
        Ok(heard) => heard,
        Err(error) => {
            let sentence = format!("not recorded: {error:#}");
            shared.refused.lock().unwrap_or_else(PoisonError::into_inner).push(sentence.clone());
            Heard { status: 500, content_type: "text/plain".to_owned(), chunks: vec![sentence.into()] }
        }
    };
    let response = Response::builder().status(heard.status).header(CONTENT_TYPE, heard.content_type);
    response.body(Full::new(heard.chunks.concat().into())).expect("an answer that was one before")
}

/// Asks the real server; what it says is written down before anybody hears it.
async fn pass_on(request: Request<Incoming>, shared: &Shared) -> Result<Heard> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.context("the request")?.to_bytes();
    let path = head.uri.path().to_owned();
    let keys = keys(&head.headers);
    let is_recorded = head.method == Method::POST && is_wire(&path);
    let mut onward = Request::builder().method(head.method).uri(head.uri);
    for (name, value) in head.headers.iter().filter(|(name, _)| **name != HOST && **name != CONNECTION) {
        onward = onward.header(name, value);
    }
    let onward = onward.header(HOST, &shared.upstream).body(Full::new(body.clone()))?;
    let answered = ask(onward, &shared.upstream).await.context("the real server")?;
    if is_recorded {
        let request = String::from_utf8(body.to_vec()).context("the request")?;
        let answer = pieces(&answered.chunks).context("the answer is no text")?;
        let (status, content_type) = (answered.status, answered.content_type.clone());
        shared.write(&Exchange { path, request, status, content_type, answer }, &keys)?;
    }
    Ok(answered)
}

async fn ask(request: Request<Full<Bytes>>, address: &str) -> Result<Heard> {
    let socket = tokio::net::TcpStream::connect(address).await.with_context(|| address.to_owned())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let (mut body, mut chunks) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        chunks.extend(frame?.into_data().ok());
    }
    driver.abort();
    Ok(Heard { status, content_type, chunks })
}

/// The keys that a request carries in its headers.
fn keys(headers: &HeaderMap) -> Vec<String> {
    let values =
        ["authorization", "x-api-key"].into_iter().filter_map(|name| headers.get(name)?.to_str().ok());
    let bare = values.map(|value| value.strip_prefix("Bearer ").unwrap_or(value).to_owned());
    bare.filter(|key| !key.is_empty()).collect()
}

impl Shared {
    fn write(&self, exchange: &Exchange, keys: &[String]) -> Result<()> {
        let line = exchange.line();
        if keys.iter().any(|key| line.contains(key.as_str())) {
            bail!("the exchange holds the key it was sent with");
        }
        if let Some(word) = self.withheld.iter().find(|word| line.contains(word.as_str())) {
            bail!("the exchange holds {word:?}");
        }
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        tape.write_all(line.as_bytes()).context("the cassette")
    }
}
