//! Whatever a client does: each message has its right answer, nothing hangs, and everything ends with the connection.

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{AcpClient, DEADLINE};
use serde_json::{Value, json};

use super::{calling, command, editor_with, records};
use crate::support::{WithCode as _, sleeping, wait_until, workspace};

#[test]
fn b9_nonsense_is_answered_and_the_connection_serves_on() {
    let (workspace, server) = (workspace(), calling("list", json!({"path": "."})));
    let mut client = AcpClient::start(&mut command(&workspace, &server));
    let early = client.refused("session/new", json!({"cwd": workspace.path(), "mcpServers": []}));
    assert_eq!(early["code"], -32600, "{early}");
    client.call("initialize", json!({"protocolVersion": 1, "clientCapabilities": {}}));
    client.send_raw("\n\r\n  \n");
    let lines = [
        ("{\"jsonrpc\":\"2.0\",\"id\":900,\"method\"", Value::Null, -32700),
        ("nonsense", Value::Null, -32700),
        ("[{\"jsonrpc\":\"2.0\",\"id\":901,\"method\":\"initialize\"}]", Value::Null, -32600),
        ("{\"id\":902,\"method\":\"initialize\"}", json!(902), -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":903,\"method\":\"session/dance\"}", json!(903), -32601),
        ("{\"jsonrpc\":\"2.0\",\"id\":904,\"method\":\"_own/thing\",\"params\":{}}", json!(904), -32601),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":905,\"method\":\"session/new\",\"params\":{\"cwd\":7}}",
            json!(905),
            -32602,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":906,\"method\":\"session/prompt\",\"params\":{\"sessionId\":\"no\",\"prompt\":[]}}",
            json!(906),
            -32002,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":907,\"method\":\"session/close\",\"params\":{\"sessionId\":\"no\"}}",
            json!(907),
            -32002,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"session/set_mode\",\"params\":[]}",
            json!("x"),
            -32600,
        ),
    ];
    for (line, id, code) in lines {
        let before = client.messages().len();
        client.send_raw(&format!("{line}\n"));
        wait_until(line, || client.messages().len() > before);
        let answer = client.messages().pop().expect("an answer");
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(code)), "{line}: {answer}");
    }
    // What wants no answer gets none, and answers to nothing are passed over.
    client.notify("session/cancel", &json!({"sessionId": "no"}));
    client.notify("session/cancel", &json!({"sessionId": 7}));
    client.notify("$/cancel_request", &json!({"requestId": 12345}));
    client.notify("what/ever", &json!({}));
    client.send(&json!({"jsonrpc": "2.0", "id": 77, "result": {"outcome": {"outcome": "selected", "optionId": "once"}}}));
    let session = client.open(workspace.path());
    assert_eq!(client.turn(&session, "look"), "end_turn");
    // Half a line at the end is no message.
    client.send_raw("{\"jsonrpc\":\"2.0\",\"id\":950,\"meth");
    client.leave().with_code(0);
}

#[test]
fn b9_a_message_without_end_is_passed_over_and_a_large_prompt_is_refused_in_words() {
    let (workspace, server) = (workspace(), calling("list", json!({"path": "."})));
    let (mut client, session) = editor_with(&workspace, &server, &json!({}), &[]);
    let mut long = "x".repeat(33 * 1024 * 1024);
    long.push('\n');
    client.send_raw(&long);
    client.wait_for("the refusal", |message| message["error"]["code"] == -32600 && message["id"].is_null());
    let prompt = json!([{"type": "text", "text": "y".repeat(9 * 1024 * 1024)}]);
    let error = client.refused("session/prompt", json!({"sessionId": session, "prompt": prompt}));
    assert!(error["message"].as_str().expect("words").contains("larger than 8 MiB"), "{}", error["code"]);
    assert_eq!(client.turn(&session, "look"), "end_turn");
}

#[test]
fn b9_a_flood_is_answered_to_the_last_message() {
    let (workspace, server) = (workspace(), calling("list", json!({"path": "."})));
    let (mut client, session) = editor_with(&workspace, &server, &json!({}), &[]);
    let line = |id: i64| match id % 3 {
        0 => {
            json!({"jsonrpc": "2.0", "id": id, "method": "session/set_mode", "params": {"sessionId": session, "modeId": "plan"}})
        }
        1 => json!({"jsonrpc": "2.0", "id": id, "method": "session/fly", "params": {}}),
        _ => {
            json!({"jsonrpc": "2.0", "id": id, "method": "session/new", "params": {"cwd": "nowhere", "mcpServers": []}})
        }
    };
    let flood: String = (10_000..12_000).flat_map(|id| [line(id).to_string(), "\n".to_owned()]).collect();
    client.send_raw(&flood);
    let answers = || {
        let all = client.messages().into_iter();
        all.filter(|message| message["id"].as_i64().is_some_and(|id| id >= 10_000)).count()
    };
    wait_until("all answers", || answers() == 2_000);
    client.call("session/set_mode", json!({"sessionId": session, "modeId": "agent"}));
    assert_eq!(client.turn(&session, "look"), "end_turn");
}

