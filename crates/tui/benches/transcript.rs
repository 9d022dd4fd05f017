//! The transcript's share of a frame and of a token (SCREEN §3, rows 1, 2, 7-10): streaming, wrapping, widths,
//! and key to cells in a transcript of ten thousand items.

use divan::counter::{BytesCount, ItemsCount};
use headwater_protocol::events::{AssistantBlock, AssistantMessage, UserMessage};
use headwater_protocol::{Delta, Event, Record, StopSignal, Timestamp};
use headwater_tui::markdown::MarkdownLayout;
use headwater_tui::text;
use headwater_tui::theme::{ColorDepth, Theme};
use headwater_tui::transcript_pane::{Scroll, TranscriptPane};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Columns and rows of the large terminal of SCREEN §4.1.
const AREA: Rect = Rect { x: 0, y: 0, width: 120, height: 40 };

fn main() {
    divan::main();
}

/// An answer as models write them, of at least `bytes` bytes.
fn answer(bytes: usize) -> String {
    let section = "## A section\n\nSome **bold** words about `run_turn()` and what *follows* from it, long enough that the \
        paragraph wraps around at least twice on a screen of a hundred columns, as they do.\n\n- first point with `code`\n\
        - second point, somewhat longer than the first one\n  - nested once\n- third\n\n```rust\nfn main() {\n    \
        let answer = compute(42);\n    println!(\"{answer}\");\n}\n```\n\n| name | value |\n|---|--:|\n| one | 1 |\n| two | 22 |\n\n";
    section.repeat(bytes / section.len() + 1)
}

fn record(seq: u64, event: impl Into<Event>) -> Record {
    Record { seq, at: Timestamp::from_millis(0), session: "s".into(), parent: None, event: event.into() }
}

fn said(text: &str) -> AssistantMessage {
    AssistantMessage {
        text: text.to_owned(),
        blocks: vec![AssistantBlock::Text { bytes: text.len() }],
        origin: "v/m".into(),
        stop: StopSignal::EndTurn,
    }
}

/// A transcript of `items` cells.
fn transcript(items: u64) -> TranscriptPane {
    let mut pane = TranscriptPane::default();
    let text = answer(400);
    for item in 0..items / 2 {
        pane.apply_record(&record(item, UserMessage { text: format!("question {item}") }));
        pane.apply_record(&record(item, said(&text)));
    }
    pane
}

/// Row 8: the layout after each token of a 20 KB answer.
#[divan::bench]
fn lay_out_each_token_of_20_kb(bencher: divan::Bencher<'_, '_>) {
    let text = answer(20_000);
    let ends: Vec<usize> = (4..text.len()).step_by(4).filter(|end| text.is_char_boundary(*end)).collect();
    bencher.counter(ItemsCount::new(ends.len())).bench(|| {
        let mut layout = MarkdownLayout::default();
        for end in &ends {
            layout.update(text.get(..*end).unwrap_or_default(), 100);
        }
        layout.rows().len()
    });
}

/// Row 8: the whole text again for each token, for comparison: what the incremental layout saves.
#[divan::bench(sample_count = 3)]
fn lay_out_all_of_20_kb_at_each_hundredth_token(bencher: divan::Bencher<'_, '_>) {
    let text = answer(20_000);
    let ends: Vec<usize> = (4..text.len()).step_by(400).filter(|end| text.is_char_boundary(*end)).collect();
    bencher
        .counter(ItemsCount::new(ends.len()))
        .bench(|| ends.iter().map(|end| lay_out(text.get(..*end).unwrap_or_default())).sum::<usize>());
}

fn lay_out(text: &str) -> usize {
    let mut layout = MarkdownLayout::default();
    layout.update(text, 100);
    layout.rows().len()
}

/// Row 7: parse, style and wrap.
#[divan::bench]
fn lay_out_1_mb_at_once(bencher: divan::Bencher<'_, '_>) {
    let text = answer(1_000_000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| lay_out(&text));
}

/// PEERS, "C": 200 KB in 20,000 deltas, a frame prepared and drawn for every 60th.
#[divan::bench(sample_count = 10)]
fn stream_200_kb_in_20_000_deltas(bencher: divan::Bencher<'_, '_>) {
    let text = answer(200_000);
    let pieces: Vec<&str> =
        text.as_bytes().chunks(10).filter_map(|piece| std::str::from_utf8(piece).ok()).collect();
    let deltas: Vec<Delta> = pieces.iter().map(|piece| Delta::Text { text: (*piece).to_owned() }).collect();
    let theme = Theme::builtin("dark", ColorDepth::Truecolor).unwrap_or_default();
    bencher.counter(ItemsCount::new(deltas.len())).bench(|| {
        let mut pane = TranscriptPane::default();
        let mut buffer = Buffer::empty(AREA);
        for (place, delta) in deltas.iter().enumerate() {
            pane.apply_delta(delta, 0);
            if place % 60 == 0 {
                pane.prepare(AREA, 0);
                buffer.reset();
                pane.draw(AREA, &mut buffer, &theme);
            }
        }
        buffer
    });
}

/// Complaint 8: a key that scrolls a transcript of ten thousand items, to the cells of the buffer.
#[divan::bench(args = [100, 10_000])]
fn scroll_and_draw(bencher: divan::Bencher<'_, '_>, items: u64) {
    let mut pane = transcript(items);
    let theme = Theme::builtin("dark", ColorDepth::Truecolor).unwrap_or_default();
    let mut buffer = Buffer::empty(AREA);
    pane.prepare(AREA, 0);
    let mut is_up = false;
    bencher.bench_local(|| {
        is_up = !is_up;
        pane.scroll(Scroll::Page(if is_up { -1 } else { 1 }));
        pane.prepare(AREA, 0);
        buffer.reset();
        pane.draw(AREA, &mut buffer, &theme);
    });
}

/// Row 9: the first frame after a change of width.
#[divan::bench]
fn resize_10_000_items(bencher: divan::Bencher<'_, '_>) {
    let mut pane = transcript(10_000);
    let mut width = 80;
    bencher.bench_local(|| {
        width = 200 - width;
        pane.prepare(Rect { width, ..AREA }, 0);
    });
}

/// Row 10: columns of a text.
#[divan::bench(args = ["ascii", "mixed"])]
fn width(bencher: divan::Bencher<'_, '_>, kind: &str) {
    let line = if kind == "ascii" { "some words of a line " } else { "some 漢字 and 😀 of a line " };
    let text = line.repeat(10_000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| text::width(&text));
}

/// What every piece of foreign text goes through.
#[divan::bench(args = ["clean", "coloured"])]
fn sanitize_output(bencher: divan::Bencher<'_, '_>, kind: &str) {
    let line = if kind == "clean" {
        "test a ... ok\n"
    } else {
        "\u{1b}[1mtest\u{1b}[0m a ... \u{1b}[32mok\u{1b}[0m\n"
    };
    let text = line.repeat(10_000);
    bencher.counter(BytesCount::of_str(&text)).bench(|| text::sanitize_output(&text).len());
}
