//! What servers say of themselves: which local ones answer, their models, the window they really serve.

use std::time::Duration;

use futures_util::future::join_all;
use headwater_protocol::{ProviderError, Tokens};
use reqwest::{StatusCode, Url};
use serde_json::Value;
use tokio::time::timeout;

use crate::catalogue::{Catalogue, Vendor, WindowProbe};
use crate::connection::{Connection, Endpoint, below};
use crate::http::Http;

/// A local server that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The vendor's name.
    pub vendor: String,
    /// Where it answers.
    pub base_url: String,
    /// The models it offers, in its order.
    pub models: Vec<String>,
}

/// How long a server on this machine may take to answer that it is there.
const DISCOVERY: Duration = Duration::from_millis(200);

/// How long any server may take to say something of itself.
const QUESTION: Duration = Duration::from_secs(5);

/// The longest list of models that is read, in bytes; routers send megabytes.
const LIST_CAP: usize = 16 * 1024 * 1024;

/// Which of the catalogue's local servers answer within 200 ms; all are asked at once.
pub async fn discover(catalogue: &Catalogue, http: &Http) -> Vec<Found> {
    let asked = catalogue.vendors().filter(|vendor| vendor.is_local).map(|vendor| find(vendor, http));
    join_all(asked).await.into_iter().flatten().collect()
}

async fn find(vendor: &Vendor, http: &Http) -> Option<Found> {
    let base_url = vendor.base_url.clone()?;
    let url = below(&Url::parse(&base_url).ok()?, MODELS);
    let answer =
        timeout(DISCOVERY, async { read(http.client(&url).await.ok()?.get(url).send().await.ok()?).await });
    let models = model_names(&answer.await.ok()??)?;
    Some(Found { vendor: vendor.name.clone(), base_url, models })
}

/// The models the server offers, in its order. Errors as those of a model request; nothing is retried.
pub async fn list_models(connection: &Connection) -> Result<Vec<String>, ProviderError> {
    let mut endpoint = Endpoint::of(connection)?;
    endpoint.url = below(&endpoint.base_url, MODELS);
    let answer = ask(&endpoint, &connection.http).await?;
    model_names(&answer).ok_or_else(|| endpoint.not_understood("no list of models"))
}

/// The window which the server really serves the model with, if its vendor's data says where to ask and it answers
/// in time.
pub async fn learn_window(connection: &Connection) -> Option<Tokens> {
    let mut endpoint = Endpoint::of(connection).ok()?;
    let probe = connection.vendor.window_probe.as_ref()?;
    endpoint.url = below(&endpoint.base_url, &probe.path);
    let answer = ask(&endpoint, &connection.http).await.ok()?;
    window(&answer, probe, &connection.model.info.name)
}

/// The list of models, relative to the base URL: the same on every server of this kind.
const MODELS: &str = "models";

async fn ask(endpoint: &Endpoint, http: &Http) -> Result<Value, ProviderError> {
    let client = http.client(&endpoint.url).await.map_err(|error| endpoint.unreachable(&error))?;
    let request = client.get(endpoint.url.clone()).headers(endpoint.headers.clone());
    let answered = async {
        let mut response = request.send().await.map_err(|error| endpoint.transport(&error).error)?;
        // What else could be missing than the path: no model was asked for.
        if response.status() == StatusCode::NOT_FOUND {
            // A body that is left unread costs the connection, which the first request wants to use.
            while response.chunk().await.is_ok_and(|piece| piece.is_some()) {}
            return Err(endpoint.not_understood("HTTP 404"));
        }
        if !response.status().is_success() {
            return Err(endpoint.refused(response).await.error);
        }
        read(response).await.ok_or_else(|| endpoint.not_understood("something that is no JSON"))
    };
    timeout(QUESTION, answered).await.unwrap_or_else(|_| Err(endpoint.timed_out("first byte", QUESTION)))
}

async fn read(mut response: reqwest::Response) -> Option<Value> {
    if !response.status().is_success() {
        return None;
    }
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.ok()? {
        body.extend_from_slice(&bytes);
        if body.len() > LIST_CAP {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}

fn model_names(answer: &Value) -> Option<Vec<String>> {
    let list = answer.get("data")?.as_array()?;
    Some(list.iter().filter_map(|model| model.get("id")?.as_str().map(str::to_owned)).collect())
}

fn window(answer: &Value, probe: &WindowProbe, model: &str) -> Option<Tokens> {
    let entry = match &probe.list {
        Some(list) => {
            let is_named = |entry: &&Value| entry.get(&probe.name).and_then(Value::as_str) == Some(model);
            answer.pointer(list)?.as_array()?.iter().find(is_named)?
        }
        None => answer,
    };
    let mut windows = probe.window.iter().filter_map(|pointer| entry.pointer(pointer)?.as_u64());
    windows.find(|tokens| *tokens > 0).map(Tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Overlay;
    use serde_json::json;

    #[test]
    fn the_window_is_where_each_server_says_it() {
        let catalogue = Catalogue::new(Overlay::default()).unwrap();
        let cases = [
            ("llamacpp", json!({"default_generation_settings": {"n_ctx": 8192}}), Some(8192)),
            ("llamacpp", json!({"error": "no"}), None),
            (
                "ollama",
                json!({"models": [{"name": "other", "context_length": 1}, {"name": "m", "context_length": 4096}]}),
                Some(4096),
            ),
            ("ollama", json!({"models": []}), None),
            ("lmstudio", json!({"data": [{"id": "m", "max_context_length": 32768}]}), Some(32768)),
            (
                "lmstudio",
                json!({"data": [{"id": "m", "loaded_context_length": 4096, "max_context_length": 32768}]}),
                Some(4096),
            ),
            ("custom", json!({"data": [{"id": "m", "max_model_len": 16384}]}), Some(16384)),
        ];
        for (vendor, answer, expected) in cases {
            let probe = catalogue.vendor(vendor).unwrap().window_probe.as_ref().unwrap();
            assert_eq!(window(&answer, probe, "m"), expected.map(Tokens), "{vendor}: {answer}");
        }
    }
}
