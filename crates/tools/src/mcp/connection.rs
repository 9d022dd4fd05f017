//! A connection to a server: from its start to its list of tools, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::Cancel;
use rmcp::model::{
    ClientRequest, Extensions, ListToolsRequest, ListToolsRequestMethod, PaginatedRequestParams,
    ProtocolVersion, ServerPeerInfo, SubscriptionFilter,
};
use rmcp::service::{ClientInitializeError, RunningService, RunningServiceCancellationToken, ServiceError};
use rmcp::transport::streamable_http_client::StreamableHttpError;
use rmcp::transport::{DynamicTransportError, IntoTransport};
use rmcp::{ClientLifecycleMode, ClientServiceExt as _, Peer, RoleClient};
use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::config::{Reach, ServerConfig};
use super::http::{self, BearerTokens};
use super::listener::{Listener, Watched};
use super::listing::{Lister, Listing};
use super::stdio::{Errors, LAST_WORDS, Program, environment};
use super::words;

/// The most pages of tools that are asked for.
const MOST_PAGES: usize = 200;
/// How long ending a connection may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What every connection of a session is made with.
#[derive(Clone)]
pub(super) struct Surroundings {
    /// What stands in the environment of every program.
    pub(super) env: Arc<[(String, String)]>,
    pub(super) tokens: Option<Arc<dyn BearerTokens>>,
    /// The version of this program.
    pub(super) version: &'static str,
}

/// A server that answers.
pub(super) struct Connection {
    peer: Peer<RoleClient>,
    /// Asks for its end.
    stop: Option<RunningServiceCancellationToken>,
    /// Ends when nothing is spoken any more.
    over: AbortOnDropHandle<()>,
    /// Hears of other tools, where that has to be asked for.
    _subscription: AbortOnDropHandle<()>,
    program: Option<Program>,
    errors: Arc<Errors>,
    pub(super) watched: Arc<Watched>,
    /// Told when the tools have changed.
    pub(super) changed: Arc<Notify>,
    flooded: Cancel,
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The server wants to know who asks.
    NeedsLogin { challenge: String },
    /// Anything else: a sentence without its full stop.
    Failed { why: String },
}

impl Refusal {
    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into() }
    }
}

