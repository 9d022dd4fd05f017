//! A server that dies in the middle of calls: attempts, the breaker, a quota (HARNESS A2).

use headwater_testkit::workspace::Finished;
use headwater_testkit::{ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use super::{exec, probe, starts};
use crate::support;

/// Dies in its first calls, as many as it is told to; it counts them beside itself.
const DYING: &str = r#"
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
def marks(name, text=""):
    with open(os.path.join(here, name), "a+") as mark:
        mark.write(text)
        mark.seek(0)
        return len(mark.readlines())
marks("started.txt", "started\n")
tool = {"name": "look", "description": "Looks.", "inputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}}}
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method, params = message["method"], message.get("params", {})
    if method == "tools/call":
        if marks("calls.txt", "call\n") <= int(sys.argv[1]):
            sys.exit(1)
        result = {"content": [{"type": "text", "text": "alive"}]}
    elif method == "tools/list":
        result = {"tools": [tool]}
    else:
        result = {"protocolVersion": params.get("protocolVersion"), "capabilities": {"tools": {}},
                  "serverInfo": {"name": "far", "version": "1"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"#;

/// A workspace with a server that dies in its first calls; the person vouches for what it reads.
fn with_dying(times: usize, settings: &str) -> Workspace {
    let workspace = support::workspace();
    workspace.home_file("dying.py", DYING);
    let script = workspace.headwater_home().join("dying.py");
    let command = json!(["python3", script, times.to_string()]);
    let config = format!(
        "[mcp.far]\ncommand = {command}\nread_only = [\"*\"]\n[permissions]\nallow = [\"mcp__far__look\"]\nafter_foreign = \"allow\"\n{settings}"
    );
    workspace.home_file("config.toml", config);
    probe(&workspace, "far");
    workspace
}

fn looking(times: usize) -> ModelServer {
    let look = |script: Script, n: usize| script.turn(Turn::text("").call("mcp__far__look", json!({"n": n})));
    ModelServer::start((1..=times).fold(Script::new(), look).turn(Turn::text("Done.")))
}

fn statuses(finished: &Finished) -> Vec<Value> {
    finished.records_of("tool_returned").into_iter().map(|returned| returned["status"].clone()).collect()
}

#[test]
fn a2_a_server_that_dies_is_called_again_and_the_call_has_one_result() {
    let workspace = with_dying(1, "");
    let finished = exec(&workspace, &looking(1));
    finished.expect_code(0);
    let failed = finished.records_of("attempt_failed");
    // The second may come while the server is left a moment to itself.
    assert!((1..=2).contains(&failed.len()), "{failed:?}");
    assert!(failed.iter().all(|one| one["delay_millis"].is_u64()), "{failed:?}");
    let returned = finished.records_of("tool_returned");
    assert_eq!((returned.len(), &returned[0]["is_error"]), (1, &json!(false)), "{returned:?}");
    assert!(returned[0]["text"].as_str().is_some_and(|text| text.contains("alive")), "{returned:?}");
    assert!(starts(&workspace.headwater_home()) >= 3, "for the probe, for the session, and behind its death");
    let session = finished.records()[0]["session"].as_str().expect("a session").to_owned();
    workspace.run(["replay", &session, "--verify"]).expect_code(0);
}

#[test]
fn a2_a_server_that_goes_on_dying_is_left_alone_as_the_settings_say() {
    let workspace = with_dying(99, "[tools.\"mcp__far__*\"]\nattempts = 1\nbreaker = 2\nrest = 600\n");
    let server = looking(4);
    let finished = exec(&workspace, &server);
    finished.expect_code(0);
    assert_eq!(statuses(&finished), ["ran", "ran", "refused", "refused"]);
    let told = super::told(&server);
    assert!(told.contains("mcp__far__look failed for now 2 times in a row"), "{told}");
    let calls = std::fs::read_to_string(workspace.headwater_home().join("calls.txt")).expect("calls");
    assert!(calls.lines().count() <= 2, "the server is not bothered while it is left alone: {calls}");
}

#[test]
fn a2_a_quota_of_calls_is_a_result_and_the_run_ends_well() {
    let workspace = with_dying(0, "[tools.mcp__far__look]\nmax_calls = 2\n");
    let finished = exec(&workspace, &looking(3));
    finished.expect_code(0);
    assert_eq!(statuses(&finished), ["ran", "ran", "refused"]);
    let last = finished.records_of("tool_returned").pop().expect("a result");
    let text = last["text"].as_str().expect("a text");
    assert!(text.contains("may be called 2 times in a turn") && text.contains("next turn"), "{text}");
}
