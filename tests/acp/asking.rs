//! Approvals, questions and cards through the editor: what was offered is an answer, nothing else is.

use headwater_testkit::{AcpClient, ModelServer, Recorded, Script, Turn};
use serde_json::{Value, json};

use super::{editor, editor_with, records_of, results};
use crate::missions::{Model, card, logs, writes_report};
use crate::support::{WithCode as _, workspace};

/// A model that wants something of its own server in every second request: that asks, and can be seen from outside.
fn reaching() -> ModelServer {
    ModelServer::start(Script::responder(|index, request: &Recorded| match index % 2 {
        0 => {
            let host = request.header("host").expect("a host");
            Turn::text("Look.").call("shell", json!({"command": format!("curl -s http://{host}/v1/look")}))
        }
        _ => Turn::text(format!("Answer {}.", index / 2 + 1)),
    }))
}

fn reached(server: &ModelServer) -> usize {
    server.other_requests().into_iter().filter(|request| request.path.contains("look")).count()
}

fn options(request: &Value) -> Vec<(String, String)> {
    let options = request["params"]["options"].as_array().expect("options");
    let text = |option: &Value, name: &str| option[name].as_str().expect("a text").to_owned();
    options.iter().map(|option| (text(option, "optionId"), text(option, "kind"))).collect()
}

#[test]
fn b9_a_yes_runs_the_call_once_and_a_lasting_one_saves_the_rule_that_was_shown() {
    let (workspace, server) = (workspace(), reaching());
    let (mut client, session) = editor(&workspace, &server);
    let id = client.prompt(&session, "go");
    let asked = client.asked("session/request_permission");
    let offered: Vec<String> = options(&asked).into_iter().map(|(id, kind)| format!("{id}:{kind}")).collect();
    assert_eq!(
        offered,
        ["once:allow_once", "session:allow_always", "project:allow_always", "no:reject_once"]
    );
    assert_eq!(asked["params"]["sessionId"], session.as_str());
    assert_eq!(asked["params"]["toolCall"]["kind"], "execute");
    let shown = asked["params"]["toolCall"]["content"].to_string();
    assert!(
        shown.contains("curl -s") && shown.contains("network"),
        "what would run, and why it asks: {shown}"
    );
    assert_eq!(reached(&server), 0, "nothing runs before the answer");
    client.choose(&asked, "once");
    assert_eq!(client.stop_reason(id), "end_turn");
    assert_eq!(reached(&server), 1);

    let id = client.prompt(&session, "again");
    let asked = client.asked("session/request_permission");
    client.choose(&asked, "session");
    assert_eq!(client.stop_reason(id), "end_turn");
    assert_eq!(client.turn(&session, "and again"), "end_turn", "the rule holds: nothing asks");
    assert_eq!(reached(&server), 3);
    let given = records_of(&workspace, &session, "approval_given");
    let rules: Vec<&Value> = given.iter().filter_map(|given| given["rules"].as_array()).flatten().collect();
    assert_eq!(rules.len(), 1);
    let shown = asked["params"]["options"][1]["name"].as_str().expect("a name");
    assert!(shown.contains(rules[0].as_str().expect("a rule")), "{shown}");
    assert!(given.iter().all(|given| given["by"] == "person"), "{given:?}");
    client.leave().with_code(0);
}

#[test]
fn b9_a_no_is_told_to_the_model_and_the_turn_goes_on() {
    let (workspace, server) = (workspace(), reaching());
    let (mut client, session) = editor(&workspace, &server);
    let id = client.prompt(&session, "go");
    let asked = client.asked("session/request_permission");
    client.choose(&asked, "no");
    assert_eq!(client.stop_reason(id), "end_turn");
    assert_eq!(reached(&server), 0);
    let told = server.requests()[1].last_text("tool").expect("a result");
    assert!(told.contains("The person said no."), "{told}");
    let ended = client.updated("tool_call_update", |update| update["status"] == "failed");
    assert_eq!(ended["toolCallId"], asked["params"]["toolCall"]["toolCallId"]);
}

#[test]
fn b9_an_answer_that_was_not_offered_is_none_and_nothing_runs() {
    let selected = |option: &str| json!({"outcome": {"outcome": "selected", "optionId": option}});
    let answers = [
        ("not offered", selected("always")),
        ("closed", json!({"outcome": {"outcome": "cancelled"}})),
        ("of another kind", json!({"outcome": {"outcome": "granted", "optionId": "once"}})),
        ("no answer", Value::Null),
    ];
    for (name, answer) in answers {
        let (workspace, server) = (workspace(), reaching());
        let (mut client, session) = editor(&workspace, &server);
        let id = client.prompt(&session, "go");
        let asked = client.asked("session/request_permission");
        client.answer(&asked, &answer);
        assert_eq!(client.stop_reason(id), "cancelled", "{name}");
        assert_eq!((reached(&server), server.requests().len()), (0, 1), "{name}");
        assert_eq!(records_of(&workspace, &session, "approval_given"), Vec::<Value>::new(), "{name}");
        assert_eq!(records_of(&workspace, &session, "tool_returned")[0]["status"], "cancelled", "{name}");
        client.leave().with_code(0);
    }
}

#[test]
fn b9_an_editor_that_cannot_ask_runs_nothing() {
    let (workspace, server) = (workspace(), reaching());
    let (mut client, session) = editor(&workspace, &server);
    let id = client.prompt(&session, "go");
    let asked = client.asked("session/request_permission");
    let error = json!({"code": -32601, "message": "Method not found"});
    client.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "error": error}));
    assert_eq!(client.stop_reason(id), "cancelled");
    assert_eq!(reached(&server), 0);
}

