//! Contracts that the model declares, and what it says it does not know.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Recorded, Script, Turn};
use serde_json::{Value, json};

use super::{LONG, end_of, gap_ids, project};
use crate::support;

fn exec(script: impl FnMut(usize, &Recorded) -> Turn + Send + 'static) -> (Finished, ModelServer) {
    let (workspace, server) = (project(), ModelServer::start(Script::responder(script)));
    let mut command = support::exec(&workspace, &server);
    let finished = spawn(command.args(["--json", "go"])).finish(LONG);
    (finished, server)
}

fn declare(arguments: Value) -> Turn {
    Turn::text("").call("contract", arguments)
}

fn notes() -> Value {
    json!({"id": "notes", "what": "The notes", "kind": "file_exists", "path": "notes.md"})
}

#[test]
fn z2_what_the_model_declares_early_binds_it() {
    let (finished, server) = exec(|index, _| match index {
        0 => declare(json!({"goal": "Write notes", "outputs": [notes()], "confidence": 0.9})),
        1 => Turn::text("Done."),
        2 => declare(json!({"outputs": [{"id": "notes", "kind": "answer_nonempty"}]})),
        3 => Turn::text("").call("write", json!({"path": "notes.md", "content": "x\n"})),
        _ => Turn::text("Written."),
    });
    finished.expect_code(0);
    let declared = finished.records_of("contract_declared");
    assert_eq!((declared.len(), &declared[0]["by"]), (1, &json!("model")));
    assert_eq!(finished.records_of("final_refused").iter().map(gap_ids).collect::<Vec<_>>(), [["notes"]]);
    let told = server.requests()[3].last_text("tool").expect("a result");
    assert!(told.contains("declared already and stays as it is (notes.md exists)"), "{told}");
    assert_eq!(finished.records_of("final_proposed")[0]["report"]["confidence"], 0.9);
}

#[test]
fn z2_a_declaration_that_is_none_says_what_is_wrong_with_it() {
    let table = [
        (
            json!({"outputs": [{"id": "a", "kind": "command_exit_0"}]}),
            "output \"a\": command_exit_0 needs a command",
        ),
        (json!({"outputs": [{"id": "a", "kind": "regex_matches", "pattern": "("}]}), "cannot be checked"),
        (json!({"outputs": [{"id": "a", "kind": "file_exists", "path": "../../x"}]}), "cannot be checked"),
        (json!({"confidence": 7}), "from 0 to 1"),
        (json!({}), "Nothing is declared"),
    ];
    for (arguments, expected) in table {
        let (finished, _) =
            exec(move |index, _| if index == 0 { declare(arguments.clone()) } else { Turn::text("Sorry.") });
        finished.expect_code(0);
        let told = finished.records_of("tool_returned").pop().expect("a result");
        let text = told["text"].as_str().expect("a text");
        assert!(told["is_error"] == true && text.contains(expected), "{text}");
        assert!(finished.records_of("contract_declared").is_empty());
    }
}

#[test]
fn z2_a_check_by_the_model_is_judged_as_its_own_call() {
    let check = json!({"id": "net", "kind": "command_exit_0", "command": "curl -s http://127.0.0.1:9/"});
    let (finished, _) =
        exec(
            move |index, _| {
                if index == 0 { declare(json!({"outputs": [check]})) } else { Turn::text("Done.") }
            },
        );
    // Denied for want of a person three times: only one can go on.
    finished.expect_code(3);
    let refused = &finished.records_of("final_refused")[0];
    let found = refused["gaps"][0]["found"].as_str().expect("what was found");
    assert!(found.contains("did not run: ") && found.contains("nobody is here to approve it"), "{found}");
    assert_eq!(finished.records_of("approval_requested").len(), 3, "each time");
}

#[test]
fn z2_a_check_reads_no_file_that_a_rule_withholds() {
    for path in ["private/a.txt", "twin.txt"] {
        let server = ModelServer::start(Script::responder(move |index, _| {
            let leak = json!({"id": "leak", "kind": "regex_matches", "path": path, "pattern": "^k"});
            if index == 0 { declare(json!({"outputs": [leak]})) } else { Turn::text("Done.") }
        }));
        let workspace = project();
        workspace.file("private/a.txt", "key\n");
        std::fs::hard_link(workspace.path().join("private/a.txt"), workspace.path().join("twin.txt"))
            .expect("a link");
        workspace.home_file("config.toml", "[permissions]\ndeny = [\"Read(private/**)\"]\n");
        let mut command = support::exec(&workspace, &server);
        let finished = spawn(command.args(["--json", "go"])).finish(LONG);
        finished.expect_code(4);
        let found = &finished.records_of("final_refused")[0]["gaps"][0]["found"];
        assert!(found.as_str().is_some_and(|found| found.contains("a rule withholds it")), "{found}");
    }
}

