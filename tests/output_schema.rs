//! `exec --output-schema`: the answer is JSON of a schema, or the run says that it is not.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, workspace};

const SCHEMA: &str =
    r#"{"type": "object", "required": ["river"], "properties": {"river": {"type": "string"}}}"#;

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    workspace.file("answer.json", SCHEMA);
    let mut command = exec(workspace, server);
    command.args(["--output-schema", "answer.json"]).args(arguments).arg("Which river is the longest?");
    spawn(&mut command).finish(DEADLINE)
}

fn saying(answers: &'static [&'static str]) -> ModelServer {
    ModelServer::start(Script::responder(move |index, _| {
        Turn::text(*answers.get(index).or(answers.last()).expect("an answer"))
    }))
}

#[test]
fn s8_an_answer_that_does_not_fit_is_sent_back_with_what_is_wrong() {
    let server = saying(&["It is the Volga.", r#"{"river": 3}"#, "```json\n{\"river\": \"Volga\"}\n```"]);
    let workspace = workspace();
    let finished = run(&workspace, &server, &["-o", "out.json"]).with_code(0);
    assert_eq!(finished.stdout, "{\"river\": \"Volga\"}\n");
    let written: Value = serde_json::from_str(&workspace.read("out.json")).expect("JSON");
    assert_eq!(written, json!({"river": "Volga"}));
    let requests = server.requests();
    let told: Vec<String> = requests.iter().map(|request| request.body["messages"].to_string()).collect();
    assert_eq!(requests.len(), 3);
    assert!(told[0].contains("A program reads your final answer"), "{}", told[0]);
    assert!(told[1].contains("the answer is no JSON"), "{}", told[1]);
    assert!(told[2].contains("the answer does not fit the schema"), "{}", told[2]);
}

#[test]
fn s8_an_answer_that_never_fits_ends_after_two_chances_with_a_typed_failure() {
    let server = saying(&["It is the Volga."]);
    let finished = run(&workspace(), &server, &["--json"]).with_code(4);
    assert_eq!(server.requests().len(), 3, "asked once, and again twice");
    let last = finished.records().pop().expect("records");
    assert_eq!((&last["type"], &last["reason"]), (&json!("turn_ended"), &json!("contract_unmet")));
    let refused = finished.records_of("final_refused");
    assert_eq!(refused.len(), 3);
    assert_eq!(refused[2]["gaps"][0]["id"], "output_schema");
    let told = run(&workspace(), &saying(&["No."]), &[]).with_code(4);
    assert!(told.stderr.contains("the answer is no JSON"), "{}", told.stderr);
}

#[test]
fn s8_what_is_no_schema_is_said_before_anything_runs() {
    let (workspace, server) = (workspace(), saying(&["{}"]));
    for (schema, said) in [("{", "is no JSON"), (r#"{"type": "river"}"#, "is no JSON Schema")] {
        workspace.file("wrong.json", schema);
        let mut command = exec(&workspace, &server);
        let finished =
            spawn(command.args(["--output-schema", "wrong.json", "go"])).finish(DEADLINE).with_code(2);
        assert!(finished.stderr.contains(said), "{}", finished.stderr);
    }
    assert_eq!(server.requests().len(), 0);
}
