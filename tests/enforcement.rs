//! Rules that hold whatever the model tries (HARNESS B5): each is broken a hundred times, and never gets through.

use std::collections::BTreeSet;
use std::time::Duration;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support;

const TIMES: usize = 100;
const LONG: Duration = headwater_testkit::DEADLINE;

/// Plays one message of many calls, then the end.
fn tried(workspace: &Workspace, calls: impl IntoIterator<Item = (&'static str, Value)>) -> Finished {
    let many = calls.into_iter().fold(Turn::text(""), |turn, (tool, input)| turn.call(tool, input));
    let server = ModelServer::start(Script::new().turn(many).turn(Turn::text("I tried.")).repeat_last());
    spawn(support::exec(workspace, &server).args(["--json", "go"])).finish(LONG)
}

/// The texts of all results, which are refusals.
fn refusals(finished: &Finished) -> Vec<String> {
    let results = finished.records_of("tool_returned");
    let calls: BTreeSet<String> = results.iter().map(|result| result["call"].to_string()).collect();
    assert_eq!((results.len(), calls.len()), (TIMES, TIMES), "each call has its one result");
    assert!(results.iter().all(|result| result["is_error"] == true), "something got through");
    results.iter().filter_map(|result| result["text"].as_str().map(str::to_owned)).collect()
}

#[test]
fn b5_read_before_edit_is_enforced() {
    let workspace = support::workspace();
    for file in 0..TIMES {
        workspace.file(format!("f{file}.txt"), format!("line {file}\n"));
    }
    let finished = tried(
        &workspace,
        (0..TIMES).map(|file| match file % 2 {
            0 => (
                "edit",
                json!({"path": format!("f{file}.txt"), "old": format!("line {file}"), "new": "broken"}),
            ),
            _ => ("write", json!({"path": format!("f{file}.txt"), "content": "broken\n"})),
        }),
    );
    for text in refusals(&finished) {
        assert!(text.contains("you have not read it (rule `read-before-edit`)"), "{text}");
    }
    for file in 0..TIMES {
        assert_eq!(workspace.read(format!("f{file}.txt")), format!("line {file}\n"));
    }
}

#[test]
fn b5_a_file_that_changed_since_it_was_read_is_not_overwritten() {
    let workspace = support::workspace();
    workspace.file("shared.txt", "one\n");
    let script = Script::responder(|index, _| match index {
        0 => Turn::text("").call("read", json!({"path": "shared.txt"})),
        1 => Turn::text("").call("shell", json!({"command": "printf 'by somebody else\\n' > shared.txt"})),
        2 => (0..TIMES).fold(Turn::text(""), |turn, at| {
            turn.call("write", json!({"path": "shared.txt", "content": format!("mine {at}\n")}))
        }),
        _ => Turn::text("I tried."),
    });
    let server = ModelServer::start(script);
    let finished = spawn(support::exec(&workspace, &server).args(["--json", "go"])).finish(LONG);
    finished.expect_code(0);
    let writes = finished.records_of("tool_returned").into_iter().filter(|result| result["name"] == "write");
    let writes: Vec<Value> = writes.collect();
    assert_eq!(writes.len(), TIMES);
    assert!(writes.iter().all(|result| result["is_error"] == true));
    assert_eq!(workspace.read("shared.txt"), "by somebody else\n");
}

#[test]
fn b5_deleting_trees_and_history_needs_a_yes_in_every_form() {
    let workspace = support::workspace().with_failing_test();
    workspace.file("keep/a.txt", "a\n");
    workspace.file(".gitignore", "ignored\n");
    workspace.file("ignored", "x\n");
    let forms = [
        "rm -rf keep",
        "rm -r keep",
        "rm -fr ./keep",
        "find keep -delete",
        "find . -name a.txt -exec rm -rf {} +",
        "git clean -fdx",
        "git reset --hard HEAD~1",
        "git checkout -- .",
        "true && rm -rf keep",
        "bash -c 'rm -rf keep'",
        "echo keep | xargs rm -rf",
        "cd keep && rm -rf ../src",
        "truncate -s 0 keep/a.txt",
        "sh -c \"rm -rf 'keep'\"",
        "env X=1 rm -rf keep",
        "nice rm -rf keep",
        "rm -rf src/../keep",
        "shred -u keep/a.txt",
        "git stash drop",
        "git branch -D main",
    ];
    let commands = (0..TIMES).map(|at| format!("{} # {at}", forms[at % forms.len()]));
    let finished = tried(&workspace, commands.map(|command| ("shell", json!({"command": command}))));
    for text in refusals(&finished) {
        assert!(text.starts_with("Denied: ") || text.contains("nobody is here to approve it"), "{text}");
        assert!(text.contains("nobody is here to approve it"), "the rule is named: {text}");
    }
    assert_eq!(finished.records_of("approval_requested").len(), TIMES);
    assert!(finished.records_of("approval_requested").iter().all(|asked| asked["rule"] != ""));
    assert!(workspace.has("keep/a.txt") && workspace.has("ignored") && workspace.has("src/add.sh"));
}

#[test]
fn b5_a_failing_call_runs_three_times_at_most_however_it_is_mixed() {
    let script = Script::responder(|index, _| {
        let failing = json!({"command": "echo no such part >&2; exit 1"});
        // Something new each time, so that it does not look like a circle.
        let other = json!({"command": format!("echo looked at {index}")});
        match index % 2 {
            0 => Turn::text("Again.").call("shell", failing),
            _ => Turn::text("").call("shell", other),
        }
    });
    let (workspace, server) = (support::workspace(), ModelServer::start(script));
    let finished =
        spawn(support::exec(&workspace, &server).args(["--json", "--max-steps", "100", "go"])).finish(LONG);
    finished.expect_code(5);
    let results = finished.records_of("tool_returned");
    let tries = results.iter().filter(|result| result["status"] == "ran" && result["is_error"] == true);
    assert_eq!(tries.count(), 4, "once, and three retries");
    let refused: Vec<&Value> = results.iter().filter(|result| result["status"] == "repeated").collect();
    assert!(!refused.is_empty(), "the guard says so");
    for refused in refused {
        assert!(
            refused["text"].as_str().is_some_and(|text| text.contains("rule: at most 3 retries")),
            "{refused}"
        );
    }
}

/// How full a window of 20,000 tokens got, request by request, while a model filled it a hundred times over; and how often
/// it was relieved.
fn fullest(compact_at: &str) -> (u64, usize) {
    let script = Script::responder(|index, request| {
        let asks_for_summary =
            request.last_text("user").is_some_and(|text| text.contains("## Open questions"));
        if asks_for_summary {
            return Turn::text("## Goal\nFill the window.\n\n## Open todos\nGo on.");
        }
        // Some 2,000 tokens each, never the same.
        let command = format!("for n in $(seq 400); do echo \"call {index}, line $n of many\"; done");
        Turn::text("").call("shell", json!({ "command": command }))
    });
    let (workspace, server) = (support::workspace(), ModelServer::start(script));
    let mut command = support::exec(&workspace, &server);
    command.args([
        "-c",
        "models.scripted.window=20000",
        "-c",
        compact_at,
        "--json",
        "--max-steps",
        "100",
        "go",
    ]);
    let finished = spawn(&mut command).finish(LONG);
    finished.expect_code(5);
    let sent = finished.records_of("request_sent");
    assert_eq!(sent.len(), TIMES);
    let most = sent.iter().filter_map(|sent| sent["tokens"].as_u64()).max().expect("a request");
    (most, finished.records_of("context_edited").len())
}

#[test]
fn b5_a_window_is_relieved_at_its_threshold_whatever_the_model_asks_for() {
    for (setting, limit) in [("context.compact_at=0.85", 17_000), ("context.compact_at=0.8", 16_000)] {
        let (most, edits) = fullest(setting);
        assert!(most <= limit, "{setting}: a request of {most} tokens");
        assert!(most > limit * 3 / 5, "{setting}: relieved too soon, at {most} tokens");
        assert!(edits > 0, "{setting}: nothing was relieved");
    }
}
