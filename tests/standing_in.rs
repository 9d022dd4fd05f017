//! A model that fails for now: another stands in for the rest of the turn, and an answer that broke off is gone on with.

mod missions;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, Fault, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, open_with, point_at, session_of, workspace};

/// Attempts that do not take long.
const QUICK: [&str; 4] = ["-c", "network.attempts=2", "-c", "network.backoff=0.05"];

fn overloaded() -> Turn {
    Turn::fault(Fault::Overloaded { code: 503 })
}

/// A second vendor of the person's own, which speaks another protocol.
fn with_other(workspace: Workspace, other: &ModelServer) -> Workspace {
    let address = other.base_url();
    let settings = format!(
        "fallback_model = \"spare\"\nfallback_provider = \"other\"\n\
         [providers.other]\nwire = \"anthropic\"\nbase_url = \"{address}\"\n"
    );
    std::fs::create_dir_all(workspace.headwater_home()).expect("a home");
    std::fs::write(workspace.headwater_home().join("config.toml"), settings).expect("settings");
    workspace
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(exec(workspace, server).args(QUICK).args(arguments)).finish(DEADLINE)
}

fn session(finished: &Finished) -> String {
    session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
}

fn kinds(finished: &Finished) -> Vec<String> {
    let kind = |record: &Value| record["type"].as_str().map(str::to_owned);
    finished.records().iter().filter_map(kind).collect()
}

#[track_caller]
fn replays(workspace: &Workspace, session: &str) {
    workspace.run(["replay", session, "--verify"]).with_code(0);
}

#[test]
fn s10_another_vendor_stands_in_for_the_rest_of_the_turn_and_it_is_told() {
    let script = Script::new()
        .turn(
            Turn::text("I look.")
                .thinking("known to the first model alone")
                .call("list", json!({"path": "."})),
        )
        .turn(overloaded())
        .repeat_last();
    let server = ModelServer::start(script);
    let other = ModelServer::start(
        Script::new()
            .turn(Turn::text("").call("list", json!({"path": "src"})))
            .turn(Turn::text("Both agree.")),
    );
    let workspace = with_other(workspace(), &other);
    workspace.file("src/a.txt", "a");
    let finished = run(&workspace, &server, &["--json", "go"]).with_code(0);
    assert_eq!(finished.records_of("turn_ended")[0]["text"], "Both agree.");
    let fell = finished.records_of("fell_back");
    assert_eq!(fell.len(), 1, "once a turn, though it asked twice more: {fell:?}");
    assert_eq!((&fell[0]["from"], &fell[0]["vendor"]), (&json!("llamacpp/scripted"), &json!("other")));
    assert_eq!((&fell[0]["model"]["name"], &fell[0]["kind"]), (&json!("spare"), &json!("overloaded")));
    let asked = other.requests();
    assert_eq!(asked.len(), 2);
    let body = asked[0].body.to_string();
    assert!(body.contains("I look.") && !body.contains("known to the first model alone"), "{body}");
    let first = server.requests().remove(0);
    let names = |tools: &Value, name: &str| -> Vec<String> {
        let tools = tools.as_array().expect("tools").iter();
        tools.map(|tool| tool.pointer(name).and_then(Value::as_str).expect("a name").to_owned()).collect()
    };
    assert_eq!(names(&first.body["tools"], "/function/name"), names(&asked[0].body["tools"], "/name"));
    let session = session(&finished);
    replays(&workspace, &session);

    let again = ModelServer::start(Script::new().turn(Turn::text("I am back.")));
    let second = run(&workspace, &again, &["--json", "--resume", &session, "and now?"]).with_code(0);
    assert_eq!(second.records_of("turn_ended")[0]["text"], "I am back.");
    assert_eq!(second.records_of("model_changed")[0]["model"]["name"], "scripted");
    replays(&workspace, &session);
}

