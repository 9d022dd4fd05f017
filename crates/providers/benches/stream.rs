//! The way of a streamed answer from bytes to deltas (goals: framing 0.14 µs an event, with JSON at most 2 µs; SCREEN §3,
//! row 19), of a conversation to the bytes of a request, and what must exist before the first one.

use std::fmt::Write as _;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use headwater_protocol::{Hints, Message, ModelInfo, Projection};
use headwater_providers::sse::Framer;
use headwater_providers::wires::{Destination, OpenAiChat, Wire as _};
use headwater_providers::{Catalogue, Echo, Model, Overlay, Quirks};

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
    let request = Projection {
        system: "s".into(),
        tools: Arc::new([]),
        messages,
        cache_marks: Vec::new(),
        hints: Hints::default(),
    };
    let (quirks, body) = (Quirks::default(), serde_json::Map::new());
    let model = Model { info: ModelInfo::unknown("m"), echo: Echo::Never, body };
    let destination = Destination { vendor: "v", model: &model, quirks: &quirks };
    bencher.bench(|| OpenAiChat.body(&request, destination).len());
}

#[divan::bench]
fn catalogue() -> usize {
    Catalogue::new(Overlay::default()).map_or(0, |catalogue| catalogue.vendors().count())
}