#[test]
fn b9_what_is_protected_is_asked_for_each_call_alone() {
    let workspace = workspace();
    let server = super::calling("write", json!({"path": ".headwater/commands/x.md", "content": "Say x."}));
    let (mut client, session) = editor(&workspace, &server);
    let id = client.prompt(&session, "go");
    let asked = client.asked("session/request_permission");
    let offered: Vec<String> = options(&asked).into_iter().map(|(id, _)| id).collect();
    assert_eq!(offered, ["once", "no"], "no yes that lasts");
    let shown = &asked["params"]["toolCall"]["content"][0];
    assert_eq!((&shown["type"], &shown["newText"]), (&json!("diff"), &json!("Say x.")));
    client.choose(&asked, "session");
    assert_eq!(client.stop_reason(id), "cancelled");
    assert!(!workspace.has(".headwater/commands/x.md"));
    let given = records_of(&workspace, &session, "approval_given");
    assert!(given.iter().all(|given| given["rules"].is_null()), "{given:?}");
}

#[test]
fn b9_cancelling_takes_the_dialog_back_and_a_late_yes_runs_nothing() {
    let (workspace, server) = (workspace(), reaching());
    let (mut client, session) = editor(&workspace, &server);
    let id = client.prompt(&session, "go");
    let asked = client.asked("session/request_permission");
    client.notify("session/cancel", &json!({"sessionId": session}));
    assert_eq!(client.stop_reason(id), "cancelled");
    let taken = client.wait_for("the dialog taken back", |message| message["method"] == "$/cancel_request");
    assert_eq!(taken["params"]["requestId"], asked["id"]);
    client.choose(&asked, "once");
    assert_eq!(client.turn(&session, "/cost"), "end_turn");
    assert_eq!(reached(&server), 0);
    assert_eq!(client.turn(&session, "go on"), "end_turn");
    // The protocol's own way to cancel a request.
    let id = client.prompt(&session, "again");
    client.asked("session/request_permission");
    client.notify("$/cancel_request", &json!({"requestId": id}));
    assert_eq!(client.stop_reason(id), "cancelled");
}

/// A model that asks the person.
fn asking() -> ModelServer {
    ModelServer::start(Script::responder(|_, request| match results(request) {
        0 => {
            Turn::text("").call("ask_user", json!({"question": "Which colour?", "options": ["red", "blue"]}))
        }
        _ => Turn::text("Thanks."),
    }))
}

fn told(server: &ModelServer) -> String {
    server.requests().last().and_then(|request| request.last_text("tool")).expect("a result")
}

#[test]
fn b9_a_question_of_the_model_is_a_form_where_there_are_forms_and_a_choice_otherwise() {
    let forms = json!({"elicitation": {"form": {}}});
    type Reply = fn(&mut AcpClient, &Value);
    let by_form: Reply = |client, asked| {
        client.answer(asked, &json!({"action": "accept", "content": {"answer": "green"}}));
    };
    let by_choice: Reply = |client, asked| client.choose(asked, "1");
    let declined: Reply = |client, asked| client.answer(asked, &json!({"action": "decline"}));
    let table = [
        (&forms, "elicitation/create", by_form, "green"),
        (&forms, "elicitation/create", declined, "Nobody answered"),
        (&json!({}), "session/request_permission", by_choice, "blue"),
    ];
    for (abilities, method, reply, expected) in table {
        let (workspace, server) = (workspace(), asking());
        let (mut client, session) = editor_with(&workspace, &server, abilities, &[]);
        let id = client.prompt(&session, "go");
        let asked = client.asked(method);
        assert!(asked["params"].to_string().contains("Which colour?"), "{asked}");
        reply(&mut client, &asked);
        assert_eq!(client.stop_reason(id), "end_turn");
        assert!(told(&server).contains(expected), "{expected}: {}", told(&server));
    }
}

#[test]
fn b9_a_missions_card_is_asked_for_and_runs_when_it_is_approved() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let (mut client, session) = editor_with(&workspace, &server, &json!({}), &["--mode", "recursive"]);
    let id = client.prompt(&session, "which node failed?");
    let asked = client.asked("session/request_permission");
    let offered: Vec<String> = options(&asked).into_iter().map(|(id, _)| id).collect();
    assert_eq!(offered, ["approve", "reject"]);
    let shown = asked["params"]["toolCall"]["content"].to_string();
    assert!(shown.contains("Say which node failed") && shown.contains("Estimate:"), "{shown}");
    let plan = client.updated("plan", |_| true);
    assert_eq!(plan["entries"][0]["content"], "1. Find the node");
    assert!(!workspace.has("report.md"), "nothing runs before the answer");

    // Closed: the card waits, and can be asked for again.
    client.answer(&asked, &json!({"outcome": {"outcome": "cancelled"}}));
    assert_eq!(client.stop_reason(id), "end_turn");
    let id = client.prompt(&session, "/mission");
    let asked = client.asked("session/request_permission");
    client.choose(&asked, "approve");
    assert_eq!(client.stop_reason(id), "end_turn");
    assert_eq!(workspace.read("report.md"), "node-7 failed: its disk is full");
    let block = client.updated("tool_call", |update| update["kind"] == "execute");
    assert!(block["rawInput"]["code"].as_str().expect("code").contains("grep('ERROR')"), "{block}");
    assert!(client.said(&session, "agent_message_chunk").contains("node-7 failed; see report.md"));
    client.updated("plan", |plan| plan["entries"][0]["status"] == "completed");
    client.leave().with_code(0);
}
