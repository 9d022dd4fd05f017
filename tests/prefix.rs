//! The provider's prefix cache keeps hitting: request n+1 begins with request n, whatever happens in between.

use std::time::Duration;

use headwater_testkit::{ModelServer, Script, Terminal, Turn};
use serde_json::json;

use crate::support;

/// A request without the brackets that close it.
fn open_body(raw: &[u8]) -> &[u8] {
    raw.strip_suffix(b"]}").expect("the messages come last in a request")
}

fn assert_each_is_a_prefix_of_the_next(server: &ModelServer) {
    let requests = server.requests();
    for (number, pair) in requests.windows(2).enumerate() {
        let (first, second) = (open_body(&pair[0].raw), &pair[1].raw);
        let same = first.iter().zip(second.iter()).take_while(|(a, b)| a == b).count();
        assert_eq!(same, first.len(), "request {} loses its prefix at byte {same}", number + 2);
    }
}

#[test]
fn d7_twenty_requests_with_mode_changes_and_writes_in_between() {
    let script = Script::responder(|index, _| match index % 4 {
        3 => Turn::text(format!("Answer {index}.")).usage(1_000, 900, 20),
        2 => Turn::text("")
            .call("grep", json!({"pattern": "line", "path": "."}))
            .call("read", json!({"path": "notes.txt"})),
        1 => Turn::text("Look.").thinking("hm").call("list", json!({"path": "."})),
        _ => Turn::text("Write.")
            .call("write", json!({"path": format!("new-{index}.txt"), "content": "line\n"})),
    });
    let server = ModelServer::start(script);
    let workspace = support::workspace();
    workspace.file("notes.txt", "a line\n").file("AGENTS.md", "Use tabs.\n");
    let terminal = Terminal::start(&support::screen(&workspace, &server), 100, 30);
    terminal.wait_for_text("AGENT");
    for (turn, mode) in ["AGENT", "YOLO", "PLAN", "AGENT", "YOLO"].into_iter().enumerate() {
        let shows_mode = |screen: &headwater_testkit::Screen| screen.contains(mode);
        while !shows_mode(&terminal.screen()) {
            let before = terminal.screen().text();
            terminal.keys("<Tab>");
            terminal.wait_for(|screen| screen.text() != before, "another mode", Duration::from_secs(10));
        }
        // A file changes behind the agent's back between the turns.
        workspace.file("notes.txt", format!("line {turn}\n"));
        terminal.keys(&format!("message {turn}<Enter>"));
        terminal.wait_for_text(&format!("Answer {}.", turn * 4 + 3));
    }
    terminal.keys("<C-d>");
    assert_eq!(server.requests().len(), 20);
    assert_each_is_a_prefix_of_the_next(&server);
    assert_eq!(server.connections(), 1, "one connection for all requests");
}

#[test]
fn a_second_session_of_the_day_begins_with_the_same_bytes() {
    let server = ModelServer::start(Script::new().turn(Turn::text("Hi.")).repeat_last());
    let workspace = support::workspace();
    for _ in 0..2 {
        let run = headwater_testkit::workspace::spawn(support::exec(&workspace, &server).arg("hello"));
        run.finish(Duration::from_secs(20)).expect_code(0);
    }
    let requests = server.requests();
    assert_eq!(requests[0].raw, requests[1].raw);
    // What a peer of the lean kind sends first is 5.6 KB; ours may be 14 KB at most, tools included.
    assert!(requests[0].raw.len() <= 14_000, "{} bytes", requests[0].raw.len());
}