impl Connection {
    /// Starts a server, or reaches it. `known` is the version of the protocol it spoke when it was last seen. Dropped, all
    /// that was begun is ended.
    pub(super) fn open(
        config: Arc<ServerConfig>,
        surroundings: Surroundings,
        kept: (Option<String>, Arc<Errors>),
    ) -> BoxFuture<'static, Result<Self, Refusal>> {
        Self::begin(config, surroundings, kept).boxed()
    }

    async fn begin(
        config: Arc<ServerConfig>,
        surroundings: Surroundings,
        (known, errors): (Option<String>, Arc<Errors>),
    ) -> Result<Self, Refusal> {
        if let Some(check) = &config.check {
            check.ask().await.map_err(Refusal::failed)?;
        }
        let newest = ProtocolVersion::LATEST.as_str();
        let is_old = known.is_some_and(|known| known.as_str() < newest);
        let (first, other) =
            if is_old { (handshake(), newest_first()) } else { (newest_first(), handshake()) };
        match Self::attempt(Arc::clone(&config), surroundings.clone(), first, Arc::clone(&errors)).await {
            // An old server may end when it is asked what it does not know; one that was old may be so no more.
            Err((Refusal::Failed { .. }, true)) => {
                let again = Self::attempt(config, surroundings, other, errors).await;
                again.map_err(|(refusal, _)| refusal)
            }
            other => other.map_err(|(refusal, _)| refusal),
        }
    }

    /// One attempt; the flag says whether another way of beginning may help.
    async fn attempt(
        config: Arc<ServerConfig>,
        surroundings: Surroundings,
        lifecycle: ClientLifecycleMode,
        errors: Arc<Errors>,
    ) -> Result<Self, (Refusal, bool)> {
        let (watched, changed, flooded) =
            (Arc::<Watched>::default(), Arc::<Notify>::default(), Cancel::new());
        let is_newest = lifecycle != handshake();
        let hear = |watched: &Arc<Watched>| {
            Listener::new(surroundings.version, Arc::clone(watched), Arc::clone(&changed), flooded.clone())
        };
        let failed = |why: String| (Refusal::failed(why), false);
        let (service, program) = match &config.reach {
            Reach::Stdio { command, env, cwd } => {
                let env = environment(&surroundings.env, env);
                let heard = (Arc::clone(&errors), flooded.clone());
                let (mut program, pipes) = Program::start(command, env, cwd, heard).await.map_err(failed)?;
                let served = hear(&watched).serve_with_lifecycle(pipes, lifecycle).await;
                match served {
                    Ok(service) => (service, Some(program)),
                    Err(error) => {
                        let ended = tokio::time::timeout(FAREWELL, program.ended()).await.ok();
                        let why = with_errors(&said(&error, ended.map(|exit| exit.to_string())), &errors);
                        return Err((Refusal::failed(why), !is_newest || ended.is_some()));
                    }
                }
            }
            Reach::Http { url, headers } => {
                let tokens = surroundings.tokens.clone();
                let web = http::reach((&config.name, url), headers, tokens).await.map_err(failed)?;
                let served = shake_hands(hear(&watched), web, lifecycle).await;
                (served.map_err(|refusal| (refusal, !is_newest))?, None)
            }
        };
        let (peer, stop) = (service.peer().clone(), Some(service.cancellation_token()));
        let subscription =
            AbortOnDropHandle::new(tokio::spawn(subscribe(peer.clone(), Arc::clone(&changed))));
        let over = AbortOnDropHandle::new(tokio::spawn(async move {
            if let Err(error) = service.waiting().await {
                tracing::warn!(%error, "a connection to a server crashed");
            }
        }));
        Ok(Self { peer, stop, over, _subscription: subscription, program, errors, watched, changed, flooded })
    }

    /// What it is called with.
    pub(super) fn peer(&self) -> Peer<RoleClient> {
        self.peer.clone()
    }

    /// Asks for all of its tools, page by page. The error is a sentence without its full stop.
    pub(super) fn list(&self, config: &Arc<ServerConfig>) -> BoxFuture<'static, Result<Listing, String>> {
        list(self.peer.clone(), Arc::clone(config)).boxed()
    }

    /// Waits until it is gone, and says why: a sentence without its full stop. Cancellation safe; not to be asked again
    /// once it has answered.
    pub(super) async fn lost(&mut self) -> String {
        let ended = tokio::select! {
            () = self.flooded.cancelled() => return "it sends more than anybody asked for".to_owned(),
            exit = ended(&mut self.program) => exit.to_string(),
            _over = &mut self.over => match tokio::time::timeout(FAREWELL + LAST_WORDS, ended(&mut self.program)).await {
                // What it sent last may have been too much.
                _ if self.flooded.is_cancelled() => return "it sends more than anybody asked for".to_owned(),
                Ok(exit) => exit.to_string(),
                Err(_) => return with_errors("it closed the connection", &self.errors),
            },
        };
        with_errors(&format!("it ended ({ended})"), &self.errors)
    }

    /// Ends it: its input is closed, it may end by itself, then it is made to.
    pub(super) async fn close(mut self) {
        if let Some(stop) = self.stop.take() {
            stop.cancel();
        }
        if !self.over.is_finished() {
            // One that does not let itself be closed is dropped, which ends it.
            drop(tokio::time::timeout(FAREWELL, &mut self.over).await);
        }
        drop(self.over);
        if let Some(program) = self.program {
            program.end().await;
        }
    }
}

/// Asks to be told of other tools than before, and tells `changed`. Older servers tell it without being asked.
async fn subscribe(peer: Peer<RoleClient>, changed: Arc<Notify>) {
    let info: Option<Arc<ServerPeerInfo>> = peer.peer_info();
    let tells = info.filter(|info| info.protocol_version >= ProtocolVersion::V_2026_07_28);
    let tools = tells.and_then(|info| info.capabilities.tools.clone());
    if tools.and_then(|tools| tools.list_changed) != Some(true) {
        return;
    }
    let filter = SubscriptionFilter::builder().tools_list_changed().build();
    let Ok(mut subscription) = peer.listen(filter).await else { return };
    while let Ok(Some(_)) = subscription.next().await {
        changed.notify_one();
    }
}

