//! Cassettes of a real server (HARNESS V1 to V3): one conversation over each wire, what went over HTTP and the log of it. The
//! log gives the requests to the byte, the answers give the log, and the wires differ in nothing that a log says.

use futures_util::StreamExt as _;
use headwater_context::project;
use headwater_protocol::views::RunState;
use headwater_protocol::{Cancel, Event, ModelDelta, Projection, Record, StopSignal, Usage, View as _};
use headwater_providers::{Catalogue, Connection, Http, Network, Overlay, VendorSettings};
use headwater_testkit::{Cassette, Exchange, Fault, ModelServer, Script, Turn};

/// A wire, what went over HTTP, and the log.
type Recording = (&'static str, &'static str, &'static str);

macro_rules! recordings {
    ($($wire:literal),*) => { [$((
        $wire,
        include_str!(concat!("../../../../tests/cassettes/", $wire, "/rate.http.jsonl")),
        include_str!(concat!("../../../../tests/cassettes/", $wire, "/rate.jsonl")),
    )),*] };
}

const RECORDINGS: [Recording; 3] = recordings!("openai-chat", "openai-responses", "anthropic");

/// One request of a log: what it was made from, and what the log says came of it.
struct Asked {
    projection: Projection,
    heard: Heard,
}

/// An answer as the log has it, and as deltas come to it. Names of calls are each server's own.
#[derive(Clone, Debug, Default, PartialEq)]
struct Heard {
    text: String,
    calls: Vec<(String, serde_json::Value)>,
    stop: Option<StopSignal>,
    usage: Usage,
}

fn requests(log: &str) -> Vec<Asked> {
    let (mut state, mut asked) = (RunState::default(), Vec::<Asked>::new());
    for line in log.lines() {
        let record = Record::from_line(line).unwrap();
        if let Event::RequestSent(_) = &record.event {
            asked.push(Asked { projection: project(&state).unwrap(), heard: Heard::default() });
        } else if let Some(asked) = asked.last_mut() {
            asked.heard.take(&record.event);
        }
        state.apply(&record);
    }
    asked
}

impl Heard {
    fn take(&mut self, event: &Event) {
        if let Event::AssistantMessage(said) = event {
            self.text.clone_from(&said.text);
            self.stop = Some(said.stop);
        } else if let Event::ToolCalled(called) = event {
            self.calls.push((called.request.name.clone(), called.request.input.clone()));
        } else if let Event::UsageReported(reported) = event {
            self.usage = reported.usage;
        }
    }

    fn of(deltas: &[ModelDelta]) -> Self {
        let (mut heard, mut arguments) = (Self::default(), Vec::<(String, String)>::new());
        for delta in deltas {
            if let ModelDelta::Text(text) = delta {
                heard.text.push_str(text);
            } else if let ModelDelta::CallStarted { name, .. } = delta {
                arguments.push((name.clone(), String::new()));
            } else if let ModelDelta::CallArguments { index, fragment } = delta {
                arguments.get_mut(*index).unwrap().1.push_str(fragment);
            } else if let ModelDelta::Usage(usage) = delta {
                heard.usage = *usage;
            } else if let ModelDelta::Finished(stop) = delta {
                heard.stop = Some(*stop);
            }
        }
        let call = |(name, text): (String, String)| (name, serde_json::from_str(&text).unwrap());
        heard.calls = arguments.into_iter().map(call).collect();
        heard
    }
}

/// Asks a server over this wire, and hears it to its end or to the error it ends in.
async fn hear(
    wire: &str,
    server: &ModelServer,
    projection: &Projection,
) -> (Vec<ModelDelta>, Option<&'static str>) {
    let (wire, base_url) = (Some(wire.to_owned()), Some(server.base_url()));
    let settings = VendorSettings { wire, base_url, ..VendorSettings::default() };
    let overlay = Overlay { providers: [("llamacpp".to_owned(), settings)].into(), ..Overlay::default() };
    let catalogue = Catalogue::new(overlay).unwrap();
    let vendor = catalogue.vendor("llamacpp").unwrap().clone();
    let model = catalogue.model(&vendor, "local");
    let network = Network { attempts: 1, ..Network::default() };
    let http = Http::new(&network);
    let connection = Connection { vendor, base_url: None, model, key: None, network, seed: 1, http };
    let provider = headwater_providers::connect(connection).unwrap();
    let mut stream = provider.stream(projection.clone(), Cancel::new());
    let mut deltas = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(delta) => deltas.push(delta),
            Err(error) => return (deltas, Some(error.kind())),
        }
    }
    (deltas, None)
}

/// The same where the server gives this answer.
async fn played(wire: &str, projection: &Projection, turn: Turn) -> (Vec<ModelDelta>, Option<&'static str>) {
    hear(wire, &ModelServer::start(Script::new().turn(turn)), projection).await
}

