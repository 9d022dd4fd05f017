//! Traces: what a collector is sent, and that a run minds nothing that a collector does.

use std::process::Command;
use std::time::{Duration, Instant};

use headwater_testkit::collector::{Span, spans_of_json};
use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{
    AtBest, Collector, Conduct, DEADLINE, ModelServer, Recorded, Script, Turn, Workspace,
};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, open_with, session_of, workspace};

/// A turn with two calls, one of which fails.
fn script() -> Script {
    Script::new()
        .turn(
            Turn::text("I look.")
                .call("read", json!({"path": "notes.txt"}))
                .call("read", json!({"path": "absent.txt"}))
                .usage(100, 80, 7),
        )
        .turn(Turn::text("It is about rivers.").usage(150, 100, 9))
        .repeat_last()
}

fn set_up() -> (Workspace, ModelServer) {
    let workspace = workspace();
    workspace.file("notes.txt", "The Danube is long.\n");
    (workspace, ModelServer::start(script()))
}

fn traced(workspace: &Workspace, server: &ModelServer, endpoint: &str) -> Command {
    let mut command = exec(workspace, server);
    command.args(["-c", "telemetry.enabled=true", "-c", &format!("telemetry.otlp_endpoint={endpoint}")]);
    command
}

fn run(command: &mut Command) -> Finished {
    spawn(command).finish(DEADLINE)
}

#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert!(!found.is_empty(), "{name} in {names:?}");
    found
}

#[track_caller]
fn assert_below(child: &Span, parent: &Span) {
    assert_eq!((&child.parent, &child.trace), (&parent.id, &parent.trace), "{} {}", child.name, parent.name);
}

#[test]
fn a6_a_turn_is_exported_as_a_tree_of_spans() {
    let ((workspace, server), collector) = (set_up(), Collector::start(Conduct::Takes));
    run(traced(&workspace, &server, &collector.endpoint()).arg("What are the notes about?")).with_code(0);
    let spans = collector.spans();
    let agent = named(&spans, "invoke_agent headwater")[0];
    assert_eq!((agent.parent.as_str(), agent.get("headwater.end")), ("", json!("done")));
    let chats = named(&spans, "chat scripted");
    let reads = named(&spans, "execute_tool read");
    assert_eq!((spans.len(), chats.len(), reads.len()), (5, 2, 2));
    for below in chats.iter().chain(&reads) {
        assert_below(below, agent);
        assert!(below.start >= agent.start && below.end <= agent.end && below.start <= below.end);
        assert_eq!(below.get("gen_ai.conversation.id"), agent.get("gen_ai.conversation.id"));
    }
    assert_eq!(chats[0].kind, 3, "a request is a call of something else");
    let said = [
        (chats[0], "gen_ai.request.model", json!("scripted")),
        (chats[0], "gen_ai.response.model", json!("scripted")),
        (chats[0], "gen_ai.usage.input_tokens", json!(100)),
        (chats[0], "gen_ai.response.finish_reasons", json!(["tool_calls"])),
        (chats[0], "gen_ai.provider.name", agent.get("gen_ai.provider.name")),
        (agent, "gen_ai.usage.output_tokens", json!(16)),
    ];
    for (span, name, expected) in said {
        assert_eq!(span.get(name), expected, "{} {name}", span.name);
    }
    let failed: Vec<&&Span> = reads.iter().filter(|span| span.is_error).collect();
    assert!(matches!(failed.as_slice(), [one] if one.get("error.type") == "tool_error"), "{failed:?}");
    assert_eq!(agent.resource.get("service.name"), Some(&json!("headwater")));
    let all = format!("{spans:?}");
    for text in ["notes", "Danube", "rivers", "I look"] {
        assert!(!all.contains(text), "{text} was exported");
    }
    let request = &collector.requests()[0];
    assert_eq!(
        (request[":path"].as_str(), request["content-type"].as_str()),
        ("/v1/traces", "application/x-protobuf")
    );
}

