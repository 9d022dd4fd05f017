//! Every wire drives the whole program: tools run, the log is the same, and it can be carried on over another wire.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn};
use serde_json::{Value, json};

use crate::support::{self, WithCode as _};

const WIRES: [&str; 3] = ["openai-chat", "openai-responses", "anthropic"];

/// The events of a run without what differs from run to run.
fn kinds(records: &[Value]) -> Vec<String> {
    let kind = |record: &Value| {
        let (kind, text) =
            (record["type"].as_str().unwrap_or_default(), record["text"].as_str().unwrap_or_default());
        let is_said = ["assistant_message", "tool_returned", "turn_ended"].contains(&kind);
        format!("{kind} {}", if is_said { text } else { "" })
    };
    records.iter().map(kind).collect()
}

fn script() -> Script {
    Script::new().turns([
        Turn::text("Reading.")
            .thinking("Let me look.")
            .call("read", json!({"path": "a.txt"}))
            .call("list", json!({"path": "."})),
        Turn::text("Writing.")
            .thinking("Now write.")
            .call("write", json!({"path": "b.txt", "content": "größer\n"})),
        Turn::text("Done: größer."),
    ])
}

#[test]
fn v2_the_same_session_over_every_wire_gives_the_same_log() {
    let mut found: Vec<(&str, Vec<String>)> = Vec::new();
    for wire in WIRES {
        let (server, workspace) = (ModelServer::start(script()), support::workspace());
        workspace.file("a.txt", "one\n");
        let mut command = workspace.command();
        command.args(["exec", "--json", "--mode", "yolo", "--provider", "mine", "--model", "scripted"]);
        command.args(over(wire, &server)).arg("Copy it.");
        let done = spawn(&mut command).finish(DEADLINE).with_code(0);
        let lines: Vec<String> = done.stdout.lines().map(str::to_owned).collect();
        assert_eq!(workspace.read("b.txt"), "größer\n", "{wire}");
        workspace.run(["replay", &support::session_of(&lines), "--verify"]).with_code(0);
        found.push((wire, kinds(&done.records())));
    }
    for (wire, log) in &found {
        assert_eq!(log, &found[0].1, "{wire} and {}", found[0].0);
    }
}

/// Our log is the truth on every wire: it is carried on over another, by another server, and the reasoning that one model
/// sealed does not reach the next.
#[test]
fn m1_v1_a_session_goes_on_over_another_wire_without_the_reasoning_of_the_first() {
    let workspace = support::workspace();
    workspace.file("a.txt", "one\n");
    let mut session: Option<String> = None;
    for (wire, seal) in WIRES.into_iter().zip(["Let me look.", "sealed-", "signature-"]) {
        let server = ModelServer::start(script());
        let mut command = workspace.command();
        command.args(["exec", "--json", "--mode", "yolo", "--provider", "mine"]);
        command.args(["--model", wire]).args(over(wire, &server));
        if let Some(session) = &session {
            command.args(["--resume", session]);
        }
        let done = spawn(command.arg("Copy it.")).finish(DEADLINE).with_code(0);
        session.get_or_insert_with(|| {
            support::session_of(&done.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
        });
        let requests = server.requests();
        let body = |index: usize| String::from_utf8_lossy(&requests[index].raw).into_owned();
        for foreign in ["Let me look.", "sealed-", "signature-"] {
            assert!(!body(0).contains(foreign), "{wire}: {}", body(0));
        }
        // The plain wire echoes reasoning to vendors that want it alone; the others seal it.
        assert_eq!(body(1).contains(seal), wire != "openai-chat", "{wire}: {}", body(1));
    }
    workspace.run(["replay", &session.unwrap(), "--verify"]).with_code(0);
}

fn over(wire: &str, server: &ModelServer) -> [String; 4] {
    let set = |key: &str, value: &str| format!("providers.mine.{key}=\"{value}\"");
    ["-c".to_owned(), set("wire", wire), "-c".to_owned(), set("base_url", &server.base_url())]
}

#[test]
fn d7_what_is_written_into_a_cache_has_its_own_price() {
    let turn = Turn::text("Done.").usage(1_000_000, 400_000, 10).cache_written(500_000);
    let (server, workspace) = (ModelServer::start(Script::new().turn(turn)), support::workspace());
    let mut command = workspace.command();
    command
        .args(["exec", "--json", "--provider", "mine", "--model", "scripted"])
        .args(over("anthropic", &server));
    for (name, price) in [("input", "4.0"), ("output", "20.0"), ("cache_read", "0.4"), ("cache_write", "5.0")]
    {
        command.arg("-c").arg(format!("models.scripted.price.{name}={price}"));
    }
    let done =
        spawn(command.args(["-c", "models.scripted.window=2000000", "go"])).finish(DEADLINE).with_code(0);
    let report = &done.records_of("usage_reported")[0];
    assert_eq!((&report["cached"], &report["cache_written"]), (&json!(400_000), &json!(500_000)), "{report}");
    let cost = report["cost_usd"].as_f64().expect("a cost");
    assert!((cost - (0.4 + 0.16 + 2.5 + 0.0002)).abs() < 1e-6, "{cost}");
}
