//! The inline screen: what is finished stands in the terminal's own scrollback, every line exactly once, whatever
//! happens to the size of the terminal.

use std::fmt::Write as _;

use headwater_testkit::{DEADLINE, Gate, ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;

use crate::support::{screen, workspace};

const TAIL: &str = "and on it goes over what the narrower ones among these terminals can hold in one row";

/// Lines whose beginnings only one place has. These are narrower than any size of these tests, so that a terminal which
/// cuts its rows keeps them; what follows them is broken where it is too wide.
fn lines(name: &str, count: usize) -> String {
    let mut text = String::new();
    for line in 0..count {
        writeln!(text, "{name} {line:03} end, {TAIL}\n").expect("text grows");
    }
    text
}

/// The inline screen in a terminal that cuts rows when it becomes narrower, as the emulated one does.
fn open(workspace: &Workspace, server: &ModelServer) -> Terminal {
    let mut command = screen(workspace, server);
    let terminal = Terminal::start(command.arg("--inline").env("XTERM_VERSION", "XTerm(390)"), 80, 24);
    terminal.wait_for_text("What is to be done?");
    terminal
}

/// Everything on the terminal and above it.
fn everything(terminal: &Terminal) -> Vec<String> {
    let screen = terminal.screen();
    screen.scrollback().into_iter().chain(screen.text().lines().map(str::to_owned)).collect()
}

/// Changes the size and waits until the screen has answered.
#[track_caller]
fn resize(terminal: &Terminal, (cols, rows): (u16, u16)) {
    let before = terminal.bytes_written().len();
    terminal.resize(cols, rows);
    let is_drawn = |bytes: &[u8]| bytes.len() > before && bytes.ends_with(b"\x1b[?2026l");
    terminal.wait_for_bytes(is_drawn, &format!("a frame at {cols}×{rows}"), DEADLINE);
}

/// Sizes without end, the same in every run (a linear congruential generator; Knuth's constants).
fn sizes(mut seed: u64) -> impl Iterator<Item = (u16, u16)> {
    std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [cols, rows, ..] = seed.to_be_bytes().map(u16::from);
        (40 + cols % 100, 16 + rows % 30)
    })
}

#[test]
fn every_line_stands_once_whatever_the_size_does() {
    let gates = [Gate::new(), Gate::new(), Gate::new()];
    let mut script = Script::new();
    for (round, gate) in gates.iter().enumerate() {
        let text = lines(&format!("round {round} line"), 60);
        let held = Turn::text(format!("{text}the end of {round}")).deltas_of(40).hold_after(25, gate);
        script = script
            .turn(Turn::empty().call("shell", json!({"command": format!("echo output of {round}")})))
            .turn(held);
    }
    let workspace = workspace();
    let server = ModelServer::start(script);
    let terminal = open(&workspace, &server);
    let mut sizes = sizes(7);
    for (round, gate) in gates.iter().enumerate() {
        terminal.keys(&format!("go {round}<Enter>"));
        terminal.wait_for_text(&format!("round {round} line 007 end"));
        sizes.by_ref().take(12).for_each(|size| resize(&terminal, size));
        gate.open();
        terminal.wait_for_text(&format!("the end of {round}"));
        terminal.wait_for_text("What is to be done?");
        sizes.by_ref().take(12).for_each(|size| resize(&terminal, size));
    }
    terminal.keys("<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
    let shown = everything(&terminal);
    let count = |wanted: &str| shown.iter().filter(|line| line.starts_with(wanted)).count();
    for round in 0..gates.len() {
        for line in 0..60 {
            let wanted = format!("round {round} line {line:03} end");
            assert_eq!(count(&wanted), 1, "{wanted}\n{}", shown.join("\n"));
        }
        for wanted in [format!("▎ go {round}"), format!("│ output of {round}"), format!("the end of {round}")]
        {
            assert_eq!(count(&wanted), 1, "{wanted}\n{}", shown.join("\n"));
        }
    }
}

#[test]
fn nothing_above_the_footer_is_ever_touched() {
    let workspace = workspace();
    let server = ModelServer::start(
        Script::new()
            .turn(
                Turn::text("First.")
                    .call("ask_user", json!({"question": "Which?", "options": ["one", "two"]})),
            )
            .turn(Turn::text(lines("answer", 40))),
    );
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         QUESTION
         [1] one
         a number, or your own words
         === keys
         1
         === screen
         answer 039 end
         What is to be done?
         === keys
         /
         === screen
         /plan
         === keys
         <Esc><F1>
         === screen
         ─ help ─
         === keys
         <Esc><BS>
         === screen
         What is to be done?
         === keys
         <PgUp>
         === screen
         The terminal has the transcript
         === keys
         <C-d>",
    );
    assert_eq!(terminal.wait_exit().code, 0);
    let bytes = String::from_utf8_lossy(&terminal.bytes_written()).into_owned();
    // Clearing the screen or the scrollback, another screen, places by number, margins, scrolling back, the mouse.
    for forbidden in
        ["\x1b[2J", "\x1b[3J", "\x1b[H", "\x1b[?1049", "\x1b[?1002", "\x1b[?1000", "\x1bM", "\x1b7", "\x1b8"]
    {
        assert!(!bytes.contains(forbidden), "{forbidden:?}");
    }
    for end in ['H', 'f', 'r', 'L', 'M', 'S', 'T'] {
        assert!(!has_sequence(&bytes, end), "CSI … {end}");
    }
    let last = terminal.screen();
    assert!(!last.contains("AGENT"), "the footer is taken away\n{last}");
    assert!(!last.is_alternate() && !last.has_bracketed_paste() && last.cursor().is_some());
}

#[test]
fn the_cursor_leaves_the_composer_until_the_size_has_settled() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new());
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\na draft\n=== screen\n│ a draft");
    // A painted one stands for it meanwhile.
    let is_painted = |frame: &str| frame.contains("\x1b[0;7m") && !frame.contains("\x1b[?25h");
    for (cols, rows) in [(60, 20), (90, 30), (80, 24)] {
        let before = terminal.bytes_written().len();
        terminal.resize(cols, rows);
        let has_left = |bytes: &[u8]| {
            String::from_utf8_lossy(&bytes[before..]).split_inclusive("\x1b[?2026l").any(is_painted)
        };
        terminal.wait_for_bytes(has_left, "the cursor to leave", DEADLINE);
    }
    let screen = terminal.wait_for(|screen| screen.cursor().is_some(), "its return", DEADLINE);
    let (row, column) = screen.cursor().expect("a cursor");
    assert!(screen.row(row).starts_with("│ a draft") && column == 9, "{screen}");
    assert!(!screen.cell(row, column).inverse, "{screen}");
}

/// Whether a control sequence with only numbers in it ends in this letter.
fn has_sequence(bytes: &str, end: char) -> bool {
    bytes
        .split("\x1b[")
        .skip(1)
        .any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with(end))
}

#[test]
fn zellij_and_the_settings_choose_it_too() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new());
    let mut in_zellij = screen(&workspace, &server);
    let mut by_setting = screen(&workspace, &server);
    by_setting.args(["-c", "ui.screen=inline"]);
    for command in [in_zellij.env("ZELLIJ", "0"), &mut by_setting] {
        let terminal = Terminal::start(command, 80, 24);
        terminal.wait_for_text("What is to be done?");
        assert!(!terminal.screen().is_alternate());
    }
}
