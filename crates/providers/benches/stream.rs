//! The way of a streamed answer from bytes to deltas (goals: framing 0.14 µs an event, with JSON at most 2 µs; SCREEN §3,
//! row 19), of a conversation to the bytes of a request, and what must exist before the first one.

use std::fmt::Write as _;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use futures_util::StreamExt as _;
use headwater_protocol::{Cancel, Hints, Message, ModelInfo, Projection, Provider};
use headwater_providers::sse::Framer;
use headwater_providers::wires::{Destination, OpenAiChat, Wire as _};
use headwater_providers::{
    Catalogue, Connection, Echo, Http, Model, Network, Overlay, Quirks, VendorSettings, connect,
};
use headwater_testkit::{ModelServer, Script, Turn};
use tokio::runtime::{Builder, Runtime};

const EVENTS: usize = 10_000;

fn main() {
    divan::main();
}

/// Events of the usual size, about 190 bytes.
fn stream() -> Vec<u8> {
    let mut stream = String::new();
    for place in 0..EVENTS {
        let chunk = format!(
            r#"{{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"a-model","choices":[{{"index":0,"delta":{{"content":"word{place} "}},"finish_reason":null}}]}}"#
        );
        // Writing to a string cannot fail.
        write!(stream, "data: {chunk}\n\n").unwrap_or_default();
    }
    stream.into_bytes()
}

#[divan::bench(args = [190, 16_384])]
fn framing(bencher: divan::Bencher<'_, '_>, chunk: usize) {
    let stream = stream();
    bencher.counter(ItemsCount::new(EVENTS)).counter(BytesCount::new(stream.len())).bench(|| {
        let mut framer = Framer::default();
        let mut events = 0;
        for bytes in stream.chunks(chunk) {
            framer.push(bytes);
            while let Some(Ok(event)) = framer.next_event() {
                divan::black_box(event);
                events += 1;
            }
        }
        events
    });
}

#[divan::bench(args = [190, 16_384])]
fn chunk_to_delta(bencher: divan::Bencher<'_, '_>, chunk: usize) {
    let stream = stream();
    bencher.counter(ItemsCount::new(EVENTS)).counter(BytesCount::new(stream.len())).bench(|| {
        let (mut framer, mut decoder) = (Framer::default(), OpenAiChat.decoder());
        let mut deltas = Vec::new();
        for bytes in stream.chunks(chunk) {
            framer.push(bytes);
            while let Some(Ok(event)) = framer.next_event() {
                decoder.event(event, &mut deltas).ok();
            }
        }
        deltas.len()
    });
}

/// 200 KB of conversation.
#[divan::bench]
fn request_body(bencher: divan::Bencher<'_, '_>) {
    let messages = (0..200).map(|place| Arc::new(Message::user(format!("{place} ").repeat(250)))).collect();
    let request = projection(messages);
    let (quirks, body) = (Quirks::default(), serde_json::Map::new());
    let model = Model { info: ModelInfo::unknown("m"), echo: Echo::Never, body, writes_calls: false };
    let destination = Destination { vendor: "v", model: &model, quirks: &quirks };
    bencher.bench(|| OpenAiChat.body(&request, destination).len());
}

#[divan::bench]
fn catalogue() -> usize {
    Catalogue::new(Overlay::default()).map_or(0, |catalogue| catalogue.vendors().count())
}

fn projection(messages: Vec<Arc<Message>>) -> Projection {
    Projection {
        system: "s".into(),
        tools: Arc::new([]),
        messages,
        cache_marks: Vec::new(),
        hints: Hints::default(),
        clearing: None,
    }
}

/// A server that always answers, and a model port to it with a client of its own.
fn model_port(server: &ModelServer) -> Option<Arc<dyn Provider>> {
    let settings = VendorSettings { base_url: Some(server.base_url()), ..VendorSettings::default() };
    let overlay = Overlay { providers: [("bench".to_owned(), settings)].into(), ..Overlay::default() };
    let catalogue = Catalogue::new(overlay).ok()?;
    let vendor = catalogue.vendor("bench").ok()?.clone();
    let model = catalogue.model(&vendor, "m");
    let network = Network::default();
    let http = Http::new(&network);
    connect(Connection { vendor, base_url: None, model, key: None, network, seed: 0, http }).ok()
}

fn answering() -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text("Hi")).repeat_last())
}

async fn ask(provider: Option<Arc<dyn Provider>>) -> usize {
    let Some(provider) = provider else { return 0 };
    provider.stream(projection(vec![Arc::new(Message::user("Hello"))]), Cancel::new()).count().await
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap_or_else(|_| std::process::exit(1))
}

/// From nothing to the end of an answer: data, client, connection, request, answer.
#[divan::bench]
fn first_request(bencher: divan::Bencher<'_, '_>) {
    let (server, runtime) = (answering(), runtime());
    bencher.bench_local(|| runtime.block_on(ask(model_port(&server))));
}

/// A request over a connection that is open already.
#[divan::bench]
fn next_request(bencher: divan::Bencher<'_, '_>) {
    let (server, runtime) = (answering(), runtime());
    let provider = model_port(&server);
    bencher.bench_local(|| runtime.block_on(ask(provider.clone())));
}
