//! What a session without a person may still send once it has read what may be foreign text.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn};
use serde_json::json;

use crate::support::{WithCode as _, exec, session_of, workspace};

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn p5_without_a_person_a_setting_says_what_becomes_of_the_network_after_foreign_text() {
    for (setting, reached) in [(None, 1), (Some("allow"), 2), (Some("deny"), 1)] {
        let server = ModelServer::start(Script::responder(|_, request| {
            let results = request.messages().iter().filter(|message| message["role"] == "tool").count();
            let host = request.header("host").expect("a host");
            match results {
                0 | 1 => Turn::text("")
                    .call("shell", json!({"command": format!("curl -s http://{host}/v1/look-{results}")})),
                _ => Turn::text("Done."),
            }
        }));
        let workspace = workspace();
        let setting = setting.map(|value| format!("permissions.after_foreign=\"{value}\""));
        let more = setting.iter().flat_map(|setting| ["-c", setting.as_str()]);
        let arguments: Vec<&str> =
            ["--mode", "yolo", "--json"].into_iter().chain(more).chain(["go"]).collect();
        let run = spawn(exec(&workspace, &server).args(arguments)).finish(DEADLINE).with_code(0);
        let looks = server.other_requests().into_iter().filter(|request| request.path.contains("look"));
        assert_eq!(looks.count(), reached, "{setting:?}");
        workspace.run(["conformance", &session_of(&lines(&run.stdout))]).with_code(0);
    }
}

#[test]
fn p5_a_job_that_had_the_network_before_foreign_text_is_heard_after_a_yes_only() {
    for (setting, polled) in [(None, "denied"), (Some("allow"), "ran"), (Some("deny"), "denied")] {
        let server = ModelServer::start(Script::responder(|_, request| {
            let results = request.messages().iter().filter(|message| message["role"] == "tool").count();
            let host = request.header("host").expect("a host");
            let answer = Turn::text("");
            match results {
                0 => answer.call("shell", json!({"command": "echo begun; sleep 7243", "background": true})),
                1 | 3 => answer.call("jobs", json!({"action": "poll", "job": 1})),
                2 => answer.call("shell", json!({"command": format!("curl -s http://{host}/v1/look")})),
                4 => answer.call("jobs", json!({"action": "list"})),
                5 => answer.call("jobs", json!({"action": "kill", "job": 1})),
                _ => Turn::text("Done."),
            }
        }));
        let workspace = workspace();
        let setting = setting.map(|value| format!("permissions.after_foreign=\"{value}\""));
        let more = setting.iter().flat_map(|setting| ["-c", setting.as_str()]);
        let arguments: Vec<&str> =
            ["--mode", "yolo", "--json"].into_iter().chain(more).chain(["go"]).collect();
        let run = spawn(exec(&workspace, &server).args(arguments)).finish(DEADLINE).with_code(0);
        let results = run.records_of("tool_returned");
        let statuses: Vec<&str> = results.iter().filter_map(|result| result["status"].as_str()).collect();
        assert_eq!(statuses, ["ran", "ran", "ran", polled, "ran", "ran"], "{setting:?}: {results:?}");
        let texts: Vec<&str> = results.iter().filter_map(|result| result["text"].as_str()).collect();
        assert!(texts[0].contains("with the network"), "{texts:?}");
        assert!(
            polled == "ran" || texts[3].contains("job 1 (`echo begun; sleep 7243`) has the network"),
            "{texts:?}"
        );
        assert!(
            run.stderr.contains("job 1 (`echo begun; sleep 7243`) runs with the network"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn p5_a_job_that_reaches_the_network_by_itself_is_heard_as_it_was_let_run() {
    let server = ModelServer::start(Script::responder(|_, request| {
        let results = request.messages().iter().filter(|message| message["role"] == "tool").count();
        let host = request.header("host").expect("a host");
        let command = format!("curl -s http://{host}/v1/look; sleep 7244");
        match results {
            0 => Turn::text("").call("shell", json!({"command": command, "background": true})),
            1 => Turn::text("").call("jobs", json!({"action": "poll", "job": 1})),
            2 => Turn::text("").call("jobs", json!({"action": "kill", "job": 1})),
            _ => Turn::text("Done."),
        }
    }));
    let workspace = workspace();
    let run = spawn(exec(&workspace, &server).args(["--mode", "yolo", "--json", "go"]))
        .finish(DEADLINE)
        .with_code(0);
    let results = run.records_of("tool_returned");
    assert!(results.iter().all(|result| result["status"] == "ran"), "{results:?}");
}
