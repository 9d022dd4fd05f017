//! Sessions over the protocol: opened, listed, loaded, resumed, closed, several at once; their modes and models.

use headwater_testkit::{AcpClient, Gate, ModelServer, Script, Turn};
use serde_json::{Value, json};

use super::{calling, command, editor, records, results};
use crate::support::{WithCode as _, workspace};

#[test]
fn b9_a_session_is_loaded_with_its_history_and_resumed_without() {
    let workspace = workspace();
    workspace.file("a.txt", "one\n");
    let server = calling("read", json!({"path": "a.txt"}));
    let (mut client, session) = editor(&workspace, &server);
    assert_eq!(client.turn(&session, "look at it"), "end_turn");
    assert_eq!(client.call("session/close", json!({"sessionId": session})), json!({}));
    let gone = client.refused("session/prompt", json!({"sessionId": session, "prompt": []}));
    assert_eq!(gone["code"], -32002, "{gone}");
    client.leave().with_code(0);

    let mut client = AcpClient::begin(&mut command(&workspace, &server), &json!({}));
    let listed = client.call("session/list", json!({"cwd": workspace.path()}));
    assert_eq!(listed["sessions"][0]["sessionId"], session.as_str());
    assert_eq!(listed["sessions"][0]["title"], "look at it");
    assert_eq!(client.call("session/list", json!({}))["sessions"].as_array().expect("a list").len(), 1);
    let load = json!({"sessionId": session, "cwd": workspace.path(), "mcpServers": []});
    let id = client.request("session/load", load.clone());
    let answer = client.result(id);
    assert_eq!(answer["modes"]["currentModeId"], "agent");
    // All of it came before the answer.
    let before: Vec<Value> =
        client.messages().into_iter().take_while(|message| message["id"] != id).collect();
    let kinds: Vec<&str> = before
        .iter()
        .filter_map(|message| message["params"]["update"]["sessionUpdate"].as_str())
        .filter(|kind| *kind != "usage_update")
        .collect();
    assert_eq!(
        kinds,
        ["user_message_chunk", "agent_message_chunk", "tool_call", "tool_call_update", "agent_message_chunk"]
    );
    assert_eq!(client.said(&session, "user_message_chunk"), "look at it");
    assert_eq!(client.said(&session, "agent_message_chunk"), "Look.Answer 1.");
    assert_eq!(client.refused("session/load", load.clone())["code"], -32603, "it is open already");
    client.turn(&session, "again");
    assert!(server.requests().last().expect("a request").body.to_string().contains("look at it"));
    client.call("session/close", json!({"sessionId": session}));

    let told = client.updates(&session).len();
    assert_eq!(client.call("session/resume", load)["modes"]["currentModeId"], "agent");
    assert_eq!(client.turn(&session, "and again"), "end_turn");
    let after: Vec<Value> = client.updates(&session).split_off(told);
    assert!(after.iter().all(|update| update["sessionUpdate"] != "user_message_chunk"), "{after:?}");
    client.leave().with_code(0);
}

#[test]
fn b9_what_is_no_session_of_this_directory_is_refused_in_words() {
    let (workspace, elsewhere) = (workspace(), workspace());
    let server = calling("list", json!({"path": "."}));
    let (mut client, session) = editor(&workspace, &server);
    assert_eq!(client.turn(&session, "look"), "end_turn");
    client.call("session/close", json!({"sessionId": session}));
    let load = |id: &str, cwd: std::path::PathBuf| json!({"sessionId": id, "cwd": cwd, "mcpServers": []});
    let error = client.refused("session/load", load(&session, elsewhere.path()));
    assert!(error["message"].as_str().expect("words").contains("belongs to"), "{error}");
    let error = client.refused("session/load", load("20200101-000000-abcd", workspace.path()));
    assert!(error["message"].as_str().expect("words").contains("there is no session"), "{error}");
    let error = client.refused("session/load", load("../../etc", workspace.path()));
    assert!(error["message"].as_str().expect("words").contains("there is no session"), "{error}");
    let error = client.refused("session/new", json!({"cwd": "relative", "mcpServers": []}));
    assert_eq!(error["code"], -32602);
    let missing = workspace.path().join("missing");
    assert_eq!(client.refused("session/new", json!({"cwd": missing, "mcpServers": []}))["code"], -32603);
    assert_eq!(client.refused("session/new", json!({"mcpServers": []}))["code"], -32602);
}

