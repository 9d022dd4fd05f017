//! A conversation that outgrows its window: it is made smaller by recorded edits, and never goes round in circles.

mod newest;

use std::fs;

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Fault, Finish, ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _, exec, session_of, sessions_directory, workspace};

const SUMMARY: &str =
    "## Goal\nRead every file.\n\n## Facts\nThe files are alike.\n\n## Open todos\nGo on with the next file.";

/// Whether a request asks for a summary.
fn is_summary(request: &Recorded) -> bool {
    request.last_text("user").is_some_and(|text| text.contains("## Open questions"))
}

/// `exec --json` in a window of so many tokens.
fn run_in(window: u32, workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    let window = format!("models.scripted.window={window}");
    let mut command = exec(workspace, server);
    command.args(["-c", &window, "-c", "limits.max_steps=500", "--json"]).args(arguments);
    spawn(&mut command).finish(DEADLINE)
}

/// The session of a run.
fn session(finished: &Finished) -> String {
    session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
}

/// Reads `files` files one after another and then says that it is done; summaries come as they are asked for.
fn reader(files: usize) -> Script {
    let mut read = 0;
    Script::responder(move |_, request| {
        if is_summary(request) {
            return Turn::text(SUMMARY);
        }
        read += 1;
        if read > files {
            return Turn::text("All are read.");
        }
        Turn::text("").call("read", json!({"path": format!("file-{read}.txt")}))
    })
}

fn with_files(files: usize, bytes: usize) -> Workspace {
    let workspace = workspace();
    for number in 1..=files {
        let line = format!("file {number} has one line after another, and each of them is like the others\n");
        workspace.file(format!("file-{number}.txt"), line.repeat(bytes / line.len()));
    }
    workspace
}

/// Demands that a replay of the whole log gives the same requests.
fn replays(workspace: &Workspace, session: &str) {
    workspace.run(["replay", session, "--verify"]).with_code(0);
}

#[test]
fn d3_sixty_results_of_20_kb_never_exceed_a_window_of_8k() {
    let workspace = with_files(60, 20_000);
    let server = ModelServer::start(reader(60));
    let finished = run_in(8_192, &workspace, &server, &["read all sixty files, please"]).with_code(0);
    assert_eq!(finished.records_of("turn_ended")[0]["text"], "All are read.");
    assert_eq!(finished.records_of("tool_returned").len(), 60);
    for request in server.requests() {
        // The server counts four bytes a token, and an eighth of the window is for the answer.
        let tokens = request.raw.len() / 4;
        assert!(tokens <= 8_192 - 1_024, "request {} takes {tokens} tokens", request.index);
        assert!(
            request.body.to_string().contains("read all sixty files, please"),
            "request {}",
            request.index
        );
    }
    let edits = finished.records_of("context_edited");
    assert!(edits.iter().any(|edit| edit["kind"] == "externalize"), "{edits:?}");
    for edit in &edits {
        assert!(edit["before"].as_u64() > edit["after"].as_u64(), "{edit}");
    }
    replays(&workspace, &session(&finished));
}

#[test]
fn d1_what_was_stored_can_be_read_in_pages() {
    let workspace = with_files(9, 30_000);
    let mut pointer = None;
    let script = Script::responder(move |index, request| {
        let seen = request.body.to_string();
        let found =
            seen.split("read blob:").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
        match (&pointer, found) {
            (None, Some(found)) => {
                let path = format!("blob:{found}");
                pointer = Some(found);
                Turn::text("").call("read", json!({"path": path, "offset": 20, "limit": 2}))
            }
            (None, None) if index < 9 => {
                Turn::text("").call("read", json!({"path": format!("file-{}.txt", index + 1)}))
            }
            _ => Turn::text("Seen."),
        }
    });
    let server = ModelServer::start(script);
    let finished = run_in(16_000, &workspace, &server, &["go"]).with_code(0);
    let edits = finished.records_of("context_edited");
    let blob = &edits[0]["edits"][0]["blob"];
    let path = sessions_directory(&workspace).join(session(&finished)).join("blobs");
    let stored = fs::read_to_string(path.join(blob["id"].as_str().expect("an id"))).expect("the stored text");
    assert_eq!(blob["bytes"], stored.len());
    let page = finished.records_of("tool_returned").pop().expect("a result");
    assert_eq!(page["is_error"], false, "{page}");
    let line = stored.lines().nth(19).expect("a line").trim_start_matches(|c: char| !c.is_alphabetic());
    assert!(page["text"].as_str().is_some_and(|text| text.contains(line)), "{page} has no {line}");
}

