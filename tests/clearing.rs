//! Old results that the server clears (HARNESS S5, X5, V1): the plan is the same, the model reads the same, and what the
//! server does is held against the plan.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{
    CLEARED, Clearing, DEADLINE, ModelServer, Recorded, Script, Terminal, Turn, Workspace,
};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, screen, session_of, workspace};

const FILES: usize = 44;
const WINDOW: &str = "models.scripted.window=16384";

fn with_files() -> Workspace {
    let workspace = workspace();
    for number in 1..=FILES {
        let line = format!("file {number} has one line after another, and each of them is like the others\n");
        workspace.file(format!("file-{number}.txt"), line.repeat(2_400 / line.len()));
    }
    workspace.file("small.txt", "short\n").file("few/one.txt", "1\n");
    workspace
}

fn is_summary(request: &Recorded) -> bool {
    request.last_text("user").is_some_and(|text| text.contains("## Open questions"))
}

/// A message with one word for whatever stands in the place of a cleared result.
fn plain(message: &Value) -> Value {
    let mut message = message.clone();
    for block in message["content"].as_array_mut().into_iter().flatten() {
        let is_placeholder = block["content"].as_str().is_some_and(|text| text == CLEARED || is_ours(text));
        if block["type"] == "tool_result" && is_placeholder {
            block["content"] = json!("cleared");
        }
    }
    message
}

/// Whether a result is the placeholder that is documented in docs/ARCHITECTURE.md.
fn is_ours(text: &str) -> bool {
    text.starts_with('[')
        && text.contains(" bytes of an older result were cleared to save room")
        && text.ends_with("Call again if you still need it.]")
}

/// What the model reads, but for the words of placeholders.
fn read_by_model(request: &Recorded) -> Vec<Value> {
    request.seen().iter().map(plain).collect()
}