#[test]
fn s10_the_screen_tells_who_stands_in_and_who_answers_again() {
    let script =
        Script::new().turn(Turn::fault(Fault::QuotaExhausted)).turn(Turn::text("The chosen one again."));
    let server = ModelServer::start(script);
    let other = ModelServer::start(Script::new().turn(Turn::text("The spare one.")));
    let workspace = with_other(workspace(), &other);
    let terminal = open_with(&workspace, &server, &QUICK);
    terminal.send("first\r");
    terminal.wait_for_text("The spare one.");
    terminal.wait_for_text("goes on for the rest of");
    terminal.send("second\r");
    terminal.wait_for_text("The chosen one again.");
    terminal.wait_for_text("model llamacpp/scripted");
}

#[test]
fn s10_who_stands_in_may_fail_too_and_a_refusal_is_nobodys_turn() {
    let table = [
        (overloaded(), vec![overloaded()], 6, 1),
        (Turn::fault(Fault::Unauthorized), vec![Turn::text("never")], 6, 0),
        (Turn::fault(Fault::BadRequest { message: "no".into() }), vec![Turn::text("never")], 6, 0),
        (Turn::fault(Fault::RateLimited { retry_after: None }), vec![Turn::text("instead")], 0, 1),
        (Turn::fault(Fault::CutBeforeAnything), vec![Turn::text("instead")], 0, 1),
    ];
    for (first, others, code, times) in table {
        let server = ModelServer::start(Script::new().turn(first.clone()).repeat_last());
        let other = ModelServer::start(others.into_iter().fold(Script::new(), Script::turn).repeat_last());
        let workspace = with_other(workspace(), &other);
        let finished = run(&workspace, &server, &["--json", "go"]).with_code(code);
        assert_eq!(finished.records_of("fell_back").len(), times, "{first:?}");
        assert_eq!(other.requests().is_empty(), times == 0, "{first:?}");
        replays(&workspace, &session(&finished));
    }
}

#[test]
fn w3_s10_a_turn_that_waited_under_another_model_can_have_it_again() {
    let server = ModelServer::start(Script::new().turn(overloaded()).repeat_last());
    let call = Turn::text("I ask.").call("shell", json!({"command": "echo one >> once.txt"}));
    let other = ModelServer::start(Script::new().turn(call).turn(Turn::text("Done by the other.")));
    let workspace = with_other(workspace(), &other);
    let asks = ["-c", "permissions.ask=[\"Bash(echo *)\"]"];
    let waits =
        run(&workspace, &server, &[&asks[..], &["--wait-approval", "--json", "go"]].concat()).with_code(3);
    let session = session(&waits);
    let mut command = workspace.command();
    command.args(["resume", &session, "--approve", "--json"]).args(asks).args(QUICK);
    point_at(&mut command, &server);
    let on = spawn(&mut command).finish(DEADLINE).with_code(0);
    assert_eq!(on.records_of("turn_ended")[0]["text"], "Done by the other.");
    assert_eq!((on.records_of("model_changed").len(), on.records_of("fell_back").len()), (1, 1));
    assert_eq!(workspace.read("once.txt"), "one\n");
    replays(&workspace, &session);
    workspace.run(["conformance", &session]).with_code(0);
}

#[test]
fn s10_a_model_that_cannot_stand_in_is_said_and_the_first_failure_stays() {
    let server = ModelServer::start(Script::new().turn(overloaded()).repeat_last());
    let arguments = ["--fallback-model", "x", "--fallback-provider", "nobody", "go"];
    let finished = run(&workspace(), &server, &arguments).with_code(6);
    assert!(finished.stderr.contains("The fallback model cannot stand in"), "{}", finished.stderr);
    assert!(!["..", "?."].iter().any(|two| finished.stderr.contains(two)), "{}", finished.stderr);
    assert!(finished.stderr.contains("overloaded"), "{}", finished.stderr);
    let same = ["--fallback-model", "scripted", "--json", "go"];
    let finished = run(&workspace(), &server, &same).with_code(6);
    assert!(!kinds(&finished).contains(&"fell_back".to_owned()), "the same model stands in for nobody");
}

