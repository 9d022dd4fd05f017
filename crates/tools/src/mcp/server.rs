//! One server of a session: started off the critical path, watched, started again when a call wants it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, pending};
use headwater_protocol::Cancel;
use rmcp::{Peer, RoleClient};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

use super::config::ServerConfig;
use super::connection::{Connection, Refusal, Surroundings};
use super::listener::Watched;
use super::listing::{Listing, Shelf};
use super::report::ServerState;
use super::stdio::Errors;

/// The shortest and the longest time between two attempts to start a server that failed.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// How long it is waited after a change of tools before they are listed again: changes come in bunches.
const SETTLE: Duration = Duration::from_millis(500);

/// One server of a session.
pub(super) struct Server {
    pub(super) config: Arc<ServerConfig>,
    condition: watch::Sender<Condition>,
    orders: mpsc::Sender<Order>,
    pub(super) errors: Arc<Errors>,
    /// Failures in a row, and when the last one was.
    failures: Mutex<(u32, Option<Instant>)>,
}

/// How a server stands.
#[derive(Clone)]
pub(super) struct Condition {
    pub(super) state: ServerState,
    pub(super) listing: Arc<Listing>,
    pub(super) took: Option<Duration>,
    line: Option<Line>,
}

/// What a server is called over.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) peer: Peer<RoleClient>,
    pub(super) watched: Arc<Watched>,
}

/// What a server is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Start,
    Stop,
    /// The session ends: nothing is ordered after this.
    Leave,
}

/// Why a server cannot be called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unready {
    /// The person switched it off.
    Off,
    /// It wants to know who asks.
    NeedsLogin,
    /// It does not answer: why, and when it may be tried again.
    Failed { why: String, retry_after: Duration },
    /// It takes too long.
    Slow,
    /// The turn was interrupted.
    Interrupted,
}

impl Server {
    /// A server that nothing runs for yet, with what was kept of its tools; the orders go to [`Server::run`].
    pub(super) fn new(config: ServerConfig, kept: Option<Listing>) -> (Self, mpsc::Receiver<Order>) {
        let (orders, received) = mpsc::channel(8);
        let state = if config.is_enabled { ServerState::Starting } else { ServerState::Off };
        let listing = Arc::new(kept.unwrap_or_default());
        let condition = watch::Sender::new(Condition { state, listing, took: None, line: None });
        let failures = Mutex::new((0, None));
        let config = Arc::new(config);
        (Self { config, condition, orders, errors: Arc::default(), failures }, received)
    }

    /// How it stands.
    pub(super) fn condition(&self) -> Condition {
        self.condition.borrow().clone()
    }

