//! A connection to a scripted server, and what a request came to.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use headwater_protocol::events::{ConversationKept, ResendCause};
use headwater_protocol::{
    Cancel, Hints, Message, ModelDelta, Projection, Provider, ProviderError, ProviderStream, ToolSpec,
};
use headwater_providers::{Catalogue, Connection, Http, Key, Network, Overlay, VendorSettings, connect};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn};

/// Deadlines that a test can wait for, on a machine that is busy.
pub(crate) fn network() -> Network {
    Network {
        connect_timeout: DEADLINE,
        first_byte_timeout: Some(DEADLINE),
        idle_timeout: DEADLINE,
        backoff: Duration::from_millis(2),
        ..Network::default()
    }
}

/// A vendor of the user's own at this address.
pub(crate) fn catalogue(base_url: &str) -> Catalogue {
    let settings = VendorSettings { base_url: Some(base_url.to_owned()), ..VendorSettings::default() };
    let overlay = Overlay { providers: [("scripted".to_owned(), settings)].into(), ..Overlay::default() };
    Catalogue::new(overlay).unwrap()
}

pub(crate) fn connection(base_url: &str) -> Connection {
    let catalogue = catalogue(base_url);
    let vendor = catalogue.vendor("scripted").unwrap().clone();
    let model = catalogue.model(&vendor, "scripted-model");
    let network = network();
    let http = Http::new(&network);
    Connection { vendor, base_url: None, model, key: Some(Key::new("sk-secret")), network, seed: 1, http }
}

pub(crate) fn server(turns: impl IntoIterator<Item = Turn>) -> ModelServer {
    ModelServer::start(Script::new().turns(turns))
}

pub(crate) fn provider(server: &ModelServer) -> Arc<dyn Provider> {
    connect(connection(&server.base_url())).unwrap()
}

/// A conversation of these messages.
pub(crate) fn projection(messages: Vec<Message>) -> Projection {
    Projection {
        system: "You are a test.".into(),
        tools: Arc::new([]),
        messages: messages.into_iter().map(Arc::new).collect(),
        cache_marks: Vec::new(),
        hints: Hints::default(),
        clearing: None,
    }
}

pub(crate) fn tool(name: &str) -> ToolSpec {
    ToolSpec {
        name: name.to_owned(),
        description: format!("The tool {name}."),
        input_schema: serde_json::json!({"type": "object", "properties": {"path": {"type": "string"}}}),
        capability: headwater_protocol::Capability::Read,
    }
}

/// Everything a request brought, the error last if there was one.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) deltas: Vec<ModelDelta>,
    pub(crate) error: Option<ProviderError>,
}

pub(crate) async fn ask(provider: &dyn Provider) -> Came {
    send(provider, projection(vec![Message::user("Hello")])).await
}

pub(crate) async fn send(provider: &dyn Provider, request: Projection) -> Came {
    hear(provider.stream(request, Cancel::new())).await
}

/// The same as a part of a conversation that the server may keep.
pub(crate) async fn converse(provider: &dyn Provider, request: Projection, handle: Option<&str>) -> Came {
    hear(provider.converse(request, handle, Cancel::new())).await
}

async fn hear(mut stream: ProviderStream) -> Came {
    let mut came = Came::default();
    while let Some(item) = stream.next().await {
        assert!(came.error.is_none(), "something follows the error: {item:?}");
        match item {
            Ok(delta) => came.deltas.push(delta),
            Err(error) => came.error = Some(error),
        }
    }
    came
}

impl Came {
    pub(crate) fn text(&self) -> String {
        let text =
            |delta: &ModelDelta| if let ModelDelta::Text(text) = delta { Some(text.clone()) } else { None };
        self.deltas.iter().filter_map(text).collect()
    }

    pub(crate) fn thinking(&self) -> String {
        let text = |delta: &ModelDelta| {
            if let ModelDelta::Thinking(text) = delta { Some(text.clone()) } else { None }
        };
        self.deltas.iter().filter_map(text).collect()
    }

    /// Each call as `index id name arguments`.
    pub(crate) fn calls(&self) -> Vec<String> {
        let mut calls: Vec<String> = Vec::new();
        for delta in &self.deltas {
            if let ModelDelta::CallStarted { index, id, name } = delta {
                assert_eq!(*index, calls.len(), "calls are told in order");
                calls.push(format!("{index} {id} {name} "));
            } else if let ModelDelta::CallArguments { index, fragment } = delta {
                calls[*index].push_str(fragment);
            }
        }
        calls
    }

    /// What the server keeps now.
    pub(crate) fn kept(&self) -> Option<&ConversationKept> {
        self.deltas
            .iter()
            .find_map(|delta| if let ModelDelta::Kept(kept) = delta { Some(kept) } else { None })
    }

    /// Why the whole conversation was sent again.
    pub(crate) fn resent(&self) -> Vec<ResendCause> {
        let cause = |delta: &ModelDelta| {
            if let ModelDelta::Resent { cause, .. } = delta { Some(*cause) } else { None }
        };
        self.deltas.iter().filter_map(cause).collect()
    }

    pub(crate) fn retries(&self) -> usize {
        self.deltas.iter().filter(|delta| matches!(delta, ModelDelta::Retrying { .. })).count()
    }

    pub(crate) fn finished(&self) -> Option<headwater_protocol::StopSignal> {
        match self.deltas.last() {
            Some(ModelDelta::Finished(signal)) => Some(*signal),
            _ => None,
        }
    }

    /// The kind of the error and its sentence.
    pub(crate) fn failure(&self) -> (&'static str, String) {
        self.error.as_ref().map(|error| (error.kind(), error.to_string())).unwrap_or_default()
    }
}
