//! Listing 1,000 sessions, each with a header of 20 kB and 40 turns, of two workspaces by halves.
#![expect(clippy::unwrap_used, reason = "a bench may stop at a broken premise")]

use std::path::Path;

use divan::counter::ItemsCount;
use headwater_engine::SessionStore;
use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, Header, SessionStarted, UsageReported, UserMessage,
};
use headwater_protocol::{Event, ModeId, ModelInfo, Record, SessionId, StopSignal, Timestamp, Usage};
use tempfile::TempDir;

const SESSIONS: usize = 1_000;
const TURNS: usize = 40;

fn main() {
    divan::main();
}

fn started(workspace: &str) -> Event {
    SessionStarted {
        schema: 1,
        version: String::new(),
        workspace: workspace.to_owned(),
        vendor: "vendor".into(),
        model: ModelInfo::unknown("model"),
        mode: ModeId::Agent,
        header: Header { system: "s".repeat(20_000).into(), tools: [].into() },
    }
    .into()
}

fn turn(number: usize) -> [Event; 3] {
    let text = "An answer of some length. ".repeat(80);
    let blocks = vec![AssistantBlock::Text { bytes: text.len() }];
    [
        UserMessage { text: format!("Question {number}?") }.into(),
        AssistantMessage { text, blocks, origin: "vendor/model".into(), stop: StopSignal::EndTurn }.into(),
        UsageReported { usage: Usage::default(), cost_usd: None, millis: 800 }.into(),
    ]
}

fn store() -> (TempDir, SessionStore) {
    let state = tempfile::tempdir().unwrap();
    let store = SessionStore::new(state.path().to_owned());
    for number in 0..SESSIONS {
        let session = SessionId::new(format!("20261121-040000-{number:04}"));
        let workspace = if number % 2 == 0 { "/w/here" } else { "/w/there" };
        let events = std::iter::once(started(workspace)).chain((0..TURNS).flat_map(turn));
        let line = |(seq, event)| {
            let (at, session) = (Timestamp::from_millis(1_795_233_600_000), session.clone());
            format!("{}\n", Record { seq, at, session, parent: None, event }.to_line().unwrap())
        };
        let log: String = (0..).zip(events).map(line).collect();
        let path = store.transcript(&session);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, log).unwrap();
    }
    (state, store)
}

#[divan::bench(sample_count = 5)]
fn list_one_workspace(bencher: divan::Bencher<'_, '_>) {
    let (_state, store) = store();
    let list = || store.list(Some(Path::new("/w/here"))).unwrap().len();
    bencher.counter(ItemsCount::new(SESSIONS)).bench_local(list);
}

#[divan::bench(sample_count = 5)]
fn find_the_newest(bencher: divan::Bencher<'_, '_>) {
    let (_state, store) = store();
    let newest = || store.newest(Path::new("/w/here")).unwrap();
    bencher.counter(ItemsCount::new(SESSIONS)).bench_local(newest);
}
