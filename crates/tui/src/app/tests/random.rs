//! Whatever is pressed, said or resized: nothing panics, the cursor stays on the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use headwater_protocol::events::{RewindScope, Rewound};
use headwater_protocol::{Delta, ModeId};
use proptest::prelude::*;
use ratatui::layout::Rect;

use super::stage::Stage;
use super::voyage;
use crate::app::{MouseInput, Msg};
use crate::theme::ColorDepth;

const CODES: &[KeyCode] = &[
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::Backspace,
    KeyCode::Delete,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::F(1),
    KeyCode::Enter,
];
const LETTERS: &[char] = &[
    'a', 'y', 'n', 'e', 's', 'd', 'v', '/', '@', '!', '#', '?', ' ', '\\', '1', '漢', '👍', '\u{301}', 'x',
    'q',
];

#[derive(Clone, Debug)]
enum Step {
    Key(usize, u8),
    Letter(usize),
    Control(u8),
    Paste(String),
    Resize(u16, u16),
    Mouse(u8, u16, u16),
    Wait(u64),
    Engine(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..CODES.len(), 0u8..8).prop_map(|(code, modifiers)| Step::Key(code, modifiers)),
        6 => (0..LETTERS.len()).prop_map(Step::Letter),
        2 => (b'a'..=b'z').prop_map(Step::Control),
        1 => "\\PC{0,30}|(line\r\n){0,30}".prop_map(Step::Paste),
        1 => (0u16..130, 0u16..50).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => (0u8..5, 0u16..130, 0u16..50).prop_map(|(kind, column, row)| Step::Mouse(kind, column, row)),
        1 => (0u64..3_000).prop_map(Step::Wait),
        3 => (0u8..19).prop_map(Step::Engine),
    ]
}

fn play(stage: &mut Stage, step: Step, count: usize) {
    let key = |code, modifiers| Msg::Key(KeyEvent::new(code, modifiers));
    match step {
        Step::Key(code, modifiers) => {
            stage.take(key(CODES[code], KeyModifiers::from_bits_truncate(modifiers)));
        }
        Step::Letter(letter) => drop(stage.take(key(KeyCode::Char(LETTERS[letter]), KeyModifiers::NONE))),
        Step::Control(letter) => {
            stage.take(key(KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL));
        }
        Step::Paste(text) => drop(stage.take(Msg::Paste(text))),
        Step::Resize(width, height) => drop(stage.take(Msg::Resize(Rect::new(0, 0, width, height)))),
        Step::Mouse(kind, column, row) => drop(stage.take(Msg::Mouse(mouse(kind, column, row)))),
        Step::Wait(milliseconds) => {
            stage.wait(milliseconds);
        }
        Step::Engine(kind) => {
            engine(stage, kind, count);
        }
    }
}

fn mouse(kind: u8, column: u16, row: u16) -> MouseInput {
    match kind {
        0 => MouseInput::Wheel { is_down: false },
        1 => MouseInput::Wheel { is_down: true },
        2 => MouseInput::Press { column, row },
        3 => MouseInput::Drag { column, row },
        _ => MouseInput::Release,
    }
}

fn engine(stage: &mut Stage, kind: u8, count: usize) -> &mut Stage {
    let call = format!("c{count}");
    match kind {
        0 => stage.turn("words of the person 漢字"),
        1 => stage.delta(Delta::Text { text: "# Title\n\n```rust\nlet x = 1;\n```\n| a | b |\n".into() }),
        2 => stage.answer("a **bold** answer\n\n- one\n- two\n"),
        3 => stage.call(&call, "rm -rf target && echo 漢字"),
        4 => stage.call(&call, "cargo fuzz").asks(&call, &["Bash(cargo fuzz *)"], count.is_multiple_of(2)),
        5 => stage.end(),
        6 => stage.delta(Delta::ModePending { mode: ModeId::Plan }),
        7 => stage.delta(Delta::Thinking { text: "hmm 👩‍🚀".into() }),
        8 => stage.mission(),
        9 => stage.proposes(u32::try_from(count).unwrap(), voyage::card()),
        10 => stage.approved(),
        11 => stage.block(voyage::MISSION, 1, "out = llm_query_batched(漢字)\nx = 1"),
        12 => stage.asks_child(voyage::MISSION, count as u64 % 40, Some(1)),
        13 => stage.child_answers(voyage::MISSION, count as u64 % 40, "an answer\n漢字"),
        14 => stage.recurses(count as u64, 1),
        15 => stage.mission_ends(headwater_protocol::EndReason::Interrupted),
        16 => stage.record(rewound(count as u64, None)),
        17 => stage.record(rewound(1, Some(count as u64))),
        _ => stage.delta(Delta::ToolOutput { call: call.as_str().into(), text: "\u{1b}[31mred\r\n".into() }),
    }
}

fn rewound(to: u64, redoes: Option<u64>) -> Rewound {
    let scope = RewindScope::Conversation;
    Rewound { to, scope, redoes, restored: vec!["漢字".into()], kept: vec![], uncovered: vec![] }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics(steps in proptest::collection::vec(step(), 0..60)) {
        let mut stage = Stage::new(80, 24, ColorDepth::Mono);
        stage.session();
        for (count, step) in steps.into_iter().enumerate() {
            play(&mut stage, step, count);
            let (buffer, cursor) = stage.draw();
            if let Some(cursor) = cursor {
                prop_assert!(buffer.area.contains(cursor), "{cursor:?} in {:?}", buffer.area);
            }
        }
    }
}

#[test]
fn every_small_size_draws() {
    for (width, height) in [(0, 0), (1, 1), (3, 2), (20, 5), (40, 10), (10, 50), (200, 4)] {
        let mut stage = Stage::new(width, height, ColorDepth::Truecolor);
        stage.session().turn("go").call("c1", "echo hello").asks("c1", &["Bash(echo *)"], true).types("abc");
        stage.draw();
        stage.end().types("@a").press("f1");
        stage.draw();
    }
}
