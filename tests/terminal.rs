//! The terminal belongs to the person: given back as it was, left alone while nothing happens, and never written to
//! by anybody but the program itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use headwater_testkit::terminal::{Color, Signal};
use headwater_testkit::{DEADLINE, ModelServer, Screen, Script, Terminal, Turn, Workspace};
use serde_json::json;

use crate::support::{self, open, workspace};

/// How often a sequence was written.
fn count(bytes: &[u8], sequence: &str) -> usize {
    bytes.windows(sequence.len()).filter(|window| *window == sequence.as_bytes()).count()
}

/// Everything that was switched on is switched off again.
#[track_caller]
fn assert_restored(terminal: &Terminal) {
    let (screen, bytes) = (terminal.screen(), terminal.bytes_written());
    assert!(!screen.is_alternate() && screen.cursor().is_some(), "{screen}");
    assert!(!screen.has_bracketed_paste() && !screen.has_mouse());
    for (on, off) in [("\x1b[>1u", "\x1b[<u"), ("\x1b[22;0t", "\x1b[23;0t"), ("\x1b[?1004h", "\x1b[?1004l")] {
        assert!(count(&bytes, on) > 0, "{on:?} was never written");
        assert_eq!(count(&bytes, on), count(&bytes, off), "{on:?} and {off:?}");
    }
}

/// A screen that has answered once.
fn answered(workspace: &Workspace) -> (ModelServer, Terminal) {
    let server = ModelServer::start(Script::new().turn(Turn::text("It is done.")));
    let terminal = open(workspace, &server);
    terminal.play("=== keys\ndo it<Enter>\n=== screen\nIt is done.\nWhat is to be done?");
    (server, terminal)
}

#[test]
fn it_is_given_back_when_the_person_quits() {
    let workspace = workspace();
    let (_server, terminal) = answered(&workspace);
    assert!(terminal.screen().is_alternate() && terminal.screen().has_bracketed_paste());
    terminal.keys("<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
    assert_restored(&terminal);
    terminal.play("=== screen\nUser: do it\nIt is done.");
}

#[test]
fn it_is_given_back_when_a_signal_ends_the_program() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let workspace = workspace();
        let (_server, terminal) = answered(&workspace);
        terminal.signal(signal);
        let exit = terminal.wait_exit();
        assert_eq!((exit.code, exit.signal), (code, None), "{signal:?}");
        assert_restored(&terminal);
        terminal.play("=== screen\nIt is done.");
    }
}

/// The letter by which the kernel names the state of a process: `T` is stopped.
fn state_of(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn it_is_given_back_while_suspended_and_taken_again() {
    let workspace = workspace();
    let (_server, terminal) = answered(&workspace);
    terminal.play("=== keys\na draft\n=== screen\n│ a draft");
    for what in ["Ctrl+Z", "SIGTSTP"] {
        if what == "Ctrl+Z" {
            terminal.keys("<C-z>");
        } else {
            terminal.signal(Signal::TSTP);
        }
        support::wait_until(what, || state_of(terminal.pid()) == Some('T'));
        terminal.wait_for(|screen| !screen.is_alternate(), what, DEADLINE);
        assert_restored(&terminal);
        // As the shell leaves it: another size, and a line of its own.
        terminal.resize(80, 20);
        terminal.signal(Signal::CONT);
        terminal.play("=== screen\nIt is done.\n│ a draft");
        assert!(terminal.screen().is_alternate() && terminal.screen().has_bracketed_paste());
    }
    terminal.play("=== keys\n, and more\n=== screen\n│ a draft, and more\n=== keys\n<C-c><C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
    assert_restored(&terminal);
}

#[test]
fn the_line_discipline_is_given_back_too() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new());
    let inner = support::screen(&workspace, &server);
    let mut command = Command::new("sh");
    command
        .args(["-c", "stty -a; \"$@\"; stty -a; echo over", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args());
    command.current_dir(workspace.path());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let terminal = Terminal::start(&command, 100, 30);
    terminal.play("=== screen\nWhat is to be done?\n=== keys\n<C-d>\n=== screen\nover");
    let written = String::from_utf8_lossy(&terminal.bytes_written()).into_owned();
    let settings = |text: &str| {
        text.lines()
            .filter(|line| line.contains("icanon") || line.contains("opost"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (before, after) = written.split_once("\x1b[?1049h").expect("the screen was entered");
    assert!(!settings(before).is_empty(), "{before}");
    assert_eq!(settings(before), settings(after));
}

/// How often each thread of a process has given up the processor by itself: to wait for something.
fn waits(pid: u32) -> BTreeMap<PathBuf, u64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("a running process");
    let counted = threads.filter_map(|thread| {
        let path = thread.ok()?.path().join("status");
        let status = std::fs::read_to_string(&path).ok()?;
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        Some((path, line.split_whitespace().last()?.parse().ok()?))
    });
    counted.collect()
}

/// Waits until two seconds have passed in which no thread woke up and not a byte was written.
#[track_caller]
fn assert_rests(terminal: &Terminal) {
    let state = || (waits(terminal.pid()), terminal.bytes_written().len());
    let rest = std::cell::RefCell::new((state(), Instant::now()));
    support::wait_until("two seconds without any wake-up", || {
        let mut rest = rest.borrow_mut();
        let now = state();
        if now != rest.0 {
            *rest = (now, Instant::now());
        }
        rest.1.elapsed() >= Duration::from_secs(2)
    });
}

#[test]
fn nothing_wakes_up_while_nothing_happens() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("It is done.")));
    let terminal = open(&workspace, &server);
    assert_rests(&terminal);
    terminal.play("=== keys\ndo it<Enter>\n=== screen\nIt is done.\nWhat is to be done?");
    terminal.play("=== keys\na draft\n=== screen\n│ a draft");
    assert_rests(&terminal);
}

