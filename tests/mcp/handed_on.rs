//! Calls through `mcp`: hooks, breakers and the screen know them by the tool that they are for.

use headwater_testkit::{ModelServer, Script, Turn};
use serde_json::{Value, json};

use super::{exec, told, with_server};

fn through(text: &str) -> Value {
    json!({"action": "call", "tool": "mcp__echo__say", "arguments": {"text": text}})
}

#[test]
fn s7_a_hook_hears_the_tool_that_a_call_through_mcp_is_for() {
    let workspace = with_server("[permissions]\nallow = [\"mcp__echo__say\"]\n");
    let before = "cat > heard.json; echo 'not this one' >&2; exit 2";
    let hooks = json!({"PreToolUse": [
        {"matcher": "mcp__echo__.*", "hooks": [{"type": "command", "command": before}]},
    ]});
    workspace.home_file("hooks.json", json!({ "hooks": hooks }).to_string());
    let server = ModelServer::start(
        Script::new().turn(Turn::text("").call("mcp", through("x"))).turn(Turn::text("Done.")),
    );
    let finished = exec(&workspace, &server);
    finished.expect_code(0);
    assert!(told(&server).contains("not this one"), "{}", told(&server));
    let heard = std::fs::read_to_string(workspace.path().join("heard.json")).expect("what the hook was told");
    let heard: Value = serde_json::from_str(&heard).expect("JSON");
    assert_eq!(
        (heard["tool_name"].as_str(), heard["tool_input"].clone()),
        (Some("mcp__echo__say"), json!({"text": "x"}))
    );
    let returned = finished.records_of("tool_returned").pop().expect("a result");
    assert_eq!((returned["name"].as_str(), returned["status"].as_str()), (Some("mcp"), Some("denied")));
}

#[test]
fn s7_a_hook_after_a_call_through_mcp_is_told_of_its_tool() {
    let workspace = with_server("[permissions]\nallow = [\"mcp__echo__say\"]\n");
    let hooks = json!({"PostToolUse": [
        {"matcher": "mcp__echo__say", "hooks": [{"type": "command", "command": "cat > after.json"}]},
    ]});
    workspace.home_file("hooks.json", json!({ "hooks": hooks }).to_string());
    let server = ModelServer::start(
        Script::new().turn(Turn::text("").call("mcp", through("x"))).turn(Turn::text("Done.")),
    );
    exec(&workspace, &server).expect_code(0);
    assert!(told(&server).contains("you said x"), "{}", told(&server));
    let after = std::fs::read_to_string(workspace.path().join("after.json")).expect("what the hook was told");
    assert!(after.contains("\"mcp__echo__say\"") && after.contains("you said x"), "{after}");
}

#[test]
fn z6_two_equal_calls_through_mcp_in_one_message_are_one() {
    let workspace = with_server("[permissions]\nallow = [\"mcp__echo__say\"]\n");
    let server = ModelServer::start(
        Script::new()
            .turn(
                Turn::text("").call("mcp", through("x")).call("mcp", through("x")).call("mcp", through("y")),
            )
            .turn(Turn::text("Done.")),
    );
    let finished = exec(&workspace, &server);
    finished.expect_code(0);
    let returned = finished.records_of("tool_returned");
    let of = |status: &str| returned.iter().filter(|record| record["status"] == status).count();
    assert_eq!((of("ran"), of("repeated")), (2, 1), "{returned:?}");
}
