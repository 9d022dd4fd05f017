//! Servers at an address: the HTTP client, and who asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Url};
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::streamable_http_client::{
    SseError, StreamableHttpClient, StreamableHttpClientTransport, StreamableHttpClientTransportConfig,
    StreamableHttpError, StreamableHttpPostResponse, StreamableHttpResponseLimits,
};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use sse_stream::Sse;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Redirects that are followed in a row, within one origin.
const MOST_REDIRECTS: usize = 3;

/// Where the tokens of servers come from that want to know who asks.
pub trait BearerTokens: Send + Sync {
    /// The token for a server, renewed if need be; `None` where none is known. Asked before every request.
    fn token(&self, server: &str) -> BoxFuture<'static, Option<String>>;
}

/// What is spoken over.
pub(super) type Web = StreamableHttpClientTransport<Caller>;

/// Sends what is said to one server, with its token.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    server: String,
    tokens: Option<Arc<dyn BearerTokens>>,
}

/// The way to a server. The error is a sentence without its full stop.
pub(super) async fn reach(
    (server, url): (&str, &str),
    headers: &[(String, String)],
    tokens: Option<Arc<dyn BearerTokens>>,
) -> Result<Web, String> {
    let address = Url::parse(url).map_err(|error| format!("its address is none ({error})"))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(format!("its address is neither http nor https: {}", address.scheme()));
    }
    // Reading certificates is file IO.
    let client =
        tokio::task::spawn_blocking(move || client(&address)).await.map_err(|error| error.to_string())??;
    let mut custom = HashMap::new();
    for (name, value) in headers {
        let parsed = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value.as_str()).ok());
        let (name, mut value) = parsed.ok_or_else(|| format!("its header \"{name}\" cannot be sent"))?;
        value.set_sensitive(true);
        custom.insert(name, value);
    }
    let caller = Caller { client, server: server.to_owned(), tokens };
    let config = StreamableHttpClientTransportConfig::with_uri(url).custom_headers(custom);
    Ok(StreamableHttpClientTransport::with_client(caller, config))
}

/// HTTP/1.1, no proxy between us and this machine, no redirect to another origin, the certificates of the system.
pub(super) fn client(address: &Url) -> Result<Client, String> {
    let builder = if is_loopback(address) { Client::builder().no_proxy() } else { Client::builder() };
    finish(builder, tls(address.scheme() == "https")?)
}

fn finish(builder: ClientBuilder, tls: ClientConfig) -> Result<Client, String> {
    builder
        .tls_backend_preconfigured(tls)
        .http1_only()
        .user_agent(concat!("headwater/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::custom(follow_at_home))
        .retry(reqwest::retry::never())
        .build()
        .map_err(|error| format!("no HTTP client can be built: {error}"))
}

fn tls(is_wanted: bool) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if !is_wanted {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Verifier::new(provider)
        .map_err(|error| format!("the system's certificates cannot be read: {error}"))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Follows a redirect within one origin that keeps the message; any other is handed on as the answer.
fn follow_at_home(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let is_home = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    if is_home && keeps_body && attempt.previous().len() <= MOST_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Whether an address is on this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_local_name = host == "localhost" || host.ends_with(".localhost");
    is_local_name || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Caller {
    async fn token(&self) -> Option<String> {
        match &self.tokens {
            Some(tokens) => tokens.token(&self.server).await,
            None => None,
        }
    }
}

type Answer<T> = Result<T, StreamableHttpError<reqwest::Error>>;
type Events = BoxStream<'static, Result<Sse, SseError>>;

impl StreamableHttpClient for Caller {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Answer<StreamableHttpPostResponse> {
        self.client.post_message(uri, message, session, self.token().await, headers).await
    }

    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
        limits: StreamableHttpResponseLimits,
    ) -> Answer<StreamableHttpPostResponse> {
        let token = self.token().await;
        self.client.post_message_with_response_limits(uri, message, session, token, headers, limits).await
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Answer<()> {
        self.client.delete_session(uri, session, self.token().await, headers).await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Answer<Events> {
        self.client.get_stream(uri, session, last_event, self.token().await, headers).await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
        most: usize,
    ) -> Answer<Events> {
        let token = self.token().await;
        self.client.get_stream_with_max_sse_event_size(uri, session, last_event, token, headers, most).await
    }
}