#[test]
fn b9_more_sessions_than_there_is_room_for_are_refused_until_one_is_closed() {
    let (workspace, server) = (workspace(), calling("list", json!({"path": "."})));
    let (mut client, session) = editor_with(&workspace, &server, &json!({}), &[]);
    for _ in 1..32 {
        client.open(workspace.path());
    }
    let new = json!({"cwd": workspace.path(), "mcpServers": []});
    assert_eq!(client.refused("session/new", new.clone())["code"], -32600);
    client.call("session/close", json!({"sessionId": session}));
    client.call("session/new", new);
    client.leave().with_code(0);
}

#[test]
fn b9_with_the_client_its_sessions_end_and_what_they_started() {
    for (seconds, way) in [("4242", "closed"), ("4343", "terminated")] {
        let workspace = workspace();
        let server = calling("shell", json!({"command": format!("echo began; sleep {seconds}")}));
        let (mut client, session) = editor_with(&workspace, &server, &json!({}), &["--mode", "yolo"]);
        client.prompt(&session, "go");
        client.updated("tool_call_update", |update| update["content"].to_string().contains("began"));
        wait_until("the command", || sleeping(seconds).len() == 1);
        if way == "terminated" {
            client.running().signal(Signal::TERM);
            wait_until("the end of the program", || client.running().has_ended());
        }
        client.leave().with_code(if way == "terminated" { 143 } else { 0 });
        wait_until("the end of the command", || sleeping(seconds).is_empty());
        let log = records(&workspace, &session);
        let ends = |kind: &str| log.iter().filter(|record| record["type"] == kind).count();
        assert_eq!((ends("tool_returned"), ends("turn_ended")), (1, 1), "{way}: the log is whole");
        // Nothing holds it: another client carries it on.
        let mut next = AcpClient::begin(&mut command(&workspace, &server), &json!({}));
        next.call("session/load", json!({"sessionId": session, "cwd": workspace.path(), "mcpServers": []}));
    }
}

#[test]
fn b9_a_client_that_reads_no_more_ends_everything() {
    let workspace = workspace();
    let server = calling("shell", json!({"command": "sleep 4444 & printf 'be%s\\n' gan; wait"}));
    let mut program = command(&workspace, &server);
    let arguments: Vec<String> = std::iter::once(program.get_program().to_owned())
        .chain(program.args(["--mode", "yolo"]).get_args().map(ToOwned::to_owned))
        .map(|argument| format!("'{}'", argument.to_string_lossy()))
        .collect();
    // A reader that shows what it reads and leaves once the command runs; whoever writes stays.
    let reader =
        r#"while read -r line; do printf '%s\n' "$line" >&2; case "$line" in *began*) break;; esac; done"#;
    let script = format!("{} | {{ {reader}; }}", arguments.join(" "));
    let mut running = spawn(workspace.sealed("sh").args(["-c", &script]));
    let message = |id: i64, method: &str, params: Value| {
        format!("{}\n", json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
    };
    running.write(&message(1, "initialize", json!({"protocolVersion": 1})));
    running.write(&message(2, "session/new", json!({"cwd": workspace.path(), "mcpServers": []})));
    let told = running.wait_for_stderr("a session", DEADLINE, |text| text.contains("sessionId\":\""));
    let (_, rest) = told.split_once("sessionId\":\"").expect("an id");
    let session = rest.split('"').next().expect("an id").to_owned();
    let prompt = json!([{"type": "text", "text": "go"}]);
    running.write(&message(3, "session/prompt", json!({"sessionId": session, "prompt": prompt})));
    running.wait_for_stderr("its output", DEADLINE, |text| text.contains("began"));
    // The next thing it says finds nobody.
    running.write(&message(4, "session/dance", json!({})));
    wait_until("the end of the program", || running.has_ended());
    wait_until("the end of the command", || sleeping("4444").is_empty());
}