fn tape(text: &str) -> Vec<Exchange> {
    Cassette::of(text).exchanges
}

#[tokio::test]
async fn v1_v2_v3_the_log_gives_the_requests_that_were_sent_to_the_byte() {
    for (wire, http, log) in RECORDINGS {
        let (exchanges, asked) = (tape(http), requests(log));
        assert_eq!(exchanges.len(), asked.len(), "{wire}");
        assert!(asked.len() >= 6, "{wire}: {} requests", asked.len());
        for (at, (exchange, asked)) in exchanges.iter().zip(&asked).enumerate() {
            let server = ModelServer::start(Script::new().turn(Turn::played(exchange)));
            hear(wire, &server, &asked.projection).await;
            let [sent] = server.requests().try_into().unwrap();
            assert_eq!(sent.path, exchange.path, "{wire}: request {at}");
            assert_eq!(String::from_utf8_lossy(&sent.raw), exchange.request, "{wire}: request {at}");
        }
    }
}

#[tokio::test]
async fn v1_v2_v3_the_recorded_answers_give_the_log_however_they_are_cut() {
    for (wire, http, log) in RECORDINGS {
        for (at, (exchange, asked)) in tape(http).iter().zip(requests(log)).enumerate() {
            let turn = || Turn::played(exchange);
            for (how, turn) in [
                ("as it came", turn()),
                ("at once", turn().chunked_every(1 << 20)),
                ("byte by byte", turn().chunked_every(1)),
                ("across events", turn().chunked_every(7)),
            ] {
                let (deltas, error) = played(wire, &asked.projection, turn).await;
                assert_eq!(error, None, "{wire}, answer {at}, {how}");
                assert_eq!(Heard::of(&deltas), asked.heard, "{wire}, answer {at}, {how}");
            }
        }
    }
}

/// At each border between two pieces the connection ends: what had come is the beginning of the answer, and no answer is
/// taken for whole that is not.
#[tokio::test]
async fn v1_v2_v3_a_recorded_answer_that_ends_early_is_cut_or_nothing() {
    let mut ends = 0;
    for (wire, http, log) in RECORDINGS {
        for (at, (exchange, asked)) in tape(http).iter().zip(requests(log)).enumerate() {
            let (whole, _) = played(wire, &asked.projection, Turn::played(exchange)).await;
            let whole = pieces(&whole);
            for border in exchange.borders() {
                let cut = Turn::played(exchange).with_fault(Fault::CutAfterBytes(border));
                let (deltas, error) = played(wire, &asked.projection, cut).await;
                let place = format!("{wire}, answer {at}, after {border} bytes");
                let begun = pieces(&deltas);
                assert!(whole.starts_with(&begun), "{place}: {deltas:?}");
                match error {
                    // The answer had said why it stopped: what followed was its usage.
                    None => assert_eq!(begun, whole, "{place}"),
                    Some(kind) if begun.is_empty() => assert_eq!(kind, "unreachable", "{place}"),
                    Some(kind) => assert_eq!(kind, "cut", "{place}"),
                }
                ends += 1;
            }
        }
    }
    assert!(ends > 100, "{ends} borders");
}

/// What is said and called, without usage and the end.
fn pieces(deltas: &[ModelDelta]) -> Vec<ModelDelta> {
    let is_piece = |delta: &&ModelDelta| {
        matches!(
            delta,
            ModelDelta::Text(_) | ModelDelta::CallStarted { .. } | ModelDelta::CallArguments { .. }
        )
    };
    deltas.iter().filter(is_piece).cloned().collect()
}

/// What a log says, record by record, but for the words and the options that the model chose: it chose others on each wire.
fn canonical(log: &str) -> Vec<String> {
    let told = |line: &str| {
        let event = Record::from_line(line).unwrap().event;
        let kind = event.tag().to_owned();
        match event {
            Event::UserMessage(said) => format!("{kind} {}", said.text),
            Event::AssistantMessage(said) => {
                format!("{kind} {} {:?} {}", said.text.is_empty(), said.stop, said.blocks.len())
            }
            Event::ToolCalled(called) => format!("{kind} {}", called.request.name),
            Event::ToolReturned(returned) => format!("{kind} {} {}", returned.name, returned.text),
            Event::TurnEnded(ended) => format!("{kind} {:?}", ended.reason),
            _other => kind,
        }
    };
    log.lines().map(told).collect()
}

#[test]
fn v2_one_recorded_conversation_is_the_same_events_on_every_wire() {
    let [(_, _, chat), others @ ..] = RECORDINGS;
    for (wire, _, log) in others {
        assert_eq!(canonical(log), canonical(chat), "{wire}");
        // The server counted the first request, which has the same content, as long as on the other wires.
        assert_eq!(
            requests(log).first().unwrap().heard.usage.input,
            requests(chat).first().unwrap().heard.usage.input
        );
    }
}