#[test]
fn s10_an_answer_that_broke_off_is_gone_on_with_and_told_once() {
    let cut = Turn::text("The first half, and ").deltas_of(4).with_fault(Fault::CutAfterDeltas(3));
    let server = ModelServer::start(Script::new().turn(cut).turn(Turn::text("the second half.")));
    let workspace = workspace();
    let finished = run(&workspace, &server, &["--json", "--deltas", "go"]).with_code(0);
    let said = finished.records_of("assistant_message");
    let (first, second) = (said[0]["text"].as_str().expect("text"), said[1]["text"].as_str().expect("text"));
    assert!(!first.is_empty() && "The first half, and ".starts_with(first), "{first}");
    assert_eq!((said.len(), second), (2, "the second half."));
    assert_eq!(finished.records_of("turn_ended")[0]["text"], format!("{first}{second}"));
    let cuts = finished.records_of("answer_cut");
    assert_eq!((cuts.len(), &cuts[0]["times"], &cuts[0]["kind"]), (1, &json!(1), &json!("cut")));
    let asked = server.requests().pop().expect("requests").body.to_string();
    assert!(asked.contains(first) && asked.contains("Go on from exactly there"), "{asked}");
    let shown: String = finished
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["type"] == "text" || line["delta"] == "text")
        .filter_map(|line| line["text"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(shown, format!("{first}{second}"), "nothing is shown twice");
    replays(&workspace, &session(&finished));
}

#[test]
fn s10_exec_tells_of_both_on_standard_error_and_prints_one_answer() {
    let cut = Turn::text("The first half, and ").deltas_of(4).with_fault(Fault::CutAfterDeltas(3));
    let server = ModelServer::start(Script::new().turn(cut).turn(overloaded()).repeat_last());
    let other = ModelServer::start(Script::new().turn(Turn::text("the rest.")));
    let finished = run(&with_other(workspace(), &other), &server, &["go"]).with_code(0);
    assert!(
        finished.stdout.starts_with("The") && finished.stdout.ends_with("the rest.\n"),
        "{}",
        finished.stdout
    );
    for told in ["the answer broke off", "other/spare goes on for the rest of this turn"] {
        assert_eq!(finished.stderr.matches(told).count(), 1, "{told}\n{}", finished.stderr);
    }
}

#[test]
fn s10_a_call_that_broke_off_is_not_made() {
    let cut = Turn::text("I write.")
        .call("write", json!({"path": "a.txt", "content": "half of what was meant"}))
        .fragments_of(4)
        .with_fault(Fault::CutAfterDeltas(6));
    let server = ModelServer::start(Script::new().turn(cut).turn(Turn::text("Better not.")));
    let workspace = workspace();
    let finished = run(&workspace, &server, &["--json", "go"]).with_code(0);
    assert!(!workspace.has("a.txt") && finished.records_of("tool_called").is_empty());
    assert_eq!(finished.records_of("answer_cut").len(), 1);
    replays(&workspace, &session(&finished));
}

#[test]
fn s10_answers_that_always_break_off_end_the_turn_or_another_model_answers() {
    let server = || {
        let cut = Turn::text("and on, and on, and on").deltas_of(4).with_fault(Fault::CutAfterDeltas(4));
        ModelServer::start(Script::new().turn(cut).repeat_last())
    };
    let (alone, workspace_alone) = (server(), workspace());
    let finished = run(&workspace_alone, &alone, &["--json", "go"]).with_code(6);
    assert_eq!((finished.records_of("answer_cut").len(), alone.requests().len()), (4, 4));
    replays(&workspace_alone, &session(&finished));
    let other = ModelServer::start(Script::new().turn(Turn::text(" and to the end.")));
    let workspace = with_other(workspace(), &other);
    let finished = run(&workspace, &server(), &["--json", "go"]).with_code(0);
    let text = finished.records_of("turn_ended")[0]["text"].as_str().expect("text").to_owned();
    assert!(text.starts_with("and on") && text.ends_with(" and to the end."), "{text}");
    replays(&workspace, &session(&finished));
}