/// Answers with calls, one request after another, then says that it is done. What is reported is what the model reads, and
/// the same whatever the placeholders' words.
fn caller(calls: impl Fn(usize) -> Option<(&'static str, Value)> + Send + 'static) -> Script {
    let mut asked = 0;
    Script::responder(move |_, request| {
        let bytes =
            Value::from(read_by_model(request)).to_string().len() + request.body["tools"].to_string().len();
        let turn = if is_summary(request) {
            Turn::text("## Goal\nRead.\n\n## Facts\nAll alike.")
        } else {
            asked += 1;
            match calls(asked) {
                Some((name, input)) => Turn::text("").call(name, input),
                None => Turn::text("All are read."),
            }
        };
        turn.usage(bytes as u64 / 4, 0, 20)
    })
}

fn file(number: usize) -> Value {
    json!({"path": format!("file-{number}.txt")})
}

/// Reads every file.
fn reader() -> Script {
    caller(|asked| (asked <= FILES).then(|| ("read", file(asked))))
}

fn settings(clears: &str) -> [String; 6] {
    let own = |setting: &str| format!("providers.llamacpp.{setting}");
    let (wire, clears) = (own("wire=anthropic"), own(&format!("clears_results={clears}")));
    ["-c".into(), wire, "-c".into(), clears, "-c".into(), WINDOW.into()]
}

fn run(workspace: &Workspace, server: &ModelServer, clears: &str, arguments: &[&str]) -> Finished {
    let mut command = exec(workspace, server);
    command.args(settings(clears)).args(["-c", "limits.max_steps=500", "--json"]).args(arguments);
    spawn(&mut command).finish(DEADLINE)
}

fn replays(workspace: &Workspace, finished: &Finished) -> String {
    let session = session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    workspace.run(["replay", &session, "--verify"]).with_code(0);
    session
}

fn edit_of(request: &Recorded) -> Option<&Value> {
    request.body.get("context_management").map(|management| &management["edits"][0])
}

/// A request without what closes it: the brackets, and what is to be done with the messages.
fn open_body(request: &Recorded) -> &[u8] {
    let raw: &[u8] = &request.raw;
    let closing = b"],\"context_management\":";
    let end = raw.windows(closing.len()).rposition(|window| window == closing);
    end.map_or_else(|| raw.strip_suffix(b"]}").expect("messages come last"), |end| &raw[..end])
}

/// The requests that do not begin with the one before.
fn broken(requests: &[Recorded]) -> Vec<usize> {
    let pairs = requests.windows(2).enumerate();
    pairs
        .filter(|(_, pair)| !pair[1].raw.starts_with(open_body(&pair[0])))
        .map(|(number, _)| number + 1)
        .collect()
}

/// The requests before which the conversation was edited.
fn edited_before(finished: &Finished) -> Vec<usize> {
    let (mut requests, mut edited) = (0, Vec::new());
    for record in finished.records() {
        match record["type"].as_str().expect("a type") {
            "request_sent" => requests += 1,
            "context_edited" => edited.push(requests),
            _other => {}
        }
    }
    edited
}

fn tokens(finished: &Finished, kind: &str, field: &str) -> Vec<u64> {
    finished.records_of(kind).iter().map(|record| record[field].as_u64().unwrap_or(0)).collect()
}

fn contents(request: &Recorded) -> String {
    Value::from(request.messages().to_vec()).to_string()
}

/// The messages without the calls' ids, which the scripted server counts by requests.
fn without_ids(request: &Recorded) -> Vec<Value> {
    let mut messages = request.messages().to_vec();
    for block in messages.iter_mut().flat_map(|message| message["content"].as_array_mut().expect("blocks")) {
        let block = block.as_object_mut().expect("a block");
        for name in ["id", "tool_use_id"] {
            block.remove(name);
        }
    }
    messages
}

/// The same task with the clearing left to the server and without: the first server's log comes first.
fn both(script: fn() -> Script) -> [(Workspace, ModelServer, Finished); 2] {
    ["true", "false"].map(|clears| {
        let (workspace, server) = (with_files(), ModelServer::start(script()));
        let finished = run(&workspace, &server, clears, &["read them all"]).with_code(0);
        assert_eq!(finished.records_of("turn_ended")[0]["text"], "All are read.");
        (workspace, server, finished)
    })
}

/// Demands that the model read the same in both runs, that both made the same plans, and that both measured the same.
fn assert_same(by_server: &(Workspace, ModelServer, Finished), here: &(Workspace, ModelServer, Finished)) {
    let (ours, theirs) = (by_server.1.requests(), here.1.requests());
    assert_eq!(ours.len(), theirs.len());
    for (one, other) in ours.iter().zip(&theirs) {
        assert_eq!(read_by_model(one), read_by_model(other), "request {}", one.index);
    }
    for (kind, fields) in [("context_edited", ["before", "after"]), ("request_sent", ["tokens", "step"])] {
        for field in fields {
            assert_eq!(tokens(&by_server.2, kind, field), tokens(&here.2, kind, field), "{kind}.{field}");
        }
    }
    let plans = |run: &Finished| -> Vec<Value> {
        run.records_of("context_edited").iter().map(|edit| edit["edits"].clone()).collect()
    };
    assert_eq!(plans(&by_server.2), plans(&here.2), "the plan does not depend on who carries it out");
}

/// Demands that the server be told of each plan, that it clear what the plan says, and that it be sent the rest whole.
fn assert_delegated(server: &ModelServer, finished: &Finished) {
    let edits = edited_before(finished);
    assert!(edits.len() >= 2, "a second plan goes on from the first: {edits:?}");
    let delegated = finished.records_of("clearing_delegated");
    assert_eq!(delegated.len(), edits.len());
    let mut results = 0;
    for (number, request) in server.requests().iter().enumerate() {
        // As many are cleared as the last plan said, and all others of the request are kept.
        if let Some(plan) = edits.iter().rposition(|before| *before <= number) {
            results = delegated[plan]["results"].as_u64().expect("a count");
            let keep = json!({"type": "tool_uses", "value": number as u64 - results});
            let expected = json!({"type": "clear_tool_uses_20250919", "trigger": keep, "keep": keep});
            assert_eq!(edit_of(request), Some(&expected), "request {number}");
            assert_eq!(request.header("anthropic-beta"), Some("context-management-2025-06-27"));
        } else {
            assert_eq!((edit_of(request), request.header("anthropic-beta")), (None, None));
        }
        assert!(!contents(request).contains("were cleared to save room"), "request {number} is whole");
        let seen = request.seen().iter().flat_map(|message| message["content"].as_array().expect("blocks"));
        assert_eq!(seen.filter(|block| block["content"] == CLEARED).count() as u64, results, "{number}");
    }
    assert!(finished.records_of("clearing_withdrawn").is_empty());
    for (number, cleared) in tokens(finished, "usage_reported", "cleared").into_iter().enumerate() {
        assert_eq!(cleared > 0, number >= edits[0], "request {number}: the server says what it cleared");
    }
}

#[test]
fn s5_x5_what_the_server_clears_reads_like_what_is_cleared_here() {
    let [by_server, here] = both(reader);
    assert_same(&by_server, &here);
    let (workspace, server, finished) = by_server;
    assert_delegated(&server, &finished);
    assert!(here.2.records_of("clearing_delegated").is_empty());
    assert!(here.1.requests().iter().all(|request| edit_of(request).is_none()));
    replays(&here.0, &here.2);

    // The bytes grow at their end, over the edits too, and in another process.
    let session = replays(&workspace, &finished);
    let more = run(&workspace, &server, "true", &["--resume", &session, "and now?"]).with_code(0);
    assert_eq!(more.records_of("turn_ended").last().expect("an end")["text"], "All are read.");
    let requests = server.requests();
    assert_eq!(broken(&requests), Vec::<usize>::new());
    assert_eq!(
        edit_of(requests.last().expect("one")).map(|edit| &edit["type"]),
        Some(&json!("clear_tool_uses_20250919"))
    );
    // Cleared here, they change at each edit and nowhere else.
    assert_eq!(broken(&here.1.requests()), edited_before(&here.2));
    replays(&workspace, &more);
}

#[test]
fn s5_x5_tools_whose_results_stay_are_excluded_by_name() {
    let script = || {
        caller(|asked| match (asked % 3, asked) {
            (_, asked) if asked > FILES => None,
            (1, _) => Some(("list", json!({"path": "few"}))),
            (_, asked) => Some(("read", file(asked))),
        })
    };
    let [by_server, here] = both(script);
    assert_same(&by_server, &here);
    let requests = by_server.1.requests();
    let edits: Vec<&Value> = requests.iter().filter_map(edit_of).collect();
    assert!(
        !edits.is_empty() && edits.iter().all(|edit| edit["exclude_tools"] == json!(["list"])),
        "{edits:?}"
    );
    assert!(by_server.2.records_of("clearing_withdrawn").is_empty());
    replays(&by_server.0, &by_server.2);
}

#[test]
fn s5_x5_what_cannot_be_told_to_a_server_is_cleared_here() {
    // Of the same tool some results are long and some are short: these stay, and no server could be told so.
    let script = || {
        caller(|asked| match (asked % 3, asked) {
            (_, asked) if asked > FILES => None,
            (1, _) => Some(("read", json!({"path": "small.txt"}))),
            (_, asked) => Some(("read", file(asked))),
        })
    };
    let [by_server, here] = both(script);
    assert_same(&by_server, &here);
    assert!(!by_server.2.records_of("context_edited").is_empty());
    assert!(by_server.2.records_of("clearing_delegated").is_empty());
    for (one, other) in by_server.1.requests().iter().zip(here.1.requests()) {
        assert!(one.messages() == other.messages(), "request {}", one.index);
        assert_eq!((edit_of(one), one.header("anthropic-beta")), (None, None));
    }
    replays(&by_server.0, &by_server.2);
}

#[test]
fn v1_s5_a_server_that_refuses_gets_the_results_cleared_here_and_is_not_asked_again() {
    let (workspace, server) = (with_files(), ModelServer::start(reader()));
    server.clears(Clearing::Refused);
    let finished = run(&workspace, &server, "true", &["read them all"]).with_code(0);
    assert_eq!(finished.records_of("turn_ended")[0]["text"], "All are read.");
    let withdrawn = finished.records_of("clearing_withdrawn");
    assert_eq!((withdrawn.len(), &withdrawn[0]["cause"]), (1, &json!("refused")));
    let detail = withdrawn[0]["detail"].as_str().expect("a sentence");
    assert!(detail.contains("context_management: Extra inputs are not permitted"), "{detail}");
    assert!(finished.records_of("failed").is_empty());
    assert!(edited_before(&finished).len() >= 2, "later plans are not left to it");
    assert_eq!(finished.records_of("clearing_delegated").len(), 1);
    let requests = server.requests();
    let asked: Vec<usize> =
        requests.iter().filter(|request| edit_of(request).is_some()).map(|request| request.index).collect();
    assert_eq!(asked, [edited_before(&finished)[0]], "asked once");
    assert_eq!(requests.len(), finished.records_of("request_sent").len() + 1);
    assert!(contents(&requests[asked[0] + 1]).contains("were cleared to save room"));
    // What the model reads is what it reads where nothing is left to a server.
    let (other_place, other) = (with_files(), ModelServer::start(reader()));
    run(&other_place, &other, "false", &["read them all"]).with_code(0);
    let answered = requests.iter().filter(|request| request.index != asked[0]);
    for (one, other) in answered.zip(other.requests()) {
        assert!(without_ids(one) == without_ids(&other), "request {}", one.index);
    }
    replays(&workspace, &finished);
}

#[test]
fn s5_what_a_server_cleared_is_held_against_the_plan_and_a_difference_is_no_failure() {
    let [_, here] = both(reader);
    for (clearing, said) in [(Clearing::Ignored, 0), (Clearing::OneFewer, 1)] {
        let (workspace, server) = (with_files(), ModelServer::start(reader()));
        server.clears(clearing);
        let finished = run(&workspace, &server, "true", &["read them all"]).with_code(0);
        assert_eq!(finished.records_of("turn_ended")[0]["text"], "All are read.", "{clearing:?}");
        let withdrawn = finished.records_of("clearing_withdrawn");
        assert_eq!((withdrawn.len(), &withdrawn[0]["cause"]), (1, &json!("differs")), "{clearing:?}");
        let planned = withdrawn[0]["planned"].as_u64().expect("a count");
        assert_eq!(planned, finished.records_of("clearing_delegated")[0]["results"], "{clearing:?}");
        let expected = if said == 0 { 0 } else { planned - said };
        assert_eq!(withdrawn[0]["cleared"], expected, "{clearing:?}");
        let requests = server.requests();
        let asked = requests.iter().filter(|request| edit_of(request).is_some()).count();
        assert_eq!((asked, finished.records_of("clearing_delegated").len()), (1, 1), "{clearing:?}");
        // What it counted was another prompt: the estimates go on as where nothing was left to it.
        let first = edited_before(&finished)[0];
        let sent = |run: &Finished| tokens(run, "request_sent", "tokens")[..first + 8].to_vec();
        for (one, other) in sent(&finished).into_iter().zip(sent(&here.2)) {
            assert!(one.abs_diff(other) * 4 <= other, "{clearing:?}: {one} and {other} tokens");
        }
        replays(&workspace, &finished);
    }
}

#[test]
fn s5_a_person_sees_who_clears_and_a_summary_goes_on_from_what_was_cleared() {
    let (workspace, server) = (with_files(), ModelServer::start(reader()));
    let mut command = screen(&workspace, &server);
    let terminal = Terminal::start(command.args(settings("true")), 100, 40);
    terminal.wait_for_text("What is to be done?");
    terminal.keys("read them all<Enter>");
    terminal.wait_for_text("All are read.");
    terminal.keys("/context<Enter>");
    terminal.wait_for_text("cleared by the server,");
    terminal.keys("<Esc>");
    terminal.keys("/compact<Enter>");
    terminal.wait_for_text("context: summarized older messages");
    terminal.keys("<C-d>");
    let requests = server.requests();
    let (summary, last) = (&requests[requests.len() - 1], &requests[requests.len() - 2]);
    assert!(is_summary(summary) && edit_of(summary).is_some(), "it begins with what the server has cached");
    let messages = Value::from(summary.seen()[..last.messages().len() - 1].to_vec());
    assert_eq!(messages, Value::from(last.seen()[..last.messages().len() - 1].to_vec()));
}