/// Talks at length over short files, so that nothing but the talk can make room.
fn talker(steps: usize, mut summary: impl FnMut() -> Turn + Send + 'static) -> Script {
    let mut said = 0;
    Script::responder(move |_, request| {
        if is_summary(request) {
            return summary();
        }
        said += 1;
        let text = format!("Step {said}. {}", "I think about it. ".repeat(120));
        if said > steps {
            Turn::text("Done.")
        } else {
            Turn::text(text).call("read", json!({"path": format!("file-{said}.txt")}))
        }
    })
}

#[test]
fn m2_a_summary_takes_the_place_of_what_it_is_of_and_there_is_one() {
    let server = ModelServer::start(talker(40, || Turn::text(SUMMARY)));
    let workspace = with_files(50, 100);
    let finished = run_in(8_192, &workspace, &server, &["think it through"]).with_code(0);
    let edits = finished.records_of("context_edited");
    assert!(edits.iter().filter(|edit| edit["kind"] == "summarize").count() >= 2, "{edits:?}");
    for request in server.requests().iter().filter(|request| !is_summary(request)) {
        let body = request.body.to_string();
        assert!(body.matches("replaced by this summary").count() <= 1, "request {}", request.index);
        assert!(body.contains("think it through"), "request {}", request.index);
    }
    replays(&workspace, &session(&finished));
}

#[test]
fn d3_three_failed_summaries_open_the_breaker_and_older_messages_are_dropped() {
    let server = ModelServer::start(talker(30, || Turn::text("")));
    let workspace = with_files(50, 100);
    let finished = run_in(8_192, &workspace, &server, &["think it through"]).with_code(0);
    assert_eq!(finished.records_of("summary_requested").len(), 3);
    let kinds: Vec<Value> =
        finished.records_of("context_edited").iter().map(|edit| edit["kind"].clone()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "drop"), "{kinds:?}");
    assert!(
        server.requests().last().expect("requests").body.to_string().contains("were left out to save room")
    );
    replays(&workspace, &session(&finished));
}

#[test]
fn d3_a_summary_that_is_not_whole_is_none() {
    for finish in [Finish::Length, Finish::ContentFilter] {
        let summary = move || Turn::text(SUMMARY).finish(finish.clone());
        let server = ModelServer::start(talker(30, summary));
        let workspace = with_files(50, 100);
        let finished = run_in(8_192, &workspace, &server, &["think it through"]).with_code(0);
        assert_eq!(finished.records_of("summary_requested").len(), 3);
        let edits = finished.records_of("context_edited");
        assert!(!edits.is_empty() && edits.iter().all(|edit| edit["kind"] == "drop"), "{edits:?}");
    }
}

#[test]
fn d3_a_window_error_of_the_server_is_relieved_and_tried_once_more() {
    let mut refused = None;
    let script = Script::responder(move |index, request| {
        if index == 4 {
            refused = Some(request.raw.len());
            return Turn::fault(Fault::WindowExceeded);
        }
        if refused.is_some_and(|bytes| request.raw.len() >= bytes) && index == 5 {
            return Turn::fault(Fault::WindowExceeded);
        }
        if index > 5 {
            Turn::text("Done.")
        } else {
            Turn::text("").call("read", json!({"path": format!("file-{}.txt", index + 1)}))
        }
    });
    let workspace = with_files(6, 20_000);
    let server = ModelServer::start(script);
    let finished = run_in(200_000, &workspace, &server, &["go"]).with_code(0);
    let edits = finished.records_of("context_edited");
    assert_eq!((edits.len(), &edits[0]["reason"]), (1, &json!("refused")));
    assert!(finished.records_of("failed").is_empty());
    replays(&workspace, &session(&finished));
}

/// A model that reads thirty files, at a server that finds some requests too long.
fn reads_thirty_files(is_too_long: impl Fn(&Recorded) -> bool + Send + 'static) -> ModelServer {
    let mut read = 0;
    ModelServer::start(Script::responder(move |_, request| {
        if is_too_long(request) {
            return Turn::fault(Fault::WindowExceeded);
        }
        if is_summary(request) {
            return Turn::text(SUMMARY);
        }
        read += 1;
        if read > 30 {
            Turn::text("Done.")
        } else {
            Turn::text("").call("read", json!({"path": format!("file-{read}.txt")}))
        }
    }))
}

