//! What must never happen, whatever comes in.

use headwater_protocol::events::{AssistantBlock, Failed};
use headwater_protocol::{Delta, EndReason};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::transcript_pane::Scroll;

/// Whatever a model, a tool or a file may hold.
fn foreign() -> impl Strategy<Value = String> {
    "(\\PC|[\u{0}-\u{9f}]|\u{1b}\\[[0-9;]{0,4}[mHJ]|\u{1b}\\]0;[a-z]*\u{7}|[\u{200b}-\u{202e}]|[\u{2066}-\u{2069}]|👨‍👩‍👧|🇩🇪|漢|❤\u{fe0f}|\\n|\\t|&#x1b;|&#x202e;|[*_`>#|-]){0,40}"
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Every way by which foreign text comes to the screen.
fn flood(text: &str) -> Fixture {
    let mut f = Fixture::new();
    f.user(text).delta(&Delta::Thinking { text: text.into() }).text(text).text(text);
    f.message(text, vec![AssistantBlock::Text { bytes: text.len() }]);
    f.call("1", text, json!({"command": text})).running("1").output("1", text).result(
        "1",
        true,
        text,
        Value::Null,
    );
    f.call("2", "shell", json!({"command": text})).running("2").output("2", text);
    f.result("2", true, text, json!({"output": text}));
    let lines = json!([{"kind": "removed", "text": text}, {"kind": "added", "text": format!("{text}x")}]);
    f.call("3", "edit", json!({"path": text}));
    f.result("3", false, text, json!({"kind": "diff", "hunks": [{"lines": lines}]}));
    f.call("4", "grep", json!({"pattern": text})).result("4", true, text, Value::Null);
    f.delta(&Delta::Notice { text: text.into() });
    f.delta(&Delta::CallProgress { index: 0, name: text.into(), bytes: 1 });
    f.record(Failed { kind: String::new(), message: text.into(), next_step: text.into() });
    f.turn_ended(EndReason::Interrupted);
    f
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_control_reaches_a_cell_and_no_glyph_crosses_the_edge(text in foreign(), columns in 4u16..60) {
        let mut f = flood(&text);
        for has_details in [false, true] {
            if has_details {
                f.pane.toggle_details();
            }
            let buffer = f.buffer(columns, 120);
            for y in 0..120 {
                for x in 0..columns {
                    let symbol = buffer[(x, y)].symbol();
                    prop_assert!(!symbol.chars().any(is_harmful), "{symbol:?} at {x},{y}");
                    let right = usize::from(x) + crate::text::width(symbol);
                    prop_assert!(right <= usize::from(columns), "{symbol:?} at {x},{y}");
                }
            }
        }
    }

    #[test]
    fn kept_rows_are_fresh_rows(
        texts in prop::collection::vec("[a-z漢 \\n*`-]{1,30}", 1..12),
        moves in prop::collection::vec(-30i32..30, 1..8),
        columns in prop::collection::vec(10u16..70, 1..4),
    ) {
        let feed = |f: &mut Fixture, index: usize, text: &str| match index % 4 {
            0 => { f.user(text); }
            1 => { f.text(text); }
            2 => { f.answer(text); }
            _ => { f.call(&index.to_string(), "shell", json!({"command": text})); }
        };
        let mut kept = Fixture::new();
        for (index, text) in texts.iter().enumerate() {
            feed(&mut kept, index, text);
            kept.pane.scroll(Scroll::Lines(moves[index % moves.len()]));
            kept.screen(columns[index % columns.len()], 12);
        }
        kept.pane.scroll(Scroll::End);
        let mut fresh = Fixture::new();
        for (index, text) in texts.iter().enumerate() {
            feed(&mut fresh, index, text);
        }
        prop_assert_eq!(kept.screen(33, 20), fresh.screen(33, 20));
    }
}
