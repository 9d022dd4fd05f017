//! Contracts: what must hold before "done" is believed, from a file, from the model, on the screen.

mod declared;
mod on_screen;

use std::time::Duration;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support;

const LONG: Duration = headwater_testkit::DEADLINE;

/// The tests pass, and there are notes.
const TERMS: &str = "goal = \"Sum three numbers\"\n\n\
    [[outputs]]\nid = \"tests\"\nwhat = \"The tests pass\"\nkind = \"command_exit_0\"\ncommand = \"sh tests/run.sh\"\n\n\
    [[outputs]]\nid = \"notes\"\nkind = \"file_exists\"\npath = \"notes.md\"\n";

fn project() -> Workspace {
    let workspace = support::workspace().with_failing_test();
    workspace.home_file("terms.toml", TERMS);
    workspace
}

/// `exec --json` under the contract in `terms.toml` of the workspace's home.
fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    let terms = workspace.headwater_home().join("terms.toml");
    let mut command = support::exec(workspace, server);
    spawn(command.arg("--json").arg("--contract").arg(terms).args(arguments).arg("make it sum")).finish(LONG)
}

/// A model that first only says that it is done, then does one thing after the other.
fn worker(index: usize) -> Turn {
    let fix = json!({"path": "src/add.sh", "old": "\"$1\" \"$2\"", "new": "\"$@\""});
    match index {
        0 => Turn::text("All done, the tests pass."),
        1 => Turn::text("").call("read", json!({"path": "src/add.sh"})),
        2 => Turn::text("").call("edit", fix),
        3 => Turn::text("Now it is done."),
        4 => Turn::text("").call("write", json!({"path": "notes.md", "content": "Sums all.\n"})),
        _ => Turn::text("The loop takes all arguments; the notes say so."),
    }
}

fn gap_ids(refused: &Value) -> Vec<&str> {
    refused["gaps"].as_array().into_iter().flatten().filter_map(|gap| gap["id"].as_str()).collect()
}

fn end_of(finished: &Finished) -> Value {
    finished.records_of("turn_ended").pop().expect("an end")
}

#[test]
fn z4_gaps_go_back_once_by_id_and_the_turn_goes_on_until_everything_holds() {
    let (workspace, server) = (project(), ModelServer::start(Script::responder(|index, _| worker(index))));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let refused = finished.records_of("final_refused");
    assert_eq!(refused.iter().map(gap_ids).collect::<Vec<_>>(), [vec!["tests", "notes"], vec!["notes"]]);
    assert_eq!(finished.records_of("final_accepted").len(), 1);
    assert_eq!(end_of(&finished)["text"], "The loop takes all arguments; the notes say so.");

    // The list reached the model once: what is the same is named and not said again.
    let requests = server.requests();
    let told = requests[1].last_text("user").expect("the gaps");
    assert!(told.contains("- tests: The tests pass: `sh tests/run.sh` ended with code 1"), "{told}");
    assert!(told.contains("not ok - adds three numbers") && told.contains("- notes: notes.md is not there"));
    let again = requests[4].last_text("user").expect("the gap that is left");
    assert!(again.contains("- notes: as before") && !again.contains("- tests"), "{again}");
    let whole = requests[5].body.to_string();
    assert_eq!(whole.matches("notes.md is not there").count(), 1, "{whole}");

    // The host waits longer for a check than a command of the model may take.
    let calls = finished.records_of("tool_called");
    let checks = calls.iter().filter(|call| call["input"]["command"] == "sh tests/run.sh");
    assert!(checks.into_iter().all(|check| check["input"]["timeout_s"] == 1_200), "{calls:?}");

    // What is met says by which record.
    let coverage = finished.records_of("coverage_changed").pop().expect("the coverage");
    let evidence = coverage["coverage"][0]["evidence"][0].as_u64().expect("a record");
    let records = finished.records();
    let shown = records.iter().find(|record| record["seq"] == evidence).expect("the record");
    let shown = (&shown["type"], &shown["name"], &shown["is_error"]);
    assert_eq!(shown, (&json!("tool_returned"), &json!("shell"), &json!(false)));
    assert_eq!(coverage["coverage"][1]["is_met"], true);

    // The completion report says how the work stood as it was called done.
    let proposed = finished.records_of("final_proposed");
    assert_eq!(proposed.len(), 3);
    assert_eq!(proposed[2]["report"]["deliverables"], json!(["notes.md", "src/add.sh"]));
    assert_eq!(proposed[2]["report"]["coverage"][0]["is_met"], true);
}

