//! The main states of the screen, as files: characters, and for colours the runs of equal style.

mod missions;

use std::fmt::Write as _;
use std::time::Duration;

use headwater_protocol::events::{QuestionAsked, TodosChanged};
use headwater_protocol::tool::Question;
use headwater_protocol::update::Waiting;
use headwater_protocol::{Delta, Todo, TodoStatus};
use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::app::tests::stage::{Stage, text_of};
use crate::theme::ColorDepth;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// Compares a state at both sizes, in colours and without.
fn compare(name: &str, play: impl Fn(&mut Stage)) {
    for (width, height) in SIZES {
        for (depth, suffix) in [(ColorDepth::Mono, "mono"), (ColorDepth::Truecolor, "truecolor")] {
            let mut stage = Stage::new(width, height, depth);
            play(&mut stage);
            let (buffer, cursor) = stage.draw();
            let mut shown = text_of(&buffer);
            if depth == ColorDepth::Truecolor {
                shown = runs(&buffer);
            }
            let cursor = cursor.map_or("hidden".to_owned(), |at| format!("{},{}", at.x, at.y));
            insta::assert_snapshot!(
                format!("{name}_{width}x{height}_{suffix}"),
                format!("{shown}cursor {cursor}\n")
            );
        }
    }
}

/// A line per run of cells with the same style: row, columns, style, characters.
fn runs(buffer: &Buffer) -> String {
    let mut out = String::new();
    for row in buffer.area.rows() {
        let mut from = row.x;
        while from < row.right() {
            let style = buffer[(from, row.y)].style();
            let to =
                (from..row.right()).find(|x| buffer[(*x, row.y)].style() != style).unwrap_or(row.right());
            let text: String = (from..to).map(|x| buffer[(x, row.y)].symbol()).collect();
            if !text.trim().is_empty() {
                writeln!(out, "{:>2} {from:>3}-{to:<3} {:<32} {}", row.y, words(style), text.trim_end())
                    .unwrap();
            }
            from = to;
        }
    }
    out
}

fn words(style: Style) -> String {
    let color =
        |color: Option<ratatui::style::Color>| color.map_or("-".to_owned(), |color| color.to_string());
    format!("{} on {} {:?}", color(style.fg), color(style.bg), style.add_modifier)
}

fn talk(stage: &mut Stage) {
    stage.session().turn("make the parser accept CRLF and run the tests");
    stage.answer("The parser splits at `\\n` only.\n\n```rust\nlet line = src.lines();\n```\n\n- accept **CRLF**\n- 漢字 stay");
}

#[test]
fn idle() {
    compare("idle", |stage| {
        talk(stage);
        stage.end();
    });
}

#[test]
fn welcome() {
    compare("welcome", |_stage| {});
}

#[test]
fn working() {
    compare("working", |stage| {
        talk(stage);
        let todo = |text: &str, status| Todo { text: text.into(), status };
        let todos = vec![
            todo("read", TodoStatus::Completed),
            todo("run fuzz for 20k rounds", TodoStatus::InProgress),
        ];
        stage.record(TodosChanged { todos });
        let reason = "the server is overloaded (529)".to_owned();
        let on = Waiting::Retry { attempt: 2, after: Duration::from_secs(9), reason };
        stage.delta(Delta::Waiting { on }).wait(4_000);
        stage.types("then format it").press("enter");
        stage.types("half a thought");
    });
}

#[test]
fn approval() {
    compare("approval", |stage| {
        talk(stage);
        stage.call("c1", "rm -rf target/fuzz && cargo fuzz run crlf -- -runs=20000");
        stage.asks("c1", &["Bash(cargo fuzz *)"], false).wait(400);
    });
}

#[test]
fn palette() {
    compare("palette", |stage| {
        talk(stage);
        stage.end().types("/co");
    });
}

#[test]
fn help() {
    compare("help", |stage| {
        stage.session().press("f1");
    });
}

#[test]
fn narrow() {
    let mut stage = Stage::new(40, 10, ColorDepth::Mono);
    talk(&mut stage);
    stage.end().types("a message that wraps in so few columns");
    insta::assert_snapshot!(stage.screen());
    let mut stage = Stage::new(20, 5, ColorDepth::Mono);
    talk(&mut stage);
    insta::assert_snapshot!(stage.screen());
}

/// A card at the sizes at which room becomes scarce, and scarcer.
fn scarce(play: impl Fn(&mut Stage)) -> String {
    let mut shown = String::new();
    for (width, height) in [(40, 10), (30, 8), (20, 5)] {
        let mut stage = Stage::new(width, height, ColorDepth::Mono);
        play(&mut stage);
        write!(shown, "{width}x{height}\n{}", stage.screen()).unwrap();
    }
    shown
}

#[test]
fn an_approval_card_without_room_is_not_just_its_frame() {
    insta::assert_snapshot!(scarce(|stage| {
        talk(stage);
        stage.call("c1", "rm -rf target/fuzz && cargo fuzz run crlf");
        stage.asks("c1", &["Bash(cargo fuzz *)"], false).wait(400);
    }));
    let catastrophic = |stage: &mut Stage| {
        talk(stage);
        stage.call("c1", "git push --force").asks("c1", &[], true).wait(400);
        stage.types("y");
    };
    insta::assert_snapshot!(scarce(catastrophic));
    for (width, height) in [(1, 1), (3, 2), (8, 3), (20, 4), (200, 5)] {
        let mut stage = Stage::new(width, height, ColorDepth::Mono);
        catastrophic(&mut stage);
        stage.screen();
    }
}

#[test]
fn a_question_card_without_room_is_not_just_its_frame() {
    insta::assert_snapshot!(scarce(|stage| {
        talk(stage);
        let options = vec!["the old one".into(), "the new one".into()];
        let question = Question { call: "q1".into(), text: "Which parser?".into(), options };
        stage.record(QuestionAsked { question }).wait(400);
    }));
}
