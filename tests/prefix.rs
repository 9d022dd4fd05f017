//! The provider's prefix cache keeps hitting: request n+1 begins with request n, whatever happens in between.

use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script, Terminal, Turn};
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
            terminal.wait_for(|screen| screen.text() != before, "another mode", headwater_testkit::DEADLINE);
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
        run.finish(headwater_testkit::DEADLINE).expect_code(0);
    }
    let requests = server.requests();
    assert_eq!(requests[0].raw, requests[1].raw);
    // What a peer of the lean kind sends first is 5.6 KB; ours may be 14 KB at most, tools included.
    assert!(requests[0].raw.len() <= 14_000, "{} bytes", requests[0].raw.len());
}

/// Whether a request asks for a summary.
fn is_summary(request: &Recorded) -> bool {
    request.last_text("user").is_some_and(|text| text.contains("## Open questions"))
}

/// Fifty turns of the person, each with a read and an answer; a person makes room twice on the way. What is told: how much of
/// each request the server has seen before, as the beginning of the last one.
#[test]
fn d7_fifty_turns_with_two_compactions_share_their_beginnings() {
    let script = Script::responder(|_, request| {
        if is_summary(request) {
            return Turn::text("## Goal\nRead on.\n\n## Facts\nThe notes are alike.");
        }
        if request.messages().last().is_some_and(|message| message["role"] == "tool") {
            return Turn::text(format!("Answer {}. {}", request.index, "So it is said. ".repeat(6)));
        }
        Turn::text("").call("read", json!({"path": "notes.txt"}))
    });
    let server = ModelServer::start(script);
    let workspace = support::workspace();
    workspace.file("notes.txt", "a line of the notes\n".repeat(10));
    let terminal = support::open_with(&workspace, &server, &["-c", "models.scripted.window=200000"]);
    let (mut edits, mut sent) = (Vec::new(), 0);
    for turn in 1..=50 {
        if turn == 18 || turn == 35 {
            terminal.keys("/compact<Enter>");
            server.wait_until("a summary", DEADLINE, |all| {
                all.iter().filter(|request| is_summary(request)).count() > edits.len()
            });
            terminal.wait_for_text("context: summarized older messages");
            edits.push(sent);
        }
        terminal.keys(&format!("message {turn}<Enter>"));
        sent += 2;
        let expected = sent + edits.len();
        server.wait_until(&format!("turn {turn}"), DEADLINE, |all| all.len() >= expected);
        terminal.wait_for_text(&format!("Answer {}.", expected - 1));
    }
    terminal.keys("<C-d>");
    let requests: Vec<Recorded> =
        server.requests().into_iter().filter(|request| !is_summary(request)).collect();
    assert_eq!(requests.len(), 100);
    let (mut kept, mut shared, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    for (place, pair) in requests.windows(2).enumerate() {
        let (before, after) = (open_body(&pair[0].raw), open_body(&pair[1].raw));
        let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let (of_before, of_after) =
            (100.0 * same as f64 / before.len() as f64, 100.0 * same as f64 / after.len() as f64);
        if edits.contains(&(place + 1)) {
            broken.push(of_after);
        } else {
            kept.push(of_before);
            shared.push(of_after);
        }
    }
    let least = |all: &[f64]| all.iter().copied().fold(f64::MAX, f64::min);
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    support::tell(&format!(
        "prefix, 50 turns, 100 requests, 2 compactions: outside of them a request keeps {:.1} % of the one before and is {:.1} % old (at least {:.1} %); at the compactions it is {:.1} % and {:.1} % old",
        least(&kept),
        mean(&shared),
        least(&shared),
        broken[0],
        broken[1],
    ));
    assert_eq!((kept.len(), broken.len()), (97, 2));
    assert!(least(&kept) > 99.999, "a request loses its prefix outside of an edit: {kept:?}");
    assert!(mean(&shared) >= 95.0, "{shared:?}");
}
