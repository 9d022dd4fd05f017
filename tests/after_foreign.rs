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
