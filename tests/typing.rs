//! Keys in bursts, keys while the size changes, keys for somebody else: each arrives where it belongs, in order and
//! without another one behind it.

use std::fmt::Write as _;

use headwater_testkit::terminal::{Signal, TerminalOptions};
use headwater_testkit::{ModelServer, Script, Terminal, Turn, Workspace};

use crate::support::{self, open, workspace};

/// Numbered words of five characters each with the blank behind them.
fn words(count: usize) -> String {
    let mut text = String::new();
    for word in 0..count {
        write!(text, "{word:04} ").expect("text grows");
    }
    text.trim_end().to_owned()
}

/// Sends what was typed and compares it with what the model got.
#[track_caller]
fn assert_sent(terminal: &Terminal, server: &ModelServer, typed: &str) {
    terminal.play("=== keys\n<Enter>\n=== screen\nI have it.");
    let sent = server.requests()[0].last_text("user").expect("a message");
    assert!(sent.starts_with(typed), "{sent}");
}

fn listener() -> ModelServer {
    ModelServer::start(Script::new().turn(Turn::text("I have it.")))
}

#[test]
fn a_burst_of_five_thousand_keys_does_not_stall_until_the_next_key() {
    let (server, workspace) = (listener(), workspace());
    let terminal = open(&workspace, &server);
    let typed = words(1_001);
    terminal.send(typed.as_str());
    terminal.wait_for_text("1000");
    assert_sent(&terminal, &server, &typed);
}

#[test]
fn a_key_pressed_while_the_size_changes_is_neither_lost_nor_late() {
    const KEYS: u16 = 200;
    let (server, workspace) = (listener(), workspace());
    let terminal = open(&workspace, &server);
    let mut typed = String::new();
    for (step, key) in (0..KEYS).zip('\u{ac00}'..) {
        typed.push(key);
        terminal.resize(40 + step * 7 % 80, 12 + step * 5 % 30);
        terminal.send(key.to_string());
        if step % 4 == 3 {
            terminal.wait_for_text(&key.to_string());
        }
    }
    support::resize(&terminal, 100, 30);
    assert_sent(&terminal, &server, &typed);
}

#[test]
fn escape_alone_needs_no_key_behind_it_where_terminals_send_it_bare() {
    let (server, workspace) = (listener(), workspace());
    let options = TerminalOptions { keyboard_protocol: false, ..TerminalOptions::new(100, 30) };
    let terminal = Terminal::start_with(&support::screen(&workspace, &server), options);
    terminal.wait_for_text("What is to be done?");
    terminal.play("=== keys\n/perm\n=== screen\n─ commands ─");
    terminal.send("\x1b").wait_gone("─ commands ─");
}

#[test]
fn an_answer_of_the_terminal_is_never_taken_for_text() {
    let (server, workspace) = (listener(), workspace());
    let terminal = open(&workspace, &server);
    for answer in
        ["\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\", "\x1bP>|some terminal\x1b\\", "\x1b[?62;22c", "\x1b[12;40R"]
    {
        terminal.send(format!("{answer}x"));
    }
    terminal.play("=== screen\n│ xxxx  ");
}

#[test]
fn what_is_typed_for_the_editor_reaches_it_even_in_one_burst() {
    let (server, workspace) = (listener(), workspace());
    workspace.file("editor.sh", "IFS= read -r line\nprintf 'written: %s' \"$line\" >\"$1\"\n");
    let mut command = support::screen(&workspace, &server);
    command.env("VISUAL", format!("sh '{}'", workspace.path().join("editor.sh").display()));
    let terminal = Terminal::start(&command, 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal.send("\x07for the editor\n");
    terminal.play("=== screen\n│ written: for the editor");
}

/// A screen with this script as its editor, which has the terminal and says so.
fn in_editor(workspace: &Workspace, server: &ModelServer, script: &str) -> Terminal {
    workspace.file("editor.sh", format!("printf 'in the editor\\n'\n{script}"));
    let mut command = support::screen(workspace, server);
    command.env("VISUAL", format!("sh '{}'", workspace.path().join("editor.sh").display()));
    let terminal = Terminal::start(&command, 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal.send("\x07");
    terminal.wait_for_text("in the editor");
    terminal
}

#[test]
fn control_c_in_the_editor_ends_the_editor_alone() {
    let (server, workspace) = (listener(), workspace());
    let terminal = in_editor(&workspace, &server, "IFS= read -r line\n");
    terminal.send("\x03");
    terminal.play("=== screen\nThe editor did not work");
    terminal.send("still here");
    assert_sent(&terminal, &server, "still here");
}

#[test]
fn control_z_in_the_editor_stops_both_and_gives_the_terminal_back() {
    let (server, workspace) = (listener(), workspace());
    let terminal = in_editor(&workspace, &server, "IFS= read -r line\nprintf '%s' \"$line\" >\"$1\"\n");
    terminal.send("\x1a");
    support::wait_until("the program to stop", || is_stopped(&terminal));
    terminal.signal_group(Signal::CONT);
    terminal.send("after the stop\n");
    terminal.play("=== screen\n│ after the stop");
}

#[test]
fn a_program_told_to_end_does_not_wait_for_the_editor() {
    let (server, workspace) = (listener(), workspace());
    let terminal = in_editor(&workspace, &server, "IFS= read -r line\n");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit().code, 143);
}

#[test]
fn what_is_typed_behind_a_suspension_is_left_in_the_terminal() {
    let (server, workspace) = (listener(), workspace());
    let terminal = open(&workspace, &server);
    terminal.send("\x1afor the shell");
    terminal.wait_for(|screen| !screen.is_alternate(), "the normal screen", headwater_testkit::DEADLINE);
    // Nobody else reads here, so it is still there for the screen when that comes back.
    support::wait_until("the program to stop", || is_stopped(&terminal));
    terminal.signal(Signal::CONT);
    terminal.play("=== screen\n│ for the shell");
}

fn is_stopped(terminal: &Terminal) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap_or_default();
    stat.contains(") T ")
}