/// A turn with everything that has a colour: code, a diff, an approval.
fn colourful(workspace: &Workspace) -> ModelServer {
    workspace.file("main.rs", "fn main() {}\n");
    ModelServer::start(
        Script::new()
            .turn(
                Turn::text("```rust\nfn main() { let x = \"1\"; }\n```\n")
                    .call("read", json!({"path": "main.rs"})),
            )
            .turn(Turn::text("").call("edit", json!({"path": "main.rs", "old": "{}", "new": "{ run() }"})))
            .turn(Turn::text("").call("shell", json!({"command": "curl -s http://127.0.0.1:9/"})))
            .turn(Turn::text("# Over\n\n`it` is **done**")),
    )
}

/// Whether some cell of the screen has a colour.
fn has_colour(screen: &Screen) -> bool {
    let cells = (0..screen.rows()).flat_map(|row| (0..screen.cols()).map(move |col| (row, col)));
    let is_coloured = |(row, col): (u16, u16)| {
        let cell = screen.cell(row, col);
        cell.foreground != Color::Default || cell.background != Color::Default
    };
    cells.into_iter().any(is_coloured)
}

#[test]
fn no_color_gives_no_colour() {
    for (no_color, expects_colour) in [("1", false), ("", true)] {
        let workspace = workspace();
        let server = colourful(&workspace);
        let mut command = support::screen(&workspace, &server);
        command.env("NO_COLOR", no_color).env("COLORTERM", "truecolor");
        let terminal = Terminal::start(&command, 100, 40);
        terminal.play("=== screen\nWhat is to be done?");
        let mut screens = vec![terminal.screen()];
        terminal.keys("go<Enter>");
        screens.push(terminal.wait_for_text("[y] once"));
        terminal.keys("n<Enter>");
        screens.push(terminal.wait_for_text("it is done"));
        for screen in screens {
            assert_eq!(has_colour(&screen), expects_colour, "NO_COLOR={no_color:?}\n{screen}");
        }
    }
}

#[test]
fn a_dumb_terminal_gets_plain_lines_and_no_escape() {
    let workspace = workspace();
    let server = colourful(&workspace);
    let mut command = support::screen(&workspace, &server);
    command.env("TERM", "dumb");
    let terminal = Terminal::start(&command, 100, 40);
    terminal.play(
        "=== screen
         headwater, AGENT mode.
         === keys
         go<Enter>
         === screen
         User: go
         Tool: edit main.rs
         Approval needed
         1 yes once
         Type a number:
         === keys
         5<Enter>
         === screen
         Type a reason
         === keys
         not today<Enter>
         === screen
         Approval denied: not today.
         === keys
         /quit<Enter>",
    );
    assert_eq!(terminal.wait_exit().code, 0);
    assert_eq!(count(&terminal.bytes_written(), "\x1b"), 0, "no escape in plain lines");
}

#[test]
fn twenty_columns_and_five_rows_are_enough() {
    let workspace = workspace();
    let server = colourful(&workspace);
    let terminal = Terminal::start(&support::screen(&workspace, &server), 20, 5);
    terminal.play("=== screen\nAGENT\n=== keys\ngo on\n=== screen\n❯ go on\nAGENT");
    terminal.play("=== keys\n<Enter>\n=== screen\n? shell curl -s http\n[y] once [n] no\nAGENT");
    support::resize(&terminal, 8, 1);
    support::resize(&terminal, 40, 12);
    terminal.wait_for_text("[y] once");
    support::resize(&terminal, 20, 5);
    terminal.play("=== keys\nn<Enter>\n=== screen\nit is done\nAGENT\n=== keys\n<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
    assert_restored(&terminal);
}
