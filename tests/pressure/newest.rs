//! What came last and is more than the window holds, and a summary that the person asked for and that failed.

use std::fs;

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, Fault, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use super::{is_summary, replays, run_in, session};
use crate::support::{self, WithCode as _, exec, sessions_directory, workspace};

/// A paste that no window of the model holds.
fn paste() -> String {
    let lines: Vec<String> = (1..=6_000).map(|n| format!("line {n} of what was pasted")).collect();
    format!("What is in line 3000?\n{}", lines.join("\n"))
}

#[test]
fn d3_a_paste_longer_than_the_window_is_stored_and_read_in_pages() {
    let workspace = workspace();
    let server = ModelServer::start(Script::responder(|index, request| {
        let text = request.body.to_string();
        let blob = text.split("read blob:").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
        match (index, blob) {
            (0, Some(blob)) => {
                let page = json!({"path": format!("blob:{blob}"), "offset": 3_000, "limit": 3});
                Turn::text("I look.").call("read", page)
            }
            _ => Turn::text("Found."),
        }
    }));
    let mut command = exec(&workspace, &server);
    command.args(["-c", "models.scripted.window=8192", "--json", "-"]);
    let mut running = spawn(&mut command);
    running.write(&paste()).close_stdin();
    let finished = running.finish(DEADLINE).with_code(0);
    assert_eq!(finished.records_of("tool_returned").len(), 1);
    let page = finished.records_of("tool_returned")[0]["text"].to_string();
    assert!(page.contains("line 3000 of what was pasted"), "{page}");
    assert_eq!(finished.records_of("context_edited")[0]["kind"], "externalize");
    assert!(server.requests().iter().all(|request| request.raw.len() / 4 <= 8_192 - 1_024));
    // The session is not held up by it.
    let session = session(&finished);
    run_in(8_192, &workspace, &server, &["--resume", &session, "and now?"]).with_code(0);
    replays(&workspace, &session);
}

#[test]
fn d3_a_call_longer_than_the_window_is_cut_once_it_has_run() {
    let workspace = workspace();
    let content = "a line of a long file\n".repeat(4_000);
    let long = content.clone();
    let server = ModelServer::start(Script::responder(move |index, _| match index {
        0 => Turn::text("I write it.").call("write", json!({"path": "long.txt", "content": long})),
        _ => Turn::text("Written."),
    }));
    let finished = run_in(8_192, &workspace, &server, &["write a long file"]).with_code(0);
    assert_eq!(workspace.read("long.txt"), content);
    assert!(server.requests().iter().all(|request| request.raw.len() / 4 <= 8_192 - 1_024));
    replays(&workspace, &session(&finished));
}

#[test]
fn d3_what_the_model_says_or_thinks_beyond_the_window_is_stored_and_the_session_goes_on() {
    let long = |what: &str| format!("a line of what was {what}\n").repeat(4_000);
    let answers = [
        Turn::text(long("said")).call("write", json!({"path": "a.txt", "content": "a"})),
        Turn::text("I write it.")
            .thinking(long("thought"))
            .call("write", json!({"path": "b.txt", "content": "b"})),
        Turn::text(long("said")).thinking(long("thought")),
    ];
    for answer in answers {
        let workspace = workspace();
        let mut first = Some(answer);
        let server = ModelServer::start(Script::responder(move |_, request| {
            if is_summary(request) {
                return Turn::fault(Fault::BadRequest { message: "not today".to_owned() });
            }
            first.take().unwrap_or_else(|| Turn::text("Done."))
        }));
        let finished = run_in(8_192, &workspace, &server, &["tell me everything"]).with_code(0);
        let session = session(&finished);
        let again = run_in(8_192, &workspace, &server, &["--resume", &session, "and now?"]).with_code(0);
        assert_eq!(again.records_of("turn_ended")[0]["text"], "Done.");
        let kinds = [finished, again].map(|run| run.records_of("context_edited").len());
        assert_eq!(kinds.iter().sum::<usize>(), 1, "it is announced, once");
        let most = server.requests().iter().map(|request| request.raw.len() / 4).max();
        assert!(most.is_some_and(|most| most <= 8_192 - 1_024), "{most:?}");
        replays(&workspace, &session);
    }
}

#[test]
fn d3_a_summary_that_the_person_asked_for_and_that_failed_is_not_waited_for() {
    let workspace = workspace();
    let server = ModelServer::start(Script::responder(|_, request| {
        if is_summary(request) {
            return Turn::fault(Fault::BadRequest { message: "not today".to_owned() });
        }
        Turn::text("word ".repeat(200))
    }));
    let terminal = support::open(&workspace, &server);
    for words in ["one", "two", "three"] {
        terminal.keys(&format!("{words}<Enter>"));
        let count = |kind: &str| logged(&workspace, kind).len();
        let turn = ["one", "two", "three"].iter().position(|one| *one == words).unwrap_or(0) + 1;
        support::wait_until("the end of the turn", || count("turn_ended") == turn);
    }
    terminal.keys("/compact<Enter>").wait_for_text("Nothing was compacted");
    let repaired = logged(&workspace, "repaired");
    assert_eq!((repaired.len(), repaired[0]["kind"].as_str()), (1, Some("unfinished_edit")), "{repaired:?}");
    terminal.keys("<C-d>").wait_exit();
    // Nothing is left for the next process to mend.
    let id = logged(&workspace, "session_started")[0]["session"].as_str().map(str::to_owned).expect("an id");
    run_in(65_536, &workspace, &server, &["--resume", &id, "more"]).with_code(0);
    let unfinished =
        logged(&workspace, "repaired").into_iter().filter(|one| one["kind"] == "unfinished_edit");
    assert_eq!(unfinished.count(), 1);
    replays(&workspace, &id);
}

/// The records of a kind in the only session of this workspace.
fn logged(workspace: &Workspace, kind: &str) -> Vec<Value> {
    let session = fs::read_dir(sessions_directory(workspace)).ok().and_then(|mut all| all.next());
    let path = session.and_then(Result::ok).map(|entry| entry.path().join("transcript.jsonl"));
    let log = path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter(|record| record["type"] == kind).collect()
}