    /// Tells of every change.
    pub(super) fn changes(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    /// Gives it an order; one that it has already been given is not repeated.
    pub(super) fn order(&self, order: Order) {
        match self.orders.try_send(order) {
            // Full or closed: it is on its way to do that, or the session ends.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
        }
    }

    /// Gives it an order of the person, which shows at once in how it stands.
    pub(super) fn steer(&self, order: Order) {
        self.set(|condition| match (order, &condition.state) {
            (Order::Stop | Order::Leave, _) => condition.state = ServerState::Off,
            (Order::Start, ServerState::Starting | ServerState::Ready) => {}
            (
                Order::Start,
                ServerState::Off | ServerState::Failed { .. } | ServerState::NeedsLogin { .. },
            ) => {
                condition.state = ServerState::Starting;
            }
        });
        self.order(order);
    }

    /// What it is called over. Waits while it starts, at most as long as that may take; starts it again when it failed.
    pub(super) async fn line(&self, cancel: &Cancel) -> Result<Line, Unready> {
        let mut changes = self.changes();
        let limit = tokio::time::sleep(self.config.start_timeout + Duration::from_secs(1));
        let mut limit = std::pin::pin!(limit);
        let mut has_asked = false;
        loop {
            let condition = changes.borrow_and_update().clone();
            match (condition.state, condition.line) {
                (ServerState::Ready, Some(line)) => return Ok(line),
                (ServerState::Off, _) => return Err(Unready::Off),
                (ServerState::NeedsLogin { .. }, _) if has_asked => return Err(Unready::NeedsLogin),
                (ServerState::Failed { why }, _) if has_asked || self.pause() > Duration::ZERO => {
                    return Err(Unready::Failed { why, retry_after: self.pause() });
                }
                // The person may have logged in since, or the fault may have passed.
                (ServerState::NeedsLogin { .. } | ServerState::Failed { .. }, _) => {
                    has_asked = true;
                    self.order(Order::Start);
                }
                (ServerState::Starting | ServerState::Ready, _) => {}
            }
            tokio::select! {
                more = changes.changed() => if more.is_err() { return Err(Unready::Off) },
                () = cancel.cancelled() => return Err(Unready::Interrupted),
                () = &mut limit => return Err(Unready::Slow),
            }
        }
    }

    /// Waits while it starts, at most `patience`.
    pub(super) async fn settled(&self, patience: Duration, cancel: &Cancel) {
        let mut changes = self.changes();
        tokio::select! {
            // An error says that the session ends.
            _settled = changes.wait_for(|condition| condition.state != ServerState::Starting) => {}
            () = tokio::time::sleep(patience) => {}
            () = cancel.cancelled() => {}
        }
    }

    /// How long it is still left alone after it failed.
    fn pause(&self) -> Duration {
        let (times, last) = *self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = last else { return Duration::ZERO };
        let doubled = PAUSE.0.saturating_mul(1_u32 << times.saturating_sub(1).min(5));
        doubled.min(PAUSE.1).saturating_sub(last.elapsed())
    }

    fn note_failure(&self) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        *failures = (failures.0.saturating_add(1), Some(Instant::now()));
    }

    /// It answers a call: what failed before is forgotten.
    pub(super) fn note_success(&self) {
        *self.failures.lock().unwrap_or_else(PoisonError::into_inner) = (0, None);
    }

    /// It was told in a call that it wants to know who asks.
    pub(super) fn note_login(&self, challenge: String) {
        self.set(|condition| condition.state = ServerState::NeedsLogin { challenge });
    }

    fn set(&self, change: impl FnOnce(&mut Condition)) {
        self.condition.send_modify(change);
    }

    /// Runs it until the session ends: starts it, watches it, ends it, as it is told.
    pub(super) async fn run(
        self: Arc<Self>,
        surroundings: Surroundings,
        lists: Shelf,
        mut orders: mpsc::Receiver<Order>,
    ) {
        let mut is_wanted = self.config.is_enabled;
        loop {
            if !is_wanted {
                match orders.recv().await {
                    Some(Order::Start) => {}
                    Some(Order::Stop) => {
                        self.off();
                        continue;
                    }
                    Some(Order::Leave) | None => return,
                }
            }
            is_wanted = false;
            self.set(|condition| condition.state = ServerState::Starting);
            let began = Instant::now();
            let started = tokio::select! {
                started = self.start(surroundings.clone()) => started,
                () = told_to_stop(&mut orders) => {
                    self.off();
                    continue;
                }
            };
            match started {
                Ok((connection, listing)) => {
                    self.keep(&lists, &listing).await;
                    self.ready(&connection, listing, began.elapsed());
                    is_wanted = self.serve(connection, &lists, &mut orders).await;
                }
                Err(refusal) => self.refused(refusal),
            }
        }
    }

    async fn start(&self, surroundings: Surroundings) -> Result<(Connection, Listing), Refusal> {
        let known = self.condition().listing.protocol.clone();
        let begun = async {
            let kept = (known, Arc::clone(&self.errors));
            let connection = Connection::open(Arc::clone(&self.config), surroundings, kept).await?;
            match connection.list(&self.config).await {
                Ok(listing) => Ok((connection, listing)),
                Err(why) => Err(Refusal::Failed { why }),
            }
        };
        let limit = self.config.start_timeout;
        tokio::time::timeout(limit, begun).await.unwrap_or_else(|_| {
            let why = format!("it did not answer within {} s", limit.as_secs_f64());
            let last = self.errors.last_line().map(|line| format!(": {line}")).unwrap_or_default();
            Err(Refusal::Failed { why: why + &last })
        })
    }

