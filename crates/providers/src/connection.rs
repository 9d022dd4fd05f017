//! From a vendor, a model and a key to a model port.

use std::sync::Arc;

use headwater_protocol::{Cancel, ModelInfo, Projection, Provider, ProviderError, ProviderStream};
use reqwest::Url;
use reqwest::header::HeaderMap;

use crate::catalogue::{Model, Vendor};
use crate::cleared::Cleared;
use crate::course::Course;
use crate::exchange::{Exchange, Written};
use crate::http::{Http, is_loopback};
use crate::key::Key;
use crate::network::Network;
use crate::wires::Destination;

/// Everything a connection to a model needs.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The vendor.
    pub vendor: Vendor,
    /// An address in place of the vendor's own.
    pub base_url: Option<String>,
    /// The model.
    pub model: Model,
    /// The key, if there is one.
    pub key: Option<Key>,
    /// Deadlines and retries.
    pub network: Network,
    /// Where the jitter of retries begins: the same seed gives the same waits.
    pub seed: u64,
    /// The clients of this process.
    pub http: Http,
}

/// Makes a model port. Nothing is sent yet: it fails only when it is certain that no request can succeed, for want
/// of a key or an address.
pub fn connect(connection: Connection) -> Result<Arc<dyn Provider>, ProviderError> {
    let endpoint = Endpoint::of(&connection)?;
    Ok(Arc::new(Remote { endpoint: Arc::new(endpoint), http: connection.http, seed: connection.seed }))
}

/// One model at one address, ready to be asked.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) vendor: Vendor,
    pub(crate) model: Model,
    pub(crate) key: Option<Key>,
    pub(crate) base_url: Url,
    /// Where requests go.
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) network: Network,
}

impl Endpoint {
    pub(crate) fn of(connection: &Connection) -> Result<Self, ProviderError> {
        let Connection { vendor, base_url, model, key, network, .. } = connection.clone();
        let base_url = address(&vendor, base_url.as_deref())?;
        let key = key.filter(|key| !key.is_empty());
        if key.is_none() && vendor.key_env.is_some() && !is_loopback(&base_url) {
            let message = format!("There is no key for {}: {}.", vendor.label, vendor.how_to_get_a_key());
            return Err(ProviderError::Unauthorized { message });
        }
        let headers = vendor.wire.headers(key.as_ref()).ok_or_else(|| ProviderError::Unauthorized {
            message: format!(
                "The key for {} has characters that no key has: {}.",
                vendor.label,
                vendor.how_to_get_a_key()
            ),
        })?;
        let url = below(&base_url, vendor.wire.path());
        Ok(Self { vendor, model, key, base_url, url, headers, network })
    }

    pub(crate) fn destination(&self) -> Destination<'_> {
        Destination { vendor: &self.vendor.name, model: &self.model, quirks: &self.vendor.quirks }
    }

    /// The address as it may be shown: without a password in it.
    pub(crate) fn shown_url(&self) -> String {
        let mut url = self.url.clone();
        // Neither fails for an address that has a host, and that was checked.
        url.set_password(None).ok();
        url.set_username("").ok();
        url.set_query(None);
        url.to_string()
    }
}

fn address(vendor: &Vendor, over: Option<&str>) -> Result<Url, ProviderError> {
    let unreachable =
        |url: &str, message: String| ProviderError::Unreachable { url: url.to_owned(), message };
    let Some(text) = over.or(vendor.base_url.as_deref()) else {
        let message =
            format!("provider \"{}\" has no address of its own; give one with --base-url", vendor.name);
        return Err(unreachable("no address", message));
    };
    let url = Url::parse(text).map_err(|error| unreachable(text, format!("this is no address: {error}")))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(unreachable(text, "an address begins with http:// or https://".to_owned()));
    }
    Ok(url)
}

/// The address `path` names: below the base, or from the root of its host when it begins with a slash.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", base.path().trim_end_matches('/'))
    };
    url.set_path(&path);
    url
}

/// A model behind HTTP.
struct Remote {
    endpoint: Arc<Endpoint>,
    http: Http,
    seed: u64,
}

impl Provider for Remote {
    fn vendor(&self) -> &str {
        &self.endpoint.vendor.name
    }

    fn model(&self) -> &ModelInfo {
        &self.endpoint.model.info
    }

    fn stream(&self, request: Projection, cancel: Cancel) -> ProviderStream {
        if let Some(cleared) = Cleared::of(&self.endpoint, &request) {
            return self.exchange(Written::Cleared(Box::new(cleared))).stream(cancel);
        }
        let endpoint = &self.endpoint;
        let body = endpoint.vendor.wire.body(&request, endpoint.destination()).into();
        let reads_text = endpoint.model.writes_calls;
        let text_calls = request.tools.iter().filter(|_| reads_text).map(|tool| tool.name.clone()).collect();
        self.exchange(Written::Whole { body, text_calls }).stream(cancel)
    }

    fn converse(&self, request: Projection, handle: Option<&str>, cancel: Cancel) -> ProviderStream {
        match Course::of(&self.endpoint, &request, handle) {
            Some(course) => self.exchange(Written::Kept(Box::new(course))).stream(cancel),
            None => self.stream(request, cancel),
        }
    }
}

impl Remote {
    fn exchange(&self, written: Written) -> Exchange {
        Exchange::new(Arc::clone(&self.endpoint), self.http.clone(), written, self.seed)
    }
}