#[test]
fn d3_a_server_with_a_smaller_window_than_is_known_is_believed() {
    // The data say 200,000 tokens, the server takes 12,000.
    let server = reads_thirty_files(|request| request.raw.len() / 4 > 12_000);
    let finished = run_in(200_000, &with_files(30, 6_000), &server, &["go"]).with_code(0);
    let refused: Vec<Value> = finished
        .records_of("context_edited")
        .into_iter()
        .filter(|edit| edit["reason"] == "refused")
        .collect();
    // The second is the one try of more than that, after four edits; the next would come after eight.
    assert!((1..=2).contains(&refused.len()), "{refused:?}");
    assert!(finished.records_of("context_edited").len() > 4);
}

#[test]
fn d3_a_server_that_counts_the_answer_against_the_window_refuses_nothing() {
    let server = reads_thirty_files(|request| {
        let answer = request.body["max_tokens"].as_u64().expect("a limit for the answer");
        request.raw.len() as u64 / 4 + answer > 16_000
    });
    let workspace = with_files(30, 6_000);
    let arguments = ["-c", "models.scripted.max_output=12000", "go"];
    let finished = run_in(16_000, &workspace, &server, &arguments).with_code(0);
    let edits = finished.records_of("context_edited");
    assert!(edits.len() > 1 && edits.iter().all(|edit| edit["reason"] == "pressure"), "{edits:?}");
    let mut limits: Vec<u64> =
        server.requests().iter().filter_map(|request| request.body["max_tokens"].as_u64()).collect();
    limits.sort_unstable();
    limits.dedup();
    // By halves, so that what stands before the messages seldom changes; a summary's is its own.
    assert!(limits.contains(&12_000) && limits.contains(&6_000) && limits.len() <= 4, "{limits:?}");
    replays(&workspace, &session(&finished));
}

#[test]
fn v4_the_requests_of_these_tests_ask_for_nothing_but_messages_and_tools() {
    let server = ModelServer::start(reader(20));
    run_in(16_000, &with_files(20, 6_000), &server, &["read them"]).with_code(0);
    let usual = ["model", "stream", "stream_options", "tools", "messages"];
    for request in server.requests() {
        let fields = request.body.as_object().expect("an object");
        let others: Vec<&String> = fields.keys().filter(|key| !usual.contains(&key.as_str())).collect();
        // A summary may be given a limit. No server edits, no cache marks, no schemas, no state of the server's.
        assert!(others.iter().all(|key| *key == "max_tokens"), "{others:?}");
        for message in request.messages() {
            let known = ["role", "content", "tool_calls", "tool_call_id"];
            assert!(message.as_object().expect("an object").keys().all(|key| known.contains(&key.as_str())));
        }
    }
}

#[test]
fn d3_a_second_window_error_ends_the_turn() {
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("").call("read", json!({"path": "file-1.txt"})))
            .turn(Turn::text("").call("read", json!({"path": "file-2.txt"})))
            .turn(Turn::fault(Fault::WindowExceeded))
            .repeat_last(),
    );
    let finished = run_in(200_000, &with_files(2, 20_000), &server, &["go"]).with_code(5);
    assert_eq!(finished.records_of("turn_ended")[0]["reason"], "window_full");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn d3_a_window_that_is_full_again_at_once_stops_the_turn_with_a_word() {
    // Each call takes most of the room in many short texts, which nothing makes shorter: every summary is followed by the next.
    let mut said = 0;
    let script = Script::responder(move |_, request| {
        if is_summary(request) {
            return Turn::text(SUMMARY);
        }
        said += 1;
        let notes = vec!["word ".repeat(78); 29];
        Turn::text("").call("read", json!({"path": format!("file-{said}.txt"), "notes": notes}))
    });
    let server = ModelServer::start(script);
    let finished = run_in(8_192, &with_files(50, 100), &server, &["go"]).with_code(5);
    let ended = &finished.records_of("turn_ended")[0];
    assert_eq!(ended["reason"], "window_full", "{ended}");
    let failed = &finished.records_of("failed")[0];
    assert!(failed["message"].as_str().is_some_and(|text| text.contains("full again")), "{failed}");
    assert!(server.requests().len() < 30);
}

