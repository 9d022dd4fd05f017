//! The page that a browser comes back to after a login: on this machine only, on a port of its own, for one login.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Where the browser is sent.
const PATH: &str = "/callback";

/// How long the last answer may take to reach a browser.
const LAST_WORD: Duration = Duration::from_secs(2);

/// Answers that may wait at once; a browser sends one.
const WAITING: usize = 4;

/// The page, as long as it is waited at.
pub(crate) struct Callback {
    redirect: String,
    came: mpsc::Receiver<Came>,
    /// Ends when the last connection is closed.
    open: mpsc::Receiver<Infallible>,
    task: tokio::task::JoinHandle<()>,
}

/// A browser that came back.
pub(crate) struct Came {
    /// The whole address it came to.
    pub address: String,
    /// Takes what it is to show: whether the login is made, and a sentence.
    pub reply: oneshot::Sender<(StatusCode, String)>,
}

impl Callback {
    /// Opens the page.
    pub(crate) async fn open() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = listener.await.context("no port of this machine can be listened to")?;
        let port = listener.local_addr().context("the port is unknown")?.port();
        let origin = format!("http://127.0.0.1:{port}");
        let (told, came) = mpsc::channel(WAITING);
        let (is_open, open) = mpsc::channel(1);
        let redirect = format!("{origin}{PATH}");
        let task = tokio::spawn(serve(listener, Page { origin, told, _is_open: is_open }));
        Ok(Self { redirect, came, open, task })
    }

    /// What the authorization server is told to send the browser to.
    pub(crate) fn redirect(&self) -> &str {
        &self.redirect
    }

    /// The next browser that comes back; nothing once the page is gone. Cancellation safe.
    pub(crate) async fn next(&mut self) -> Option<Came> {
        self.came.recv().await
    }

    /// Closes the page, once every browser has been shown what it is to show.
    pub(crate) async fn close(mut self) {
        self.task.abort();
        // A browser that holds its connection open is not waited for any longer.
        drop(tokio::time::timeout(LAST_WORD, self.open.recv()).await);
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a connection needs.
#[derive(Clone)]
struct Page {
    origin: String,
    told: mpsc::Sender<Came>,
    _is_open: mpsc::Sender<Infallible>,
}

async fn serve(listener: TcpListener, page: Page) {
    while let Ok((socket, _)) = listener.accept().await {
        let page = page.clone();
        let service = service_fn(move |request| answer(request, page.clone()));
        tokio::spawn(async move {
            let connection =
                http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(socket), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a browser left");
            }
        });
    }
}

async fn answer(request: Request<Incoming>, page: Page) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_wanted = request.method() == hyper::Method::GET && request.uri().path() == PATH;
    let (status, text) = if is_wanted {
        let (reply, replied) = oneshot::channel();
        let sent = page.told.send(Came { address: format!("{}{}", page.origin, request.uri()), reply }).await;
        match (sent, replied.await) {
            (Ok(()), Ok(shown)) => shown,
            _ => (StatusCode::GONE, "Nobody waits for a login here any more.".to_owned()),
        }
    } else {
        (StatusCode::NOT_FOUND, "There is nothing here.".to_owned())
    };
    let mut response = Response::new(Full::new(Bytes::from(text + "\n")));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    Ok(response)
}