#[test]
fn b9_the_four_modes_are_modes_and_an_option_and_hold_for_the_next_turn() {
    let workspace = workspace();
    let server = calling("write", json!({"path": "made.txt", "content": "x"}));
    let mut client = AcpClient::begin(&mut command(&workspace, &server), &json!({}));
    let opened = client.call("session/new", json!({"cwd": workspace.path(), "mcpServers": []}));
    let session = opened["sessionId"].as_str().expect("a session").to_owned();
    let ids = |list: &Value, name: &str| -> Vec<String> {
        let list = list.as_array().expect("a list");
        list.iter().map(|one| one[name].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(ids(&opened["modes"]["availableModes"], "id"), ["plan", "agent", "yolo", "recursive"]);
    assert_eq!(opened["modes"]["currentModeId"], "agent");
    assert_eq!(ids(&opened["configOptions"], "id"), ["mode", "model"]);
    assert_eq!(opened["configOptions"][1]["currentValue"], "scripted");

    assert_eq!(client.call("session/set_mode", json!({"sessionId": session, "modeId": "plan"})), json!({}));
    client.updated("current_mode_update", |update| update["currentModeId"] == "plan");
    client.turn(&session, "go");
    assert!(!workspace.has("made.txt"), "Plan changes nothing");
    let set = |id: &str, value: Value| json!({"sessionId": session, "configId": id, "value": value});
    let options = client.call("session/set_config_option", set("mode", json!("agent")));
    assert_eq!(options["configOptions"][0]["currentValue"], "agent");
    client.turn(&session, "go");
    assert!(workspace.has("made.txt"));

    let options = client.call("session/set_config_option", set("model", json!("another")));
    assert_eq!(options["configOptions"][1]["currentValue"], "another");
    client.turn(&session, "go");
    assert_eq!(server.requests().last().expect("a request").body["model"], "another");
    let changed = records(&workspace, &session).into_iter().filter(|record| record["type"] == "mode_changed");
    assert_eq!(changed.count(), 2);

    for wrong in [set("mode", json!("turbo")), set("colour", json!("red")), set("mode", json!(true))] {
        assert_eq!(client.refused("session/set_config_option", wrong)["code"], -32602);
    }
    let wrong = json!({"sessionId": session, "modeId": "turbo"});
    assert_eq!(client.refused("session/set_mode", wrong)["code"], -32602);
}

#[test]
fn b9_sessions_work_beside_each_other_and_hear_only_their_own() {
    let (one, two, gate) = (workspace(), workspace(), Gate::new());
    let held = gate.clone();
    let server = ModelServer::start(Script::responder(move |_, request| {
        let asked = request.last_text("user").unwrap_or_default();
        let turn = Turn::text(format!("Heard {}.", asked.lines().next().unwrap_or_default()));
        if asked.contains("slow") { turn.hold_after(1, &held) } else { turn }
    }));
    let (mut client, first) = editor(&one, &server);
    let second = client.open(two.path());
    let slow = client.prompt(&first, "slow");
    for turn in ["a", "b", "c"] {
        assert_eq!(client.turn(&second, turn), "end_turn", "the slow one holds nothing up");
    }
    gate.open();
    assert_eq!(client.stop_reason(slow), "end_turn");
    assert_eq!(client.said(&first, "agent_message_chunk"), "Heard slow.");
    assert_eq!(client.said(&second, "agent_message_chunk"), "Heard a.Heard b.Heard c.");
    client.leave().with_code(0);
}

#[test]
fn b9_without_a_vendor_the_editor_is_told_to_log_in() {
    let workspace = workspace();
    let mut client = AcpClient::begin(workspace.command().arg("acp"), &json!({"auth": {"terminal": true}}));
    let error = client.refused("session/new", json!({"cwd": workspace.path(), "mcpServers": []}));
    assert_eq!(error["code"], -32000, "{error}");
    assert!(error["message"].as_str().expect("words").contains("no provider is chosen"), "{error}");
    let error = client.refused("authenticate", json!({"methodId": "headwater-login"}));
    assert_eq!(error["code"], -32000, "{error}");
    assert_eq!(client.refused("authenticate", json!({"methodId": "other"}))["code"], -32602);
    client.leave().with_code(0);

    let server = calling("list", json!({"path": "."}));
    let mut client = AcpClient::start(&mut command(&workspace, &server));
    let answer = client.call("initialize", json!({"protocolVersion": 99}));
    assert_eq!(answer["protocolVersion"], 1, "the newest there is");
    assert_eq!(answer["agentCapabilities"]["loadSession"], true);
    assert_eq!(answer["agentInfo"]["name"], "headwater");
    assert_eq!(answer["authMethods"][0]["id"], "headwater-login");
    assert_eq!(client.call("authenticate", json!({"methodId": "headwater-login"})), json!({}));
}

#[test]
fn b9_a_call_that_waited_when_its_client_left_is_asked_about_by_the_next() {
    let workspace = workspace();
    let server = ModelServer::start(Script::responder(|_, request| match results(request) {
        0 => Turn::text("").call("write", json!({"path": ".headwater/commands/x.md", "content": "Say x."})),
        _ => Turn::text("Done."),
    }));
    let (mut client, session) = editor(&workspace, &server);
    client.prompt(&session, "go");
    client.asked("session/request_permission");
    client.leave().with_code(0);

    let mut client = AcpClient::begin(&mut command(&workspace, &server), &json!({}));
    client.call("session/load", json!({"sessionId": session, "cwd": workspace.path(), "mcpServers": []}));
    let asked = client.asked("session/request_permission");
    assert_eq!(asked["params"]["toolCall"]["rawInput"]["path"], ".headwater/commands/x.md");
    // Closed: it waits on, and the next prompt asks again.
    client.answer(&asked, &json!({"outcome": {"outcome": "cancelled"}}));
    client
        .updated("agent_message_chunk", |update| update["content"]["text"].to_string().contains("waits on"));
    let id = client.prompt(&session, "and then");
    let asked = client.asked("session/request_permission");
    assert!(!workspace.has(".headwater/commands/x.md"));
    client.choose(&asked, "once");
    assert_eq!(client.stop_reason(id), "end_turn");
    assert_eq!(workspace.read(".headwater/commands/x.md"), "Say x.");
    client.leave().with_code(0);
}

#[test]
fn b9_the_editors_own_servers_of_tools_are_started_for_its_session() {
    let workspace = workspace();
    let server = ModelServer::start(Script::responder(|_, request| match results(request) {
        0 => Turn::text("").call("mcp", json!({"action": "search"})),
        1 => Turn::text("").call(
            "mcp",
            json!({"action": "call", "tool": "mcp__of-the-editor__env", "arguments": {"name": "MARK"}}),
        ),
        _ => Turn::text("Done."),
    }));
    let mut client = AcpClient::begin(&mut command(&workspace, &server), &json!({}));
    workspace.home_file("server.py", include_str!("../mcp/server.py"));
    let script = workspace.headwater_home().join("server.py");
    // A project does not take its place.
    workspace.file(".mcp.json", r#"{"mcpServers": {"of-the-editor": {"command": "true"}}}"#);
    let own = json!({"name": "of the editor", "command": "python3", "args": [script], "env": [{"name": "MARK", "value": "kept"}]});
    let old = json!({"type": "sse", "name": "old", "url": "https://x.invalid/sse", "headers": []});
    let opened = client.call("session/new", json!({"cwd": workspace.path(), "mcpServers": [own, old]}));
    let session = opened["sessionId"].as_str().expect("a session").to_owned();
    let id = client.prompt(&session, "go");
    let asked = client.asked("session/request_permission");
    client.choose(&asked, "once");
    assert_eq!(client.stop_reason(id), "end_turn");
    let told = server.requests().last().and_then(|request| request.last_text("tool")).expect("a result");
    assert!(told.contains("kept"), "{told}");
    let said = client.said(&session, "agent_message_chunk");
    assert!(said.contains("The MCP server \"old\" of the editor is left out"), "{said}");
    client.leave().with_code(0);
}
