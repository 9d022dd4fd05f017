//! Folding, checking and reading a log of 100,000 records, beside the floor: serde alone on the same lines.
#![expect(clippy::unwrap_used, reason = "a bench may stop at a broken premise")]

use divan::counter::{BytesCount, ItemsCount};
use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, Header, RequestSent, SessionStarted, ToolCalled, ToolReturned,
    TurnEnded, TurnStarted, UsageReported,
};
use headwater_protocol::{
    CallId, EndReason, Event, ModeId, ModelInfo, Record, RunState, StopSignal, Timestamp, Tokens, ToolCall,
    Usage, View as _, invariants,
};

const RECORDS: u64 = 100_000;

fn main() {
    divan::main();
}

/// The events of one step, about 550 bytes a record as sessions here have it.
fn step(number: u64) -> Vec<Event> {
    let call = CallId::new(format!("call_{number}"));
    let request = ToolCall {
        call: call.clone(),
        name: "read".into(),
        input: serde_json::json!({"path": format!("src/file_{number}.rs"), "offset": 1}),
        malformed: None,
    };
    let returned = ToolReturned {
        millis: 3,
        ..ToolReturned::ran(
            call.clone(),
            "read".into(),
            "let value = compute(input)?; // \"quoted\"\n".repeat(32),
        )
    };
    vec![
        RequestSent { turn: 1, step: 1, digest: "d".repeat(64), tokens: Tokens(1_000) }.into(),
        AssistantMessage {
            text: "I read the next file.".into(),
            blocks: vec![AssistantBlock::Text { bytes: 21 }, AssistantBlock::Call { call }],
            origin: "vendor/model".into(),
            stop: StopSignal::ToolCalls,
        }
        .into(),
        ToolCalled { request }.into(),
        UsageReported { usage: Usage::default(), cost_usd: None, millis: 800 }.into(),
        returned.into(),
    ]
}

fn records() -> Vec<Record> {
    numbered((0..RECORDS / 5).flat_map(step))
}

fn numbered(events: impl Iterator<Item = Event>) -> Vec<Record> {
    let record = |(seq, event)| Record {
        seq,
        at: Timestamp::from_millis(1_795_233_600_000),
        session: "20261121-040000-abcd".into(),
        parent: None,
        event,
    };
    (0..RECORDS).zip(events).map(record).collect()
}

/// A sound session with a turn around each step: the most turns, and so the most to check.
fn session() -> Vec<Record> {
    let started = SessionStarted {
        schema: 1,
        version: String::new(),
        workspace: "/w".into(),
        vendor: "vendor".into(),
        model: ModelInfo::unknown("model"),
        mode: ModeId::Agent,
        header: Header { system: "".into(), tools: [].into() },
    };
    let ended = TurnEnded { turn: 1, reason: EndReason::Done, text: String::new(), denied: 0, steps: 1 };
    let turn = |number| {
        let started = TurnStarted { turn: 1, mode: ModeId::Agent };
        [vec![started.into()], step(number), vec![ended.clone().into()]].concat()
    };
    numbered(std::iter::once(started.into()).chain((0..).flat_map(turn)))
}

fn lines() -> Vec<String> {
    records().iter().map(|record| record.to_line().unwrap()).collect()
}

#[divan::bench(sample_count = 10)]
fn fold_every_view(bencher: divan::Bencher<'_, '_>) {
    let records = records();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        let mut state = RunState::default();
        for record in &records {
            state.apply(record);
        }
        state
    });
}

#[divan::bench(sample_count = 10)]
fn read_records(bencher: divan::Bencher<'_, '_>) {
    let lines = lines();
    let bytes: usize = lines.iter().map(String::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| lines.iter().filter_map(|line| Record::from_line(line).ok()).count());
}

/// The floor: the same lines as untyped JSON.
#[divan::bench(sample_count = 10)]
fn read_values(bencher: divan::Bencher<'_, '_>) {
    let lines = lines();
    let bytes: usize = lines.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        lines.iter().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).count()
    });
}

#[divan::bench(sample_count = 10)]
fn write_records(bencher: divan::Bencher<'_, '_>) {
    let records = records();
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| {
        records.iter().filter_map(|record| record.to_line().ok()).map(|line| line.len()).sum::<usize>()
    });
}

#[divan::bench(sample_count = 10)]
fn check_invariants(bencher: divan::Bencher<'_, '_>) {
    let records = session();
    assert!(invariants::check(&records).is_empty(), "the session of this bench is sound");
    bencher.counter(ItemsCount::new(RECORDS)).bench_local(|| invariants::check(&records));
}
