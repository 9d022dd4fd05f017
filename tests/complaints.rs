//! What users of terminal agents complain about most (the first eight), as tests of the real program in a terminal.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, Gate, ModelServer, Screen, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _, open, open_with, workspace};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// So many paragraphs of one short line each, with its number.
fn numbered(lines: usize) -> String {
    let lines = (1..=lines).map(|line| format!("line {line:04} is here\n\n"));
    lines.collect::<Vec<_>>().concat()
}

/// The numbers of the lines on the screen, from top to bottom.
fn numbers(screen: &Screen) -> Vec<usize> {
    let number = |row: String| row.split_once("line ")?.1.get(..4)?.parse().ok();
    (0..screen.rows()).filter_map(|row| number(screen.row(row))).collect()
}

/// Waits until nothing runs any more.
#[track_caller]
fn wait_idle(terminal: &Terminal) -> Screen {
    terminal.wait_for_text("What is to be done?")
}

/// Presses a key that moves the view, and waits until it has.
#[track_caller]
fn scrolled(terminal: &Terminal, key: &str) -> Screen {
    let before = numbers(&terminal.screen());
    terminal.keys(key);
    terminal.wait_for(|screen| numbers(screen) != before, "the view to move", DEADLINE)
}

/// The place of a sequence in bytes.
fn find(bytes: &[u8], sequence: &[u8]) -> Option<usize> {
    bytes.windows(sequence.len()).position(|window| window == sequence)
}

/// How many frames these bytes are; panics where a byte lies outside of one, or a frame inside another.
#[track_caller]
fn whole_frames(mut bytes: &[u8]) -> usize {
    let mut frames = 0;
    while !bytes.is_empty() {
        let inner = bytes.strip_prefix(BEGIN).expect("nothing is written between two frames");
        let end = find(inner, END).expect("a frame ends");
        assert_eq!(find(&inner[..end], BEGIN), None, "a frame within a frame");
        bytes = &inner[end + END.len()..];
        frames += 1;
    }
    frames
}

#[test]
fn complaint_1_a_long_stream_never_clears_the_screen() {
    const DELTAS: usize = 20_000;
    let text = numbered(DELTAS / 4);
    let per_delta = text.chars().count() / DELTAS;
    let server = ModelServer::start(Script::new().turn(Turn::text(text).deltas_of(per_delta)));
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\nlong, please<Enter>\n=== screen\nline 5000 is here");
    wait_idle(&terminal);
    let bytes = terminal.wait_for_bytes(|bytes| bytes.ends_with(END), "the end of a frame", DEADLINE);
    for clear in ["\x1b[2J", "\x1b[3J", "\x1b[J", "\x1b[0J", "\x1b[1J", "\x1bc"] {
        assert_eq!(find(&bytes, clear.as_bytes()), None, "{clear:?} was written");
    }
    let first = find(&bytes, BEGIN).expect("a first frame");
    let frames = whole_frames(&bytes[first..]);
    assert!((10..DELTAS / 4).contains(&frames), "{frames} frames for {DELTAS} deltas");
}

#[test]
fn complaint_2_what_is_read_stays_put_while_more_arrives() {
    let gate = Gate::new();
    let turn = Turn::text(numbered(2_500)).deltas_of(5).hold_after(400, &gate);
    let server = ModelServer::start(Script::new().turn(turn));
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\nlong, please<Enter>\n=== screen\nline 0105");
    scrolled(&terminal, "<PgUp>");
    let anchor = scrolled(&terminal, "<PgUp>").row(0);
    gate.open();
    let is_over = |screen: &Screen| screen.contains("What is to be done?");
    let has_moved = |screen: &Screen| screen.row(0) != anchor;
    let screen = terminal.wait_for(|screen| is_over(screen) || has_moved(screen), "the end", DEADLINE);
    assert_eq!(screen.row(0), anchor, "the view moved\n{screen}");
    assert!(screen.contains("End to follow"), "what is new is told\n{screen}");
    terminal.play("=== keys\n<End>\n=== screen\nline 2500");
}

/// The next number of a fixed sequence (a linear congruential generator; the constants are Knuth's MMIX ones).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A size between 20×6 and 139×45.
fn next_size(state: &mut u64) -> (u16, u16) {
    let mut within = |least: u16, count: u64| least + u16::try_from(next(state) % count).expect("small");
    (within(20, 120), within(6, 40))
}

