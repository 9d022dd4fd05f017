//! Each act has its checkpoint: what a call may change is kept before it runs, in turns and in the blocks of missions.

use std::collections::{BTreeMap, BTreeSet};

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::mission_undo::{card_writing, ran};
use crate::missions::logs;
use crate::support::{WithCode as _, exec, sessions_directory, workspace};

/// The records of the one log in which something like this happened.
fn log_with(workspace: &Workspace, kind: &str) -> Vec<Value> {
    let logs = std::fs::read_dir(sessions_directory(workspace)).expect("sessions");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("a session").path().join("transcript.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect::<Vec<Value>>()
    };
    let found: Vec<Vec<Value>> =
        logs.map(read).filter(|records| records.iter().any(|record| record["type"] == kind)).collect();
    assert_eq!(found.len(), 1, "one log with {kind}");
    found.into_iter().next().expect("one")
}

/// What happened around each call that ran: the kinds of records that name it, in order.
fn courses(records: &[Value], tools: &[&str]) -> BTreeMap<String, Vec<String>> {
    let named = |record: &&Value| {
        record["type"] == "tool_called" && tools.contains(&record["name"].as_str().expect("a name"))
    };
    let mut courses: BTreeMap<String, Vec<String>> =
        records.iter().filter(named).map(|record| (record["call"].to_string(), vec![])).collect();
    let counted = ["tool_called", "checkpointed", "tool_returned"];
    for record in records {
        let kind = record["type"].as_str().expect("a type");
        if let Some(course) = courses.get_mut(&record["call"].to_string()).filter(|_| counted.contains(&kind))
        {
            course.push(kind.to_owned());
        }
    }
    courses
}

/// How many acts have a checkpoint; each of these names the call it is of.
fn acts_kept(records: &[Value]) -> usize {
    let kept = records.iter().filter(|record| record["type"] == "checkpointed");
    kept.map(|record| record["call"].as_str().expect("a call")).collect::<BTreeSet<_>>().len()
}

#[test]
fn l2_each_call_of_a_turn_that_changes_something_has_one_checkpoint_before_it() {
    let write = |content: &str| json!({"path": "a.txt", "content": content});
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("").call("write", write("one")))
            .turn(Turn::text("").call("read", json!({"path": "a.txt"})).call("write", write("two")))
            .turn(Turn::text("").call("shell", json!({"command": "echo three > a.txt"})))
            .turn(Turn::text("Done.")),
    );
    let workspace = workspace();
    let finished = spawn(exec(&workspace, &server).args(["--json", "go"])).finish(DEADLINE).with_code(0);
    assert_eq!(workspace.read("a.txt"), "three\n");
    let records = finished.records();
    let acts = courses(&records, &["write", "shell"]);
    assert_eq!((acts.len(), acts_kept(&records)), (3, 3));
    for course in acts.values() {
        assert_eq!(course.join(" "), "tool_called checkpointed tool_returned");
    }
    assert_eq!(
        courses(&records, &["read"]).into_values().collect::<Vec<_>>(),
        [["tool_called", "tool_returned"]]
    );
}

#[test]
fn l2_each_call_of_each_round_of_blocks_has_one_checkpoint_before_it() {
    let workspace = logs();
    let code = "write('report.md', 'a')\nread('report.md')\nwrite('report.md', 'b')";
    ran(&workspace, card_writing(&["report.md"]), code);
    let records = log_with(&workspace, "cell_started");
    assert_eq!(acts_kept(&records), 3, "one for each act");
    let acts = courses(&records, &["write"]);
    assert_eq!(acts.len(), 3, "two of the block and one that ends it");
    for course in acts.values() {
        assert_eq!(course.join(" "), "tool_called checkpointed tool_returned");
    }
    let rounds = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
    assert_eq!(rounds("cell_started"), rounds("cell_returned"));
}

#[test]
fn l2_a_command_of_a_block_is_one_act_also_when_it_makes_files() {
    let workspace = logs();
    workspace.script("make.sh", "#!/bin/sh\necho made > out.md\n");
    let mut card = card_writing(&["report.md"]);
    let making = json!({"n": 2, "title": "Make it", "looks_at": ["logs/**"], "expected_output": "out.md",
        "done_check": {"kind": "command", "command": "./make.sh"}, "writes": ["out.md"], "tools": [],
        "tier": "cheap", "claims": []});
    card["subtasks"].as_array_mut().expect("a list").push(making);
    ran(&workspace, card, "shell('./make.sh')\nshell('./make.sh')");
    assert_eq!(workspace.read("out.md"), "made\n");
    let records = log_with(&workspace, "cell_started");
    let acts = courses(&records, &["shell", "write"]);
    assert!(acts.len() >= 3, "two commands of the block and a report");
    assert_eq!(acts_kept(&records), acts.len());
    for (call, course) in &acts {
        // What the first one made is added behind it.
        let more = if call == "\"m1\"" { "checkpointed " } else { "" };
        assert_eq!(course.join(" "), format!("tool_called checkpointed {more}tool_returned"), "{call}");
    }
    // That names no command: a checkpoint with one begins an act.
    let of_first = records.iter().filter(|record| record["type"] == "checkpointed" && record["call"] == "m1");
    let begins: Vec<bool> = of_first.map(|record| record["command"].is_string()).collect();
    assert_eq!(begins, [true, false]);
}