    fn ready(&self, connection: &Connection, listing: Listing, took: Duration) {
        let line = Line { peer: connection.peer(), watched: Arc::clone(&connection.watched) };
        self.set(|condition| {
            *condition = Condition {
                state: ServerState::Ready,
                listing: Arc::new(listing),
                took: Some(took),
                line: Some(line),
            };
        });
    }

    fn refused(&self, refusal: Refusal) {
        let state = match refusal {
            Refusal::NeedsLogin { challenge } => ServerState::NeedsLogin { challenge },
            Refusal::Failed { why } => {
                self.note_failure();
                ServerState::Failed { why }
            }
        };
        self.set(|condition| {
            condition.state = state;
            condition.line = None;
        });
    }

    fn off(&self) {
        self.set(|condition| {
            condition.state = ServerState::Off;
            condition.line = None;
        });
    }

    /// Watches a server that answers, until it is gone or told to end; whether it is to be started again.
    async fn serve(
        &self,
        mut connection: Connection,
        lists: &Shelf,
        orders: &mut mpsc::Receiver<Order>,
    ) -> bool {
        let changed = Arc::clone(&connection.changed);
        let mut listed: BoxFuture<'static, Option<Listing>> = pending().boxed();
        let mut is_listing = false;
        loop {
            tokio::select! {
                why = connection.lost() => {
                    self.refused(Refusal::Failed { why });
                    connection.close().await;
                    return false;
                }
                order = orders.recv() => match order {
                    // It runs; unless it was found that it wants to know who asks.
                    Some(Order::Start) if self.condition.borrow().state == ServerState::Ready => {}
                    Some(Order::Start) => {
                        connection.close().await;
                        return true;
                    }
                    Some(Order::Stop | Order::Leave) | None => {
                        if order == Some(Order::Leave) {
                            orders.close();
                        }
                        self.off();
                        connection.close().await;
                        return false;
                    }
                },
                () = changed.notified(), if !is_listing => {
                    is_listing = true;
                    listed = self.listed_again(&connection);
                }
                listing = &mut listed, if is_listing => {
                    is_listing = false;
                    if let Some(listing) = listing {
                        self.keep(lists, &listing).await;
                        self.set(|condition| condition.listing = Arc::new(listing));
                    }
                }
            }
        }
    }

    /// Its tools as it lists them once its changes have settled; nothing where it does not. One that is slow at it is watched
    /// and ordered on meanwhile.
    fn listed_again(&self, connection: &Connection) -> BoxFuture<'static, Option<Listing>> {
        let (config, listed) = (Arc::clone(&self.config), connection.list(&self.config));
        let again = async move {
            tokio::time::sleep(SETTLE).await;
            let outcome = tokio::time::timeout(config.start_timeout, listed).await;
            let outcome = outcome.unwrap_or_else(|_| Err("it did not answer in time".to_owned()));
            outcome
                .inspect_err(|why| {
                    tracing::warn!(server = config.name, why, "its tools were not listed again");
                })
                .ok()
        };
        again.boxed()
    }

    /// Keeps a listing for the sessions to come.
    async fn keep(&self, lists: &Shelf, listing: &Listing) {
        if *self.condition.borrow().listing == *listing {
            return;
        }
        let (lists, config, listing) = (lists.clone(), Arc::clone(&self.config), listing.clone());
        let kept = tokio::task::spawn_blocking(move || lists.write(&config, &listing)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(server = self.config.name, %error, "its list of tools is not kept");
        }
    }
}

/// Resolves when it is to end, or the session ends. To be started while it runs means nothing.
async fn told_to_stop(orders: &mut mpsc::Receiver<Order>) {
    loop {
        match orders.recv().await {
            Some(Order::Start) => {}
            Some(Order::Stop) | None => return,
            Some(Order::Leave) => return orders.close(),
        }
    }
}