#[test]
fn x1_a_process_that_ends_anywhere_around_an_edit_leaves_a_whole_session() {
    let workspace = with_files(50, 100);
    let server = ModelServer::start(talker(14, || Turn::text(SUMMARY)));
    let finished = run_in(8_192, &workspace, &server, &["think it through"]).with_code(0);
    let session = session(&finished);
    let log = sessions_directory(&workspace).join(&session).join("transcript.jsonl");
    let whole = fs::read_to_string(&log).expect("the log");
    let lines: Vec<&str> = whole.lines().collect();
    let edited = lines.iter().position(|line| line.contains("\"type\":\"context_edited\"")).expect("an edit");
    // The request for the summary, its usage, the edit, the next request: the process ends behind each of them.
    for cut in edited - 3..edited + 3 {
        let kept = lines[..cut].join("\n") + "\n";
        fs::write(&log, kept).expect("a shorter log");
        let server = ModelServer::start(talker(3, || Turn::text(SUMMARY)));
        let again = run_in(8_192, &workspace, &server, &["--resume", &session, "go on"]).with_code(0);
        let ended = again.records_of("turn_ended").pop().expect("an end");
        assert_eq!(ended["reason"], "done", "cut at {cut}");
        replays(&workspace, &session);
        let edits = fs::read_to_string(&log).expect("the log").matches("\"type\":\"context_edited\"").count();
        assert!(edits >= 1, "cut at {cut}: the window is kept either way");
    }
}

#[test]
fn x1_a_process_that_is_killed_while_it_waits_for_a_summary_has_changed_nothing() {
    let workspace = with_files(50, 100);
    let server = ModelServer::start(talker(50, || Turn::fault(Fault::Stall)));
    let mut command = exec(&workspace, &server);
    command.args(["-c", "models.scripted.window=8192", "--json", "think it through"]);
    let running = spawn(&mut command);
    support::wait_until("the request for a summary", || server.requests().iter().any(is_summary));
    running.signal(Signal::KILL);
    let killed = running.finish(DEADLINE);
    assert!(killed.records_of("context_edited").is_empty());
    let session = session(&killed);
    let server = ModelServer::start(talker(3, || Turn::text(SUMMARY)));
    let again = run_in(8_192, &workspace, &server, &["--resume", &session, "go on"]).with_code(0);
    let edits = again.records_of("context_edited");
    assert_eq!((edits.len(), &edits[0]["kind"]), (1, &json!("summarize")));
    replays(&workspace, &session);
}

#[test]
fn x1_what_was_stored_without_a_record_is_stored_again() {
    let workspace = with_files(12, 20_000);
    let server = ModelServer::start(reader(12));
    let finished = run_in(8_192, &workspace, &server, &["read them"]).with_code(0);
    let session = session(&finished);
    let log = sessions_directory(&workspace).join(&session).join("transcript.jsonl");
    let whole = fs::read_to_string(&log).expect("the log");
    let lines: Vec<&str> = whole.lines().collect();
    let edited = lines.iter().position(|line| line.contains("\"edit\":\"externalize\"")).expect("an edit");
    let first: Value = serde_json::from_str(lines[edited]).expect("a record");
    fs::write(&log, lines[..edited].join("\n") + "\n").expect("a shorter log");
    let server = ModelServer::start(reader(2));
    let again = run_in(8_192, &workspace, &server, &["--resume", &session, "go on"]).with_code(0);
    let second = &again.records_of("context_edited")[0];
    assert_eq!(second["edits"][0], first["edits"][0], "the same text under the same name");
    replays(&workspace, &session);
}

