//! Folding and repairing a log of 100,000 records that was cut within a turn (HARNESS R-P: at most 200 ms), and what reading,
//! checking and sealing take beside it.
#![expect(clippy::unwrap_used, reason = "a bench may stop at a broken premise")]

use std::path::PathBuf;

use divan::counter::ItemsCount;
use headwater_engine::SessionStore;
use headwater_engine::repairs::{self, Moment};
use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, Header, RequestSent, SessionStarted, ToolCalled, ToolReturned,
    TurnStarted, UsageReported, UserMessage,
};
use headwater_protocol::{
    CallId, Chain, Event, ModeId, ModelInfo, Record, RunState, StopSignal, Timestamp, Tokens, ToolCall,
    Usage, View as _, invariants, views,
};
use tempfile::TempDir;

const RECORDS: usize = 100_000;
/// Calls in one message, of which the last have no result.
const OPEN: u64 = 50;

fn main() {
    divan::main();
}

fn call(number: u64) -> CallId {
    CallId::new(format!("call_{number}"))
}

fn sent() -> Event {
    RequestSent { turn: 1, step: 1, digest: "d".repeat(64), tokens: Tokens(1_000) }.into()
}

fn said(calls: impl Iterator<Item = CallId>) -> Event {
    let text = "I read the next file.".to_owned();
    let blocks = std::iter::once(AssistantBlock::Text { bytes: text.len() })
        .chain(calls.map(|call| AssistantBlock::Call { call }))
        .collect();
    AssistantMessage { text, blocks, origin: "vendor/model".into(), stop: StopSignal::ToolCalls }.into()
}

fn called(number: u64) -> Event {
    let input = serde_json::json!({"path": format!("src/file_{number}.rs"), "offset": 1});
    let request = ToolCall { call: call(number), name: "read".into(), input, malformed: None };
    ToolCalled { request }.into()
}

fn returned(number: u64) -> Event {
    ToolReturned {
        millis: 3,
        ..ToolReturned::ran(
            call(number),
            "read".into(),
            "let value = compute(input)?; // \"quoted\"\n".repeat(32),
        )
    }
    .into()
}

/// The events of one step, about 550 bytes a record as sessions here have it.
fn step(number: u64) -> [Event; 5] {
    let reported = UsageReported { usage: Usage::default(), cost_usd: None, millis: 800 };
    [sent(), said(std::iter::once(call(number))), called(number), reported.into(), returned(number)]
}

/// A session whose process ended while many calls ran.
fn records() -> Vec<Record> {
    let started = SessionStarted {
        schema: 2,
        version: String::new(),
        workspace: "/w".into(),
        vendor: "vendor".into(),
        model: ModelInfo::unknown("model"),
        mode: ModeId::Agent,
        header: Header { system: "".into(), tools: [].into() },
    };
    let last = u64::MAX - OPEN..u64::MAX;
    let end = [sent(), said(last.clone().map(call))].into_iter().chain(last.map(called));
    let end: Vec<Event> = end.collect();
    let begin = [
        started.into(),
        UserMessage { text: "Read them all.".into() }.into(),
        TurnStarted { turn: 1, mode: ModeId::Agent }.into(),
    ];
    let steps = begin.into_iter().chain((0..).flat_map(step)).take(RECORDS - end.len());
    let record = |(seq, event)| Record {
        seq,
        at: Timestamp::from_millis(1_795_233_600_000),
        session: "20261121-040000-abcd".into(),
        parent: None,
        event,
    };
    (0..).zip(steps.chain(end)).map(record).collect()
}

fn sealed(records: &[Record]) -> String {
    let mut chain = Chain::default();
    let line = |record: &Record| {
        let mut line = record.to_line().unwrap();
        chain = chain.seal(&mut line);
        line + "\n"
    };
    records.iter().map(line).collect()
}

fn on_disk(records: &[Record]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("transcript.jsonl");
    std::fs::write(&path, sealed(records)).unwrap();
    (directory, path)
}

/// Repairs to the end; how many records that takes.
fn repair(state: &mut RunState, mut seq: u64) -> u64 {
    let first = seq;
    loop {
        let events = repairs::next(state, Moment::Load);
        if events.is_empty() {
            return seq - first;
        }
        for event in events {
            state.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
            seq += 1;
        }
    }
}

#[divan::bench(sample_count = 10)]
fn read(bencher: divan::Bencher<'_, '_>) {
    let (directory, path) = on_disk(&records());
    let store = SessionStore::new(directory.path().to_owned());
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| store.load_file(&path).unwrap().records.len());
}

/// From the records to a state that is whole.
#[divan::bench(sample_count = 10)]
fn fold_and_repair(bencher: divan::Bencher<'_, '_>) {
    let records = records();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        let mut state: RunState = views::fold(&records);
        assert!(repair(&mut state, RECORDS as u64) > 2 * OPEN, "nothing was to be repaired");
        state
    });
}

#[divan::bench(sample_count = 10)]
fn check(bencher: divan::Bencher<'_, '_>) {
    let records = records();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| invariants::check(&records));
}

#[divan::bench(sample_count = 10)]
fn repair_of_a_state(bencher: divan::Bencher<'_, '_>) {
    let state: RunState = views::fold(&records());
    bencher.with_inputs(|| state.clone()).bench_local_values(|mut state| {
        assert!(repair(&mut state, RECORDS as u64) > 2 * OPEN, "nothing was to be repaired");
        state
    });
}

/// Everything between the file and a state that is whole.
#[divan::bench(sample_count = 10)]
fn read_check_fold_and_repair(bencher: divan::Bencher<'_, '_>) {
    let (directory, path) = on_disk(&records());
    let store = SessionStore::new(directory.path().to_owned());
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        let loaded = store.load_file(&path).unwrap();
        assert!(!loaded.is_damaged());
        let mut state: RunState = views::fold(&loaded.records);
        repair(&mut state, RECORDS as u64);
        state
    });
}

/// What the seals cost where a log is written.
#[divan::bench(sample_count = 10)]
fn write_sealed(bencher: divan::Bencher<'_, '_>) {
    let records = records();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| sealed(&records).len());
}