/// Every numbered line of the transcript, read from its end to its top by pages of which two share a row.
fn read_upwards(terminal: &Terminal) -> Vec<usize> {
    let mut pages = vec![numbers(&terminal.screen())];
    while pages.last().is_some_and(|page| page.first() != Some(&1)) {
        pages.push(numbers(&scrolled(terminal, "<PgUp>")));
    }
    let mut all: Vec<usize> = Vec::new();
    for page in pages.iter().rev() {
        let last = all.last().copied().unwrap_or(0);
        assert!(page.is_sorted_by(|one, next| next - one == 1), "doubled or lost on one page: {page:?}");
        assert!(page.first().is_some_and(|first| *first <= last + 1), "lost between pages: {page:?}");
        all.extend(page.iter().filter(|line| **line > last));
    }
    all
}

#[test]
fn complaint_3_fifty_resizes_while_it_streams_double_and_lose_nothing() {
    const LINES: usize = 400;
    let gate = Gate::new();
    let turn = Turn::text(numbered(LINES)).deltas_of(6).after(Duration::from_millis(2)).hold_after(20, &gate);
    let server = ModelServer::start(Script::new().turn(turn));
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\nlong, please<Enter>\n=== screen\nline 0003");
    gate.open();
    let mut state = 3;
    for _ in 0..50 {
        let (cols, rows) = next_size(&mut state);
        support::resize(&terminal, cols, rows);
    }
    support::resize(&terminal, 80, 24);
    terminal.wait_for(|screen| numbers(screen).last() == Some(&LINES), "the last line", DEADLINE);
    wait_idle(&terminal);
    assert_eq!(read_upwards(&terminal), (1..=LINES).collect::<Vec<_>>());
    terminal.keys("<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
}

#[test]
fn complaint_4_an_approval_never_blocks_scrolling() {
    let asks = Turn::text(numbered(60)).call("shell", json!({"command": "curl -s http://127.0.0.1:9/"}));
    let server = ModelServer::start(Script::new().turn(asks).turn(Turn::text("As you wish.")));
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\ngo<Enter>\n=== screen\nline 0060\n[y] once");
    for _ in 0..2 {
        let screen = scrolled(&terminal, "<PgUp>");
        assert!(screen.contains("[y] once"), "the card stays\n{screen}");
    }
    let top = terminal.play("=== keys\n<C-Home>\n=== screen\nline 0001\nAPPROVE?");
    assert!(!top.contains("line 0060"));
    terminal.play("=== keys\nn<Enter>\n=== screen\nline 0001\nWhat is to be done?");
    terminal.play("=== keys\n<End>\n=== screen\nAs you wish.");
}

/// What a base64 text stands for, by the program of that name.
fn decoded(base64: &[u8]) -> String {
    let mut command = std::process::Command::new("base64");
    let mut child =
        command.arg("-d").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("base64 runs");
    child.stdin.take().expect("a pipe").write_all(base64).expect("base64 reads");
    String::from_utf8(child.wait_with_output().expect("base64 ends").stdout).expect("text")
}

#[test]
fn complaint_5_a_copy_is_the_source_without_wraps_and_gutters() {
    let words = "One **long** paragraph that has to be wrapped in a terminal this narrow.";
    let code = "fn main() {\n    println!(\"a line that is much longer than the terminal is wide\");\n}";
    let answer = format!("{words}\n\n```rust\n{code}\n```\n\n- and\n- a list");
    let server = ModelServer::start(Script::new().turn(Turn::text(answer.clone())));
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    support::resize(&terminal, 40, 24);
    terminal.play("=== keys\nshow me<Enter>\n=== screen\na list\nWhat is to be done?");
    let copied = |count: usize| {
        support::wait_until("a copy", || terminal.clipboard().len() == count);
        decoded(&terminal.clipboard()[count - 1])
    };
    terminal.keys("/copy<Enter>").wait_for_text("copied");
    assert_eq!(copied(1), answer);
    terminal.keys("/copy 1<Enter>");
    assert_eq!(copied(2).trim_end(), code);
}

#[test]
fn complaint_6_a_paste_of_one_megabyte_is_one_chip_until_it_is_sent_whole() {
    let server = ModelServer::start(Script::new().turn(Turn::text("That is a lot.")));
    let workspace = workspace();
    let terminal = open_with(&workspace, &server, &["-c", "models.scripted.window=4000000"]);
    let lines: Vec<String> = (0..20_000).map(|line| format!("{line:05} {}", "x".repeat(46))).collect();
    terminal.keys("before ");
    terminal.send(format!("\x1b[200~{}\x1b[201~", lines.join("\r\n")));
    terminal.play("=== screen\n│ before [paste 1 · 20000 lines]");
    assert!(server.requests().is_empty(), "line ends in a paste send nothing");
    terminal.play(
        "=== keys\n<C-/>\n=== gone\n[paste\n=== screen\n│ before\n=== keys\n<A-/>\n=== screen\n[paste 1 ·",
    );
    terminal.play("=== keys\n<Space>after<Enter>\n=== screen\nThat is a lot.");
    let whole = format!("before {} after", lines.join("\n"));
    let sent = server.requests()[0].last_text("user").expect("a message");
    assert!(sent.starts_with(&whole), "the whole paste reached the model, with one kind of line end");
    assert_eq!(sent.matches("00000 ").count(), 1);
}

#[test]
fn complaint_7_the_cursor_stands_where_the_next_character_goes() {
    let server = ModelServer::start(Script::new());
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    let (row, start) = terminal.cursor().expect("a cursor");
    let mut column = start;
    for (typed, columns) in [("a", 1), ("漢", 2), ("字", 2), ("e\u{301}", 1), ("😀", 2), ("한", 2), ("ｶ", 1)]
    {
        terminal.keys(typed);
        column += columns;
        let is_there = |screen: &Screen| screen.cursor() == Some((row, column));
        terminal.wait_for(is_there, &format!("the cursor after {typed}"), DEADLINE);
    }
    terminal.wait_for_text("a漢字e\u{301}😀한ｶ");
    for columns in [1, 2, 2, 1, 2, 2, 1] {
        terminal.keys("<Left>");
        column -= columns;
        terminal.wait_for(|screen| screen.cursor() == Some((row, column)), "the cursor to move", DEADLINE);
    }
    assert_eq!(column, start);
    terminal.play("=== keys\n<Right><Right>x\n=== screen\n│ a漢x字");
    assert_eq!(terminal.cursor(), Some((row, start + 4)));
}

/// A session of a real turn with a call in it, and the same turn again and again behind it.
fn long_session(workspace: &Workspace, server: &ModelServer, turns: u64) -> String {
    spawn(support::exec(workspace, server).arg("go")).finish(DEADLINE).with_code(0);
    let mut sessions = std::fs::read_dir(support::sessions_directory(workspace)).expect("the sessions");
    let session = sessions.next().expect("a session").expect("an entry");
    let path = session.path().join("transcript.jsonl");
    let log = std::fs::read_to_string(&path).expect("the log");
    let first: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let turn: Vec<&Value> = first.iter().skip_while(|record| record["type"] != "user_message").collect();
    let mut seq = first.len();
    let mut lines = vec![log];
    for number in 2..=turns {
        for record in &turn {
            let record = record.to_string().replace("call_", &format!("call_{number}_"));
            let mut record: Value = serde_json::from_str(&record).expect("a record");
            record["seq"] = seq.into();
            if record.get("turn").is_some() {
                record["turn"] = number.into();
            }
            lines.push(format!("{record}\n"));
            seq += 1;
        }
    }
    std::fs::write(path, lines.concat()).expect("a long log");
    session.file_name().into_string().expect("an id")
}

#[test]
fn complaint_8_in_a_session_of_ten_thousand_items_a_key_costs_no_more() {
    let script = Script::new()
        .turn(Turn::text("I look.").call("shell", json!({"command": "echo hi"})))
        .turn(Turn::text("It says **hi**."));
    let server = ModelServer::start(script);
    let workspace = workspace();
    // A message, an answer with a call, its result and another answer: four items a turn.
    let session = long_session(&workspace, &server, 2_500);
    let mut command = workspace.command();
    command.args(["resume", &session, "--provider", "llamacpp", "--model", "scripted"]);
    command.args(["--base-url", &server.base_url(), "-c", "models.scripted.window=32768"]);
    let terminal = Terminal::start(&command, 100, 30);
    terminal.play("=== screen\nIt says hi.\nWhat is to be done?");
    let text = "typing in a long session";
    let (bytes, frames) = (terminal.bytes_written().len(), terminal.frames());
    for typed in text.chars().map(|letter| letter.to_string()) {
        let cursor = terminal.cursor();
        terminal.keys(&typed);
        terminal.wait_for(|screen| screen.cursor() != cursor, "the key to be drawn", DEADLINE);
    }
    // Of all keys together: on a busy machine the end of one frame is read with the beginning of the next.
    let (bytes, frames) = (terminal.bytes_written().len() - bytes, terminal.frames() - frames);
    let is_cheap = bytes < 2_000 * text.len() && frames <= 2 * text.len();
    assert!(is_cheap, "{bytes} bytes in {frames} frames for {} keys", text.len());
    terminal.play("=== screen\n│ typing in a long session\n=== keys\n<C-c><C-Home>\n=== screen\n▎ go");
}
