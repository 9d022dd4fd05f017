//! The HTTP clients of a process: built when first needed, shared by every connection.
//!
//! *Invariants:* HTTP/1.1 with keep-alive; no proxy between us and this machine; a redirect is followed only to the
//! same scheme, host and port, so that a key never travels elsewhere; no OpenSSL.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Url};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::network::Network;

/// The HTTP clients of a process; clones share them. Nothing is built before the first request.
#[derive(Clone, Debug)]
pub struct Http {
    clients: Arc<Clients>,
}

/// Loading the system's certificates takes milliseconds, and fails where there are none: only `https` needs them.
#[derive(Debug)]
struct Clients {
    connect_timeout: Duration,
    /// `http` on this machine, past any proxy.
    loopback: OnceLock<Result<Client, String>>,
    /// `http` elsewhere.
    plain: OnceLock<Result<Client, String>>,
    /// `https`.
    secure: OnceLock<Result<Client, String>>,
}

const USER_AGENT: &str = concat!("headwater/", env!("CARGO_PKG_VERSION"));

/// Redirects that are followed in a row.
const MOST_REDIRECTS: usize = 3;

/// Bytes of an answer to [`Http::post`] that are kept.
const MOST_OF_ANSWER: usize = 64 * 1024;

impl Http {
    /// Clients with these deadlines.
    pub fn new(network: &Network) -> Self {
        let clients = Clients {
            connect_timeout: network.connect_timeout,
            loopback: OnceLock::new(),
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        };
        Self { clients: Arc::new(clients) }
    }

    /// Sends bytes to an address that is no model's; the answer's status and the beginning of its body. The error says
    /// why there is none. Cancellation safe: dropped, it ends the exchange.
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Bytes) -> Result<(u16, Bytes), String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let request = self.client(&url).await?.post(url).headers(headers).body(body);
        let mut answer = request.send().await.map_err(|error| said(&error.without_url()))?;
        let (status, mut text) = (answer.status().as_u16(), BytesMut::new());
        while let Some(piece) = answer.chunk().await.map_err(|error| said(&error.without_url()))? {
            let room = MOST_OF_ANSWER.saturating_sub(text.len());
            text.extend(piece.iter().take(room));
        }
        Ok((status, text.freeze()))
    }

    /// The client for this address; the error says why none could be built.
    pub(crate) async fn client(&self, url: &Url) -> Result<Client, String> {
        let clients = &self.clients;
        match url.scheme() {
            "http" if is_loopback(url) => {
                return clients
                    .loopback
                    .get_or_init(|| clients.build_plain(Client::builder().no_proxy()))
                    .clone();
            }
            "http" => return clients.plain.get_or_init(|| clients.build_plain(Client::builder())).clone(),
            _ => {}
        }
        if let Some(client) = clients.secure.get() {
            return client.clone();
        }
        let clients = Arc::clone(clients);
        // Reading certificates is file IO.
        let built = tokio::task::spawn_blocking(move || {
            clients.secure.get_or_init(|| clients.build_secure()).clone()
        });
        built.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}

impl Clients {
    fn build_plain(&self, builder: ClientBuilder) -> Result<Client, String> {
        let tls = tls(|builder, _| {
            Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
        })?;
        self.finish(builder, tls)
    }

    fn build_secure(&self) -> Result<Client, String> {
        let tls = tls(|builder, provider| {
            let verifier = Verifier::new(provider)
                .map_err(|error| format!("the system's certificates cannot be read: {error}"))?;
            Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
        })?;
        self.finish(Client::builder(), tls)
    }

    fn finish(&self, builder: ClientBuilder, tls: ClientConfig) -> Result<Client, String> {
        builder
            .tls_backend_preconfigured(tls)
            .http1_only()
            .user_agent(USER_AGENT)
            .connect_timeout(self.connect_timeout)
            .redirect(Policy::custom(follow_at_home))
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| format!("no HTTP client can be built: {error}"))
    }
}

/// An error and what caused it, in one line.
fn said(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

type TlsBuilder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn tls(
    verify: impl FnOnce(TlsBuilder, Arc<CryptoProvider>) -> Result<ClientConfig, String>,
) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = verify(builder, provider)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Follows a redirect within one origin; any other is handed on as the answer.
fn follow_at_home(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let is_home = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    if is_home && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_local_name = host == "localhost" || host.ends_with(".localhost");
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    is_local_name || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        let cases = [
            ("http://127.0.0.1:8080/v1", true),
            ("http://localhost/v1", true),
            ("http://[::1]:80/", true),
            ("http://127.9.9.9/", true),
            ("http://192.168.0.7/", false),
            ("https://localhost.example.com/", false),
        ];
        for (url, expected) in cases {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn both_clients_can_be_built() {
        let http = Http::new(&Network::default());
        for url in ["http://127.0.0.1:1/", "https://example.invalid/"] {
            let client = http.client(&Url::parse(url).unwrap()).await;
            // A machine without certificates is told so; anything else is our fault.
            assert!(
                client.as_ref().is_ok_and(|_| true) || client.unwrap_err().contains("certificates"),
                "{url}"
            );
        }
    }
}