#[test]
fn z2_a_check_of_the_model_tells_nothing_of_an_environment_file() {
    let (workspace, server) = (
        project(),
        ModelServer::start(Script::responder(|index, _| {
            let check =
                |path: &str| json!({"id": path, "kind": "regex_matches", "path": path, "pattern": "^K"});
            let there = json!({"id": "there", "kind": "file_exists", "path": ".env"});
            let checks = json!({"outputs": [check(".env"), check("link"), there]});
            if index == 0 { declare(checks) } else { Turn::text("Done.") }
        })),
    );
    workspace.file(".env", "KEY=1\n");
    std::os::unix::fs::symlink(".env", workspace.path().join("link")).expect("a link");
    let mut command = support::exec(&workspace, &server);
    let finished = spawn(command.args(["--mode", "yolo", "--json", "go"])).finish(LONG);
    finished.expect_code(4);
    let coverage = finished.records_of("coverage_changed").remove(0)["coverage"].clone();
    let met: Vec<bool> = (0..3).filter_map(|which| coverage[which]["is_met"].as_bool()).collect();
    assert_eq!(met, [false, false, true], "{coverage}");
}

#[test]
fn z2_a_result_that_passed_counts_until_a_file_changes() {
    let tests =
        json!({"id": "tests", "kind": "tool_result_passed", "tool": "shell", "command": "sh tests/run.sh"});
    let (finished, server) = exec(move |index, _| match index {
        0 => declare(json!({"outputs": [tests]})),
        1 | 7 => Turn::text("They pass."),
        2 => Turn::text("").call("shell", json!({"command": "sh tests/run.sh || true"})),
        3 => Turn::text("They pass now."),
        4 => Turn::text("").call("read", json!({"path": "src/add.sh"})),
        5 => Turn::text("").call(
            "shell",
            json!({"command": "sed -i 's/\"$1\" \"$2\"/\"$@\"/' src/add.sh && sh tests/run.sh"}),
        ),
        6 => Turn::text("").call("shell", json!({"command": "sh tests/run.sh"})),
        _ => Turn::text("Really."),
    });
    finished.expect_code(0);
    let told = |at: usize| server.requests()[at].last_text("user").expect("the gaps");
    assert!(told(2).contains("has not been run in this session"), "{}", told(2));
    assert!(
        told(4).contains("- tests: as before"),
        "a command that hides the failure is another one: {}",
        told(4)
    );
    let coverage = finished.records_of("coverage_changed").pop().expect("the coverage");
    let evidence = coverage["coverage"][0]["evidence"][0].as_u64();
    let last = finished.records_of("tool_returned").pop().expect("the last run");
    assert_eq!(evidence, last["seq"].as_u64());
}

#[test]
fn z7_what_is_open_keeps_an_answer_from_being_accepted_where_nobody_can_accept_it() {
    let (finished, _) = exec(|index, _| match index {
        0 => declare(json!({
            "outputs": [{"id": "words", "kind": "answer_nonempty"}],
            "uncertainties": [{"id": "port", "text": "Which port is free?", "resolver": "the person"}],
        })),
        _ => Turn::text("Done."),
    });
    finished.expect_code(3);
    assert_eq!(
        finished.records_of("final_refused").iter().map(gap_ids).collect::<Vec<_>>(),
        [["uncertain:port"]]
    );
    let end = end_of(&finished);
    let text = end["text"].as_str().expect("a text");
    assert!(text.contains("uncertain:port: not known: Which port is free? (the person)"), "{text}");
    assert_eq!(
        finished.records_of("final_proposed")[0]["report"]["open_questions"],
        json!(["Which port is free?"])
    );
}

#[test]
fn z7_what_the_model_settles_is_open_no_longer() {
    let port =
        |resolved: bool| json!({"id": "port", "text": "Which port?", "assumed": true, "resolved": resolved});
    let (finished, _) = exec(move |index, _| match index {
        0 => declare(json!({"outputs": [notes()], "uncertainties": [port(false)]})),
        1 => Turn::text("").call("write", json!({"path": "notes.md", "content": "8080\n"})),
        2 => declare(json!({"uncertainties": [port(true)]})),
        _ => Turn::text("8080."),
    });
    finished.expect_code(0);
    assert!(finished.records_of("final_refused").is_empty());
    let noted = finished.records_of("uncertainty_noted");
    let states: Vec<&Value> = noted.iter().map(|noted| &noted["status"]).collect();
    assert_eq!(states, ["open", "resolved"]);
}