#[test]
fn d7_outside_of_edits_every_request_begins_with_the_one_before() {
    let workspace = with_files(50, 6_000);
    let server = ModelServer::start(reader(50));
    let finished = run_in(32_768, &workspace, &server, &["read them all"]).with_code(0);
    let edits = finished.records_of("context_edited");
    assert!(edits.len() >= 2, "{} edits", edits.len());
    let requests: Vec<Recorded> =
        server.requests().into_iter().filter(|request| !is_summary(request)).collect();
    let open = |request: &Recorded| request.raw.strip_suffix(b"]}").expect("messages come last").to_vec();
    let is_edited = edited_before(&finished.records());
    assert_eq!(is_edited.len(), requests.len());
    let (mut shares, mut breaks) = (Vec::new(), 0);
    for (pair, is_edited) in requests.windows(2).zip(is_edited.iter().skip(1)) {
        let (first, second) = (open(&pair[0]), open(&pair[1]));
        let same = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
        breaks += usize::from(same < first.len());
        if !is_edited {
            shares.push(same * 100 / first.len());
        }
    }
    let least = shares.iter().min().expect("requests without an edit between");
    support::tell(&format!(
        "prefix: of {} requests {} have no edit before them; at least {least} % of the request before is their prefix; {breaks} breaks at {} edits",
        requests.len(),
        shares.len() + 1,
        edits.len(),
    ));
    assert!(*least >= 95, "{shares:?}");
    assert!(breaks <= edits.len(), "X6: an edit breaks the prefix once");
    assert!(shares.len() > requests.len() / 2, "edits come in batches");
}

#[test]
fn s5_the_person_compacts_with_a_focus_and_sees_what_the_cache_knew() {
    let script = Script::responder(|index, request| {
        if is_summary(request) {
            return Turn::text(SUMMARY).usage(5_000, 4_000, 100);
        }
        Turn::text(format!("{}That was answer {index}.", "It is so. ".repeat(400))).usage(5_000, 4_000, 100)
    });
    let server = ModelServer::start(script);
    let terminal = support::open(&workspace(), &server);
    for number in 0..2 {
        terminal.keys(&format!("question {number}<Enter>"));
        terminal.wait_for_text(&format!("That was answer {number}."));
    }
    terminal.keys("/compact the names<Enter>");
    terminal.wait_for_text("context: summarized older messages");
    let asked = server.requests().into_iter().find(is_summary).expect("a request for a summary");
    assert!(asked.last_text("user").expect("a prompt").ends_with("keep above all: the names"));
    terminal.keys("question 2<Enter>");
    terminal.wait_for_text("That was answer 3.");
    let last = server.requests().pop().expect("requests").body.to_string();
    assert!(last.contains("The files are alike.") && last.contains("question 1"), "{last}");
    terminal.keys("/context<Enter>");
    terminal.wait_for_text("the conversation was edited");
    let screen = terminal.screen();
    assert!(screen.contains("summary") && screen.contains("prefix cache:"), "{}", screen.text());
}

/// For each request of a turn, whether the conversation was edited since the one before.
fn edited_before(records: &[Value]) -> Vec<bool> {
    let mut is_edited = false;
    let mut all = Vec::new();
    for record in records {
        match record["type"].as_str() {
            Some("context_edited") => is_edited = true,
            Some("request_sent") => all.push(std::mem::take(&mut is_edited)),
            _other => {}
        }
    }
    all
}

#[test]
fn d3_a_root_of_a_completion_keeps_its_task_and_its_window() {
    let mut blocks = 0;
    let script = Script::responder(move |_, request| {
        if is_summary(request) {
            return Turn::text(SUMMARY);
        }
        blocks += 1;
        if blocks > 16 {
            return Turn::text("```repl\nFINAL(str(len(context)))\n```");
        }
        Turn::text(format!("```repl\nprint('block {blocks} ' + 'and one word more ' * 200)\n```"))
    });
    let server = ModelServer::start(script);
    let workspace = workspace();
    workspace.file("log.txt", "one line\n".repeat(1_000));
    let mut command = workspace.command();
    command.arg("rlm");
    support::point_at(&mut command, &server);
    command.args(["-c", "models.scripted.window=6000", "--json", "--context", "log.txt", "How long is it?"]);
    let finished = spawn(&mut command).finish(DEADLINE).with_code(0);
    let edits = finished.records_of("context_edited");
    assert!(!edits.is_empty(), "{}", finished.stderr);
    // Older outputs go first, and nothing points at a file that a root cannot read.
    assert_eq!(edits[0]["kind"], "clear_results");
    for request in server.requests() {
        assert!(request.raw.len() / 4 <= 6_000 - 750, "request {}", request.index);
        let body = request.body.to_string();
        assert!(
            body.contains("Question: How long is it?") && !body.contains("read blob:"),
            "{}",
            request.index
        );
    }
    replays(&workspace, &session(&finished));
}