#[test]
fn a6_the_variables_of_the_specification_are_honoured_and_texts_are_opt_in() {
    let ((workspace, server), collector) = (set_up(), Collector::start(Conduct::Takes));
    let mut command = exec(&workspace, &server);
    command
        .args(["-c", "telemetry.enabled=true", "-c", "telemetry.content=true"])
        .args(["-c", "telemetry.otlp_endpoint=http://127.0.0.1:1", "What are the notes about?"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=rivers%20and%20lakes")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
        .env("OTEL_SERVICE_NAME", "my agent");
    run(&mut command).with_code(0);
    let spans = collector.spans();
    let agent = named(&spans, "invoke_agent headwater")[0];
    assert_eq!(agent.resource.get("service.name"), Some(&json!("my agent")));
    let request = &collector.requests()[0];
    assert_eq!(
        (request["x-tenant"].as_str(), request["content-type"].as_str()),
        ("rivers and lakes", "application/json")
    );
    let asked = agent.get("gen_ai.input.messages");
    assert!(asked.as_str().is_some_and(|text| text.contains("What are the notes about?")), "{asked}");
    let results: Vec<_> =
        named(&spans, "execute_tool read").iter().map(|span| span.get("gen_ai.tool.call.result")).collect();
    assert!(
        results.iter().any(|text| text.as_str().is_some_and(|text| text.contains("Danube"))),
        "{results:?}"
    );
}

#[test]
fn a6_nothing_is_exported_unless_the_person_says_so() {
    let ((workspace, server), collector) = (set_up(), Collector::start(Conduct::Takes));
    let mut command = exec(&workspace, &server);
    command.arg("What?").env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint());
    run(&mut command).with_code(0);
    assert_eq!(collector.requests().len(), 0);
}

#[test]
fn a6_a_resumed_session_sends_its_own_turn_alone_and_a_recorded_one_has_the_same_spans() {
    let ((workspace, server), collector) = (set_up(), Collector::start(Conduct::Takes));
    let first =
        run(traced(&workspace, &server, &collector.endpoint()).args(["--json", "What?"])).with_code(0);
    let session = session_of(&first.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let before = collector.spans().len();
    run(traced(&workspace, &server, &collector.endpoint()).args(["--resume", &session, "And?"])).with_code(0);
    let live = collector.spans();
    let agents = named(&live, "invoke_agent headwater");
    assert_eq!((before, live.len(), agents.len()), (5, 7, 2));
    assert_ne!(agents[0].trace, agents[1].trace, "a trace for each turn");
    assert_eq!(agents[1].get("headwater.turn"), 2);
    let recorded = spans_of_json(exported(&workspace, &session).as_bytes()).expect("OTLP/JSON");
    assert_eq!(keys(&recorded), keys(&live));
}

#[test]
fn a6_a_mission_and_its_children_hang_below_the_turn_that_asked() {
    let (workspace, collector) = (workspace(), Collector::start(Conduct::Takes));
    let mut command = workspace.command();
    command.args(["exec", "--provider", "demo", "--mode", "recursive", "--approve-mission"]);
    command.args([
        "-c",
        "telemetry.enabled=true",
        "-c",
        &format!("telemetry.otlp_endpoint={}", collector.endpoint()),
    ]);
    spawn(&mut command).finish(DEADLINE).with_code(0);
    let spans = collector.spans();
    let by_id = |id: &str| spans.iter().find(|span| span.id == id);
    let (agent, mission) =
        (named(&spans, "invoke_agent headwater")[0], named(&spans, "invoke_agent mission")[0]);
    assert_below(mission, agent);
    let blocks = named(&spans, "execute_tool repl");
    for block in &blocks {
        assert_below(block, mission);
    }
    let children: Vec<&Span> = spans.iter().filter(|span| span.get("headwater.purpose") == "llm").collect();
    assert!(!children.is_empty(), "the blocks ask children");
    for child in &children {
        assert!(by_id(&child.parent).is_some_and(|parent| parent.name == "execute_tool repl"), "{child:?}");
    }
    for span in &spans {
        assert_eq!(span.trace, agent.trace, "{}", span.name);
        assert!(span.id == agent.id || by_id(&span.parent).is_some(), "{} hangs in the air", span.name);
    }
}

#[test]
fn a6_what_sub_agents_do_hangs_below_the_calls_that_asked_for_them() {
    let (workspace, collector) = (workspace(), Collector::start(Conduct::Takes));
    workspace.file("notes.txt", "The Danube is long.\n");
    let of_sub_agent =
        |request: &Recorded| request.body["messages"].to_string().contains("You are a sub-agent");
    let results =
        |request: &Recorded| request.messages().iter().filter(|said| said["role"] == "tool").count();
    let task = |prompt: &str| json!({"description": "Look around here", "prompt": prompt});
    let server = ModelServer::start(Script::responder(move |_, request| {
        match (of_sub_agent(request), results(request)) {
            (true, 0) => Turn::text("").call("read", json!({"path": "notes.txt"})),
            (true, _) => Turn::text("It is about rivers."),
            (false, 0) => Turn::text("").call("task", task("one")).call("task", task("two")),
            (false, _) => Turn::text("Both say rivers."),
        }
    }));
    let mut command = traced(&workspace, &server, &collector.endpoint());
    let finished = run(command.args(["--json", "What are the notes about?"])).with_code(0);
    let live = collector.spans();
    let (agent, calls) = (named(&live, "invoke_agent headwater")[0], named(&live, "execute_tool task"));
    let (below, reads) = (named(&live, "invoke_agent general"), named(&live, "execute_tool read"));
    assert_eq!((calls.len(), below.len(), reads.len()), (2, 2, 2));
    for call in &calls {
        assert_below(call, agent);
        let asked: Vec<&&Span> = below.iter().filter(|span| span.parent == call.id).collect();
        assert!(
            matches!(asked.as_slice(), [one] if one.start >= call.start && one.end <= call.end),
            "{asked:?}"
        );
        assert_ne!(asked[0].get("gen_ai.conversation.id"), agent.get("gen_ai.conversation.id"));
        let reads = reads.iter().filter(|read| read.parent == asked[0].id).count();
        let chats =
            live.iter().filter(|span| span.name == "chat scripted" && span.parent == asked[0].id).count();
        assert_eq!((reads, chats), (1, 2), "what the sub-agent did");
    }
    let session = session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let recorded = spans_of_json(exported(&workspace, &session).as_bytes()).expect("OTLP/JSON");
    assert_eq!(keys(&recorded), keys(&live), "the logs give the same tree");
}

fn exported(workspace: &Workspace, session: &str) -> String {
    run(workspace.command().args(["sessions", "export", session, "--format", "otlp"])).with_code(0).stdout
}

/// What tells spans apart, in order.
fn keys(spans: &[Span]) -> Vec<(u64, String, String, String)> {
    let key = |span: &Span| (span.start, span.id.clone(), span.parent.clone(), span.name.clone());
    let mut keys: Vec<_> = spans.iter().map(key).collect();
    keys.sort();
    keys
}

#[test]
fn p6_a_run_minds_nothing_that_a_collector_does() {
    let (workspace, server) = set_up();
    let plain = run(exec(&workspace, &server).arg("What are the notes about?")).with_code(0);
    let dead = headwater_testkit::server::refused_base_url().replace("/v1", "");
    let collectors = [Conduct::Hangs, Conduct::Answers(500), Conduct::Answers(401)].map(Collector::start);
    let mut endpoints: Vec<String> = collectors.iter().map(Collector::endpoint).collect();
    endpoints.extend([dead, "no address".to_owned()]);
    for endpoint in endpoints {
        let mut figure = AtBest::within(Duration::from_secs(6));
        while figure.is_open() {
            let server = ModelServer::start(script());
            let finished = run(traced(&workspace, &server, &endpoint).arg("What are the notes about?"));
            let finished = finished.with_code(0);
            assert_eq!(finished.stdout, plain.stdout, "{endpoint}");
            figure.took(finished.took.saturating_sub(plain.took));
        }
    }
    assert!(collectors.iter().all(|collector| !collector.requests().is_empty()), "each was asked");
}

#[test]
fn a6_the_doctor_says_whether_a_collector_takes_spans() {
    let (workspace, collector) = (workspace(), Collector::start(Conduct::Takes));
    let refusing = Collector::start(Conduct::Answers(403));
    let told = |endpoint: Option<String>| {
        let mut command = workspace.command();
        command.args(["doctor", "--json"]);
        if let Some(endpoint) = endpoint {
            command.args([
                "-c",
                "telemetry.enabled=true",
                "-c",
                &format!("telemetry.otlp_endpoint={endpoint}"),
            ]);
        }
        let finished = spawn(&mut command).finish(DEADLINE);
        let report: Value = serde_json::from_str(&finished.stdout).expect("a report");
        let sections = report["sections"].as_array().expect("sections").clone();
        let traces = sections.into_iter().find(|section| section["name"] == "traces").expect("the section");
        (traces["findings"][0]["status"].clone(), traces["findings"][0]["detail"].clone())
    };
    assert_eq!(told(None).0, "ok");
    assert_eq!(told(Some(collector.endpoint())), (json!("ok"), json!("took an empty request")));
    let (status, detail) = told(Some(refusing.endpoint()));
    assert!(status == "problem" && detail.as_str().is_some_and(|text| text.contains("403")), "{detail}");
}

#[test]
fn p6_that_spans_are_lost_is_told_once_while_the_run_goes_on() {
    let workspace = workspace();
    let steps = 4;
    let server = ModelServer::start(Script::responder(move |index, _| {
        if index < steps {
            Turn::text("").call("shell", json!({"command": format!("sleep 1; echo {index}")}))
        } else {
            Turn::text("Done.")
        }
    }));
    let collector = Collector::start(Conduct::Answers(403));
    let finished =
        run(traced(&workspace, &server, &collector.endpoint()).args(["--json", "go"])).with_code(0);
    assert_eq!(
        finished.stderr.matches("The trace collector takes no spans").count(),
        1,
        "{}",
        finished.stderr
    );
    assert!(collector.requests().len() > 1, "it is tried again");
    let last = finished.records().pop().expect("records");
    assert_eq!((&last["type"], &last["reason"]), (&json!("turn_ended"), &json!("done")));
}

#[test]
fn p6_the_screen_is_left_promptly_whatever_the_collector_does() {
    let collector = Collector::start(Conduct::Hangs);
    let endpoint = format!("telemetry.otlp_endpoint={}", collector.endpoint());
    let mut figure = AtBest::within(Duration::from_secs(8));
    while figure.is_open() {
        let (workspace, server) = set_up();
        let terminal = open_with(&workspace, &server, &["-c", "telemetry.enabled=true", "-c", &endpoint]);
        terminal.keys("What are the notes about?<Enter>");
        terminal.wait_for_text("It is about rivers.");
        let began = Instant::now();
        terminal.keys("<C-d>");
        assert_eq!(terminal.wait_exit().code, 0);
        figure.took(began.elapsed());
    }
}
