//! The running server: its thread, its address, and what tests ask it.

use super::clearing::{Clearing, Editor};
use super::connection::{Busy, Connection};
use super::keeper::Keeper;
use super::log::{Log, Recorded, Seen};
use super::script::Script;
use super::service::{House, serve};
use crate::loopback::{Loopback, Port};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A scripted model server on a port of its own, with a thread and a runtime of its own: synchronous tests, tests
/// with paused time and tests over a PTY all use it alike. It stops when dropped.
pub struct ModelServer {
    log: Arc<Log>,
    house: Arc<House>,
    server: Loopback,
}

impl ModelServer {
    /// Starts a server which answers by this script.
    pub fn start(script: Script) -> Self {
        let log = Arc::new(Log::default());
        let house = Arc::new(House {
            script,
            log: Arc::clone(&log),
            keeper: Keeper::default(),
            editor: Editor::default(),
        });
        let entered = Arc::clone(&house);
        let server = Port::take().serve("model server", move |listener| accept(listener, entered));
        Self { log, house, server }
    }

    /// What a client is configured with: `http://127.0.0.1:PORT/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.server.address())
    }

    /// The address the server listens at.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The requests for an answer so far, in order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.log.read().answers.clone()
    }

    /// All other requests so far, such as those for the list of models.
    pub fn other_requests(&self) -> Vec<Recorded> {
        self.log.read().others.clone()
    }

    /// The items of every answer and conversation that is kept here, by their names.
    pub fn kept(&self) -> BTreeMap<String, Vec<serde_json::Value>> {
        self.house.keeper.all()
    }

    /// Loses everything that is kept here.
    pub fn forget(&self) {
        self.house.keeper.forget();
    }

    /// From now on the model is shown nothing of what is kept, though the server says nothing of it.
    pub fn shows_nothing_kept(&self, is_so: bool) {
        self.house.keeper.is_absent(is_so);
    }

    /// From now on no conversation can be begun here.
    pub fn begins_no_conversation(&self) {
        self.house.keeper.offers_none();
    }

    /// From now on requests to clear results are taken like this.
    pub fn clears(&self, clearing: Clearing) {
        self.house.editor.takes(clearing);
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.log.read().connections
    }

    /// How many requests found the script exhausted and were answered with a 500 that says so.
    pub fn exhausted(&self) -> usize {
        self.log.read().exhausted
    }

    /// Waits until `count` requests for an answer have arrived, and returns all there are.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize, deadline: Duration) -> Vec<Recorded> {
        self.wait_until(&format!("{count} requests"), deadline, |requests| requests.len() >= count)
    }

    /// Waits until `is_met` by the requests for an answer, and returns them; `what` names it in the failure.
    #[track_caller]
    pub fn wait_until(
        &self,
        what: &str,
        deadline: Duration,
        is_met: impl Fn(&[Recorded]) -> bool,
    ) -> Vec<Recorded> {
        let is_met = self.log.wait(deadline, |seen| is_met(&seen.answers));
        assert!(
            is_met,
            "the model server waited {deadline:?} for {what}; it saw:\n{}",
            story(&self.log.read())
        );
        self.requests()
    }
}

/// A base URL at which nothing listens, so that a connection is refused.
pub fn refused_base_url() -> String {
    format!("http://{}/v1", Port::take().address())
}

fn story(seen: &Seen) -> String {
    let lines = seen.answers.iter().chain(&seen.others).map(|request| {
        let Recorded { index, method, path, outcome, raw, connection, .. } = request;
        format!("  #{index} {method} {path}, {} bytes, connection {connection}, {outcome:?}", raw.len())
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "  nothing".to_owned() } else { lines.join("\n") }
}

async fn accept(listener: tokio::net::TcpListener, house: Arc<House>) {
    while let Ok((socket, _)) = listener.accept().await {
        socket.set_nodelay(true).expect("a socket which sends at once");
        let connection = house.log.write(|seen| {
            seen.connections += 1;
            seen.connections - 1
        });
        let busy = Busy::new(Arc::clone(&house.log), connection);
        let io = TokioIo::new(Connection { socket, busy: Arc::clone(&busy) });
        let house = Arc::clone(&house);
        let service = service_fn(move |request| serve(Arc::clone(&house), Arc::clone(&busy), request));
        tokio::spawn(async move {
            // A connection that ends in an error is what a cut looks like from here, and what a client that leaves does.
            drop(http1::Builder::new().serve_connection(io, service).await);
        });
    }
}