#[test]
fn l3_a_run_declares_acts_with_a_checkpoint_each_and_finalizes() {
    let (workspace, server) = (project(), ModelServer::start(Script::responder(|index, _| worker(index))));
    let finished = run(&workspace, &server, &[]);
    let kinds: Vec<String> = finished
        .records()
        .iter()
        .filter_map(|record| record["type"].as_str().map(str::to_owned))
        .filter(|kind| {
            let phases = [
                "contract_declared",
                "request_sent",
                "checkpointed",
                "final_proposed",
                "final_refused",
                "final_accepted",
                "turn_ended",
            ];
            phases.contains(&kind.as_str())
        })
        .collect();
    let said = kinds.join(" ").replace("final_", "").replace("_sent", "");
    let expected = "contract_declared \
        request proposed checkpointed refused \
        request request checkpointed request proposed checkpointed refused \
        request checkpointed request proposed checkpointed accepted turn_ended";
    assert_eq!(said, expected);
}

#[test]
fn z4_the_eighth_refusal_in_a_row_ends_the_turn() {
    let script = Script::responder(|index, _| Turn::text(format!("Done ({index}), everything holds.")));
    let (workspace, server) = (project(), ModelServer::start(script));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(4);
    assert_eq!((server.requests().len(), finished.records_of("final_refused").len()), (8, 8));
    assert!(finished.records_of("final_accepted").is_empty());
    let end = end_of(&finished);
    assert_eq!(end["reason"], "contract_unmet");
    let text = end["text"].as_str().expect("a text");
    assert!(
        text.starts_with("Done (7), everything holds.\n\nNot met:\n- tests: ")
            && text.contains("\n- notes: ")
    );
}

#[test]
fn z4_without_json_the_answer_and_its_gaps_are_told_with_exit_code_4() {
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last());
    let workspace = project();
    let terms = workspace.headwater_home().join("terms.toml");
    let mut command = support::exec(&workspace, &server);
    let finished = spawn(command.arg("--contract").arg(terms).arg("go")).finish(LONG);
    finished.expect_code(4);
    assert!(finished.stdout.starts_with("Done.\n\nNot met:\n- tests: "), "{}", finished.stdout);
    assert!(finished.stderr.contains("What the contract asks for is not there"), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("not accepted yet: notes: notes.md is not there"),
        "{}",
        finished.stderr
    );
}

#[test]
fn b4_a_hard_limit_ends_a_turn_whose_answer_does_not_hold_and_takes_one_that_does() {
    let always = || ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last());
    let workspace = project();
    let finished = run(&workspace, &always(), &["--max-steps", "3"]);
    finished.expect_code(5);
    assert_eq!(finished.records_of("final_refused").len(), 3);
    assert_eq!(end_of(&finished)["reason"], "max_steps");
    workspace.home_file("terms.toml", "[[outputs]]\nid = \"words\"\nkind = \"answer_nonempty\"\n");
    run(&workspace, &always(), &["--max-steps", "1"]).expect_code(0);
}