async fn list(peer: Peer<RoleClient>, config: Arc<ServerConfig>) -> Result<Listing, String> {
    let info: Option<Arc<ServerPeerInfo>> = peer.peer_info();
    let mut lister = Lister::default();
    let mut cursor = None;
    let has_tools = info.as_ref().is_none_or(|info| info.capabilities.tools.is_some());
    let mut pages = if has_tools { 0 } else { MOST_PAGES };
    let mut is_cut = false;
    while pages < MOST_PAGES {
        pages += 1;
        let page = page(peer.clone(), cursor.clone()).await?;
        lister.take(&page);
        let next = page.get("nextCursor").and_then(Value::as_str).filter(|next| !next.is_empty());
        if next.is_none() || next == cursor.as_deref() {
            break;
        }
        is_cut = lister.is_full() || pages == MOST_PAGES;
        if is_cut {
            break;
        }
        cursor = next.map(str::to_owned);
    }
    let mut listing = lister.finish(&config, is_cut);
    listing.protocol = info.as_ref().map(|info| info.protocol_version.to_string());
    let named = info.as_ref().and_then(|info| info.server_info.as_ref());
    listing.implementation =
        named.map(|named| words::line(&format!("{} {}", named.name, named.version), 100));
    Ok(listing)
}

async fn page(peer: Peer<RoleClient>, cursor: Option<String>) -> Result<Value, String> {
    let params = cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
    let request =
        ListToolsRequest { method: ListToolsRequestMethod, params, extensions: Extensions::default() };
    let answer = peer.send_request(ClientRequest::ListToolsRequest(request)).await;
    let answer = answer.map_err(|error| format!("its tools cannot be listed: {}", told(&error)))?;
    // As JSON again, whatever it was taken for: a page with one odd tool is no list to the library.
    serde_json::to_value(&answer).map_err(|error| error.to_string())
}

/// Waits for the end of a program; what is at an address has none.
async fn ended(program: &mut Option<Program>) -> headwater_sandbox::Exit {
    match program {
        Some(program) => program.ended().await,
        None => std::future::pending().await,
    }
}

async fn shake_hands<T, E, A>(
    listener: Listener,
    transport: T,
    lifecycle: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, Listener>, Refusal>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    listener.serve_with_lifecycle(transport, lifecycle).await.map_err(|error| {
        let why = said(&error, None);
        if error.is_authorization_required() || why.contains("HTTP 401") {
            Refusal::NeedsLogin { challenge: error.auth_challenge().unwrap_or_default().to_owned() }
        } else {
            Refusal::failed(why)
        }
    })
}

/// The newest way to begin, and the usual one where the server does not know it.
fn newest_first() -> ClientLifecycleMode {
    ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::LATEST],
        legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
    }
}

/// The usual way: any version down to 2024-11-05 that the server chooses.
fn handshake() -> ClientLifecycleMode {
    ClientLifecycleMode::Initialize
}

/// Why a server was not connected: a sentence without its full stop.
fn said(error: &ClientInitializeError, ended: Option<String>) -> String {
    match (error, ended) {
        (_, Some(exit)) => format!("it ended before it answered ({exit})"),
        (ClientInitializeError::ConnectionClosed(_), None) => {
            "it closed its output before it answered".to_owned()
        }
        (ClientInitializeError::TransportError { error, .. }, None) => way(error),
        (error, None) => words::line(&chain(error), 400),
    }
}

/// What went wrong with a request: a sentence without its full stop.
pub(super) fn told(error: &ServiceError) -> String {
    match error {
        ServiceError::McpError(error) => {
            format!("{} (code {})", words::tidy(&error.message, 2_000), error.code.0)
        }
        ServiceError::TransportSend(error) => way(error),
        other => words::line(&chain(other), 400),
    }
}

/// What is wrong with the way to a server.
fn way(error: &DynamicTransportError) -> String {
    let said = match error.error.downcast_ref::<StreamableHttpError<reqwest::Error>>() {
        Some(StreamableHttpError::Client(error)) => without_address(error),
        Some(error) => chain(error),
        None => chain(error.error.as_ref()),
    };
    words::line(said.trim_end_matches([' ', ':']), 400)
}

/// An error of a request. The address stays out of it: a variable of the person's may stand in it.
fn without_address(error: &reqwest::Error) -> String {
    let said = chain(error);
    error.url().map_or_else(|| said.clone(), |url| said.replace(&format!(" for url ({url})"), ""))
}

/// An error and what caused it, in one line; what repeats itself is said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// A reason, with the last that the server wrote to its standard error.
fn with_errors(why: &str, errors: &Errors) -> String {
    match errors.last_line() {
        Some(line) => format!("{why}: {line}"),
        None => why.to_owned(),
    }
}
