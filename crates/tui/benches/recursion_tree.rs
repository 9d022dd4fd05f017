//! The recursion tree's share of a frame (SCREEN §4.3): records of a thousand calls taken in, rows brought up to date
//! after one of them, and a frame drawn; ten thousand for comparison, since only rows in view may cost anything.

use divan::counter::ItemsCount;
use headwater_protocol::corpus::PromptPiece;
use headwater_protocol::events::{CellStarted, ChildReturned, ChildStarted, ChildStatus};
use headwater_protocol::repl::ChildKind;
use headwater_protocol::{Event, Record, SessionId, Timestamp, Tokens, Usage, Usd};
use headwater_tui::mission::Missions;
use headwater_tui::recursion_tree::RecursionTree;
use headwater_tui::theme::{ColorDepth, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Columns and rows of the large terminal of SCREEN §4.1.
const AREA: Rect = Rect { x: 0, y: 0, width: 120, height: 40 };

fn main() {
    divan::main();
}

fn record(seq: u64, event: impl Into<Event>) -> Record {
    let (session, parent) = ("m".into(), Some("s".into()));
    Record { seq, at: Timestamp::from_millis(0), session, parent, event: event.into() }
}

fn started(number: u64) -> ChildStarted {
    let span = PromptPiece::Span { source: "abc".into(), start: number * 1_000, end: number * 1_000 + 1_100 };
    ChildStarted {
        child: number.to_string().as_str().into(),
        // Ten to a block, so that every call is a row.
        cell: u32::try_from(number / 10).ok(),
        kind: ChildKind::Llm,
        depth: 1,
        model: "vendor/model".into(),
        prompt: vec![PromptPiece::text("Label each line with its cause.\n"), span],
        key: number.to_string(),
        opened: None,
    }
}

fn returned(number: u64) -> ChildReturned {
    ChildReturned {
        child: number.to_string().as_str().into(),
        status: ChildStatus::Ok,
        text: "timeout".into(),
        usage: Usage { input: Tokens(1_200), output: Tokens(80), ..Usage::default() },
        cost_usd: Some(Usd(0.0004)),
        is_error: false,
        attempts: 1,
        millis: 1_900,
    }
}

fn records(calls: u64) -> Vec<Record> {
    let mut records = Vec::new();
    for number in 0..calls {
        if number.is_multiple_of(10) {
            let cell = u32::try_from(number / 10).unwrap_or_default();
            records.push(record(number, CellStarted { cell, code: "out = llm_query_batched(x)".into() }));
        }
        records.push(record(number, started(number)));
        records.push(record(number, returned(number)));
    }
    records
}

fn missions(calls: u64) -> Missions {
    let conversation: SessionId = "s".into();
    let mut missions = Missions::default();
    for record in records(calls) {
        missions.apply(&record, &conversation, 0);
    }
    missions
}

/// Records of calls, folded one by one.
#[divan::bench(args = [1_000])]
fn take_in(bencher: divan::Bencher<'_, '_>, calls: u64) {
    let records = records(calls);
    let conversation: SessionId = "s".into();
    bencher.counter(ItemsCount::new(records.len())).bench(|| {
        let mut missions = Missions::default();
        for record in &records {
            missions.apply(record, &conversation, 0);
        }
        missions
    });
}

/// A frame after another record: rows are made again, those in view are drawn.
#[divan::bench(args = [1_000, 10_000])]
fn frame_after_a_record(bencher: divan::Bencher<'_, '_>, calls: u64) {
    let conversation: SessionId = "s".into();
    let mut missions = missions(calls);
    let mut tree = RecursionTree::new(&missions);
    let theme = Theme::builtin("dark", ColorDepth::Truecolor).unwrap_or_default();
    let mut buffer = Buffer::empty(AREA);
    let news = record(0, returned(0));
    bencher.bench_local(|| {
        missions.apply(&news, &conversation, 0);
        tree.prepare(&missions, AREA);
        tree.draw(&missions, 0, (AREA, &mut buffer, &theme));
    });
}

/// A frame in which only the choice moves.
#[divan::bench(args = [1_000, 10_000])]
fn frame_after_a_key(bencher: divan::Bencher<'_, '_>, calls: u64) {
    let missions = missions(calls);
    let mut tree = RecursionTree::new(&missions);
    let theme = Theme::builtin("dark", ColorDepth::Truecolor).unwrap_or_default();
    let mut buffer = Buffer::empty(AREA);
    tree.prepare(&missions, AREA);
    let mut is_down = false;
    bencher.bench_local(|| {
        is_down = !is_down;
        tree.step(if is_down { 700 } else { -700 });
        tree.prepare(&missions, AREA);
        tree.draw(&missions, 0, (AREA, &mut buffer, &theme));
    });
}