#[test]
fn z2_what_is_no_contract_is_said_before_anything_runs() {
    let (workspace, server) = (project(), ModelServer::start(Script::new()));
    let table = [
        ("gaol = \"x\"\n", "terms.toml, line 1: there is no key \"gaol\"; did you mean \"goal\"?"),
        (
            "[[outputs]]\nid = \"a\"\nkind = \"file_exist\"\npath = \"b\"\n",
            "line 3: there is no kind of check \"file_exist\"; did you mean \"file_exists\"?",
        ),
        ("goal = ", "terms.toml, line 1: "),
        (
            "[[outputs]]\nid = \"a\"\nkind = \"regex_matches\"\npattern = \"(\"\n",
            "the output \"a\" cannot be checked: its pattern cannot be used (unclosed group)",
        ),
        (
            "[[outputs]]\nid = \"a\"\nkind = \"json_schema_valid\"\nschema = { type = 5 }\n",
            "the output \"a\" cannot be checked: its schema is none",
        ),
        (
            "[[outputs]]\nid = \"a\"\nkind = \"file_exists\"\npath = \"../b\"\n",
            "the output \"a\" cannot be checked: the path `../b` leaves the workspace",
        ),
    ];
    for (terms, expected) in table {
        workspace.home_file("terms.toml", terms);
        let finished = run(&workspace, &server, &[]);
        finished.expect_code(2);
        let error = finished.stderr.lines().next().unwrap_or_default();
        assert!(error.starts_with("error: ") && error.contains(expected), "{error}");
        assert!(finished.stderr.contains("CONTRACTS.md"), "{}", finished.stderr);
    }
    let mut command = support::exec(&workspace, &server);
    let finished = spawn(command.args(["--contract", "nowhere.toml", "go"])).finish(LONG);
    finished.expect_code(2);
    assert!(finished.stderr.contains("nowhere.toml cannot be read"), "{}", finished.stderr);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn z2_in_plan_only_what_is_about_the_answer_is_asked_for() {
    let script =
        Script::responder(|index, _| Turn::text(if index == 0 { "Soon." } else { "PLAN: one loop." }));
    let (workspace, server) = (project(), ModelServer::start(script));
    let word = "\n[[outputs]]\nid = \"plan\"\nkind = \"regex_in_file\"\npattern = \"^PLAN: \"\n";
    workspace.home_file("terms.toml", format!("{TERMS}{word}"));
    let finished = run(&workspace, &server, &["--mode", "plan"]);
    finished.expect_code(0);
    let refused = finished.records_of("final_refused");
    assert_eq!(refused.iter().map(gap_ids).collect::<Vec<_>>(), [["plan"]]);
    assert!(finished.records_of("tool_called").is_empty(), "no command of the contract runs in Plan");
    // What was not looked at is not met, and is asked for once something may change.
    let coverage = finished.records_of("coverage_changed").pop().expect("the coverage");
    let met: Vec<&Value> = [0, 1, 2].iter().map(|at| &coverage["coverage"][at]["is_met"]).collect();
    assert_eq!(met, [&json!(false), &json!(false), &json!(true)]);
}

#[test]
fn z2_a_question_that_must_be_asked_needs_a_person() {
    let server = ModelServer::start(Script::new().turn(Turn::text("Done.")).repeat_last());
    let workspace = project();
    workspace.home_file("terms.toml", "must_ask = [\"Which port?\"]\n");
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(3);
    assert_eq!(finished.records_of("final_refused").iter().map(gap_ids).collect::<Vec<_>>(), [["ask:1"]]);
    let end = end_of(&finished);
    assert_eq!(end["reason"], "needs_person");
    assert!(end["text"].as_str().is_some_and(|text| text.contains("Which port?")), "{end}");
}

#[test]
fn z5_the_contract_and_what_is_met_survive_a_resume() {
    let (workspace, server) = (project(), ModelServer::start(Script::responder(|index, _| worker(index))));
    let first = run(&workspace, &server, &["--max-steps", "4"]);
    first.expect_code(5);
    let session = support::session_of(&first.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let mut command = support::exec(&workspace, &server);
    let second = spawn(command.args(["--json", "--resume", &session, "go on"])).finish(LONG);
    second.expect_code(0);
    // What is met stays met, so that only what changed is recorded: the notes.
    let coverage = second.records_of("coverage_changed");
    assert_eq!(coverage.len(), 1);
    assert_eq!(coverage[0]["coverage"][1]["is_met"], true);
    assert_eq!(second.records_of("final_accepted").len(), 1);
}
