//! Turns of the agent: scored the same twice, compared, refused.

use headwater_testkit::DEADLINE;
use headwater_testkit::workspace::spawn;
use rustix::process::Signal;

use super::{diff, eval, oracle, read, report, suite};
use crate::support::{WithCode as _, point_at, wait_until, workspace};

#[test]
fn a7_the_same_is_scored_the_same_twice() {
    let (workspace, oracle) = (workspace(), oracle());
    eval(&workspace, &oracle, "exec.toml", &["--n", "5", "--jobs", "2", "--out", "a"]).with_code(0);
    eval(&workspace, &oracle, "exec.toml", &["--n", "5", "--jobs", "4", "--out", "b"]).with_code(0);
    assert_eq!(read(&workspace, "a/scores.json"), read(&workspace, "b/scores.json"));
    assert_eq!(report(&workspace, "a").len(), 15);
    let compared = diff(&workspace, "a", "b").with_code(0);
    assert!(
        compared.stdout.contains("15 of 15 trials of both runs are the same, 0 missing, 0 new"),
        "{}",
        compared.stdout
    );
    let again = eval(&workspace, &oracle, "exec.toml", &["--out", "a"]).with_code(2);
    assert!(again.stderr.contains("a is not empty"), "{}", again.stderr);
}

#[test]
fn a7_a_thousand_trials_are_scored_the_same_twice() {
    let (workspace, oracle) = (workspace(), oracle());
    let whole = std::fs::read_to_string(suite("exec.toml")).expect("the suite");
    // The first of its tasks: a turn of two requests, a write and two checks.
    let (first, _) = whole.split_once("\n[[task]]\nid = \"mend-a-script\"").expect("a second task");
    workspace.file("one.toml", first);
    let path = workspace.path().join("one.toml");
    for (jobs, out) in [("8", "a"), ("5", "b")] {
        let arguments = ["--n", "1000", "--jobs", jobs, "--out", out];
        eval(&workspace, &oracle, path.to_str().expect("a path"), &arguments).with_code(0);
        assert_eq!(report(&workspace, out).len(), 1_000);
    }
    assert_eq!(read(&workspace, "a/scores.json"), read(&workspace, "b/scores.json"));
    let compared = diff(&workspace, "a", "b").with_code(0);
    let same = "1000 of 1000 trials of both runs are the same, 0 missing, 0 new";
    assert!(compared.stdout.contains(same), "{}", compared.stdout);
}

#[test]
fn a7_a_run_that_is_interrupted_leaves_nothing_behind() {
    let (workspace, oracle) = (workspace(), oracle());
    let task = r#"
name = "slow"
[[task]]
id = "wait"
kind = "exec"
prompt = """
@call shell {"command": "sleep 300"}
@say Waited."""
"#;
    workspace.file("slow.toml", task);
    let temporary = workspace.home().join("temporary");
    std::fs::create_dir_all(&temporary).expect("a directory");
    let mut command = workspace.command();
    command.env("TMPDIR", &temporary).args(["eval", "run", "slow.toml", "--n", "2", "--jobs", "2"]);
    point_at(&mut command, &oracle);
    let running = spawn(&mut command);
    let left = || std::fs::read_dir(&temporary).expect("a directory").count();
    wait_until("both trials to run", || oracle.requests().len() == 2 && left() >= 2);
    running.signal(Signal::INT);
    running.finish(DEADLINE).with_code(130);
    assert_eq!(left(), 0, "{:?}", std::fs::read_dir(&temporary));
}

#[test]
fn a7_a_pipe_in_the_place_of_a_file_is_a_gap_and_holds_up_nothing() {
    let (workspace, oracle) = (workspace(), oracle());
    let task = r#"
name = "pipe"
[[task]]
id = "pipe"
kind = "exec"
prompt = """
@call shell {"command": "mkfifo notes.txt"}
@say Done."""
verify = [{ file_matches = { path = "notes.txt", pattern = "x" } }]
"#;
    workspace.file("pipe.toml", task);
    let path = workspace.path().join("pipe.toml");
    let run = eval(&workspace, &oracle, path.to_str().expect("a path"), &[]).with_code(1);
    assert!(run.stdout.contains("failed pipe #0: file_matches notes.txt"), "{}", run.stdout);
}

#[test]
fn a7_what_is_otherwise_in_a_second_run_is_told() {
    let (workspace, oracle) = (workspace(), oracle());
    let other = std::fs::read_to_string(suite("exec.toml"))
        .expect("the suite")
        .replace("\"content\": \"hello\\\\n\"", "\"content\": \"good bye\\\\n\"")
        .replace("id = \"leave-it-alone\"", "id = \"another\"");
    workspace.file("other.toml", &other);
    eval(&workspace, &oracle, "exec.toml", &["--out", "a"]).with_code(0);
    let path = workspace.path().join("other.toml");
    let run = eval(&workspace, &oracle, path.to_str().expect("a path"), &["--out", "b"]).with_code(1);
    assert!(run.stdout.contains("failed write-a-file #0: file_matches hello.txt"), "{}", run.stdout);
    let told = diff(&workspace, "a", "b").with_code(1).stdout;
    for part in [
        "write-a-file: 1 of 1 passed, then 0 · score -0.500 · steps +0.0 · cost +0.0000 $",
        "mend-a-script: 1 of 1 passed, then 1 · score +0.000 · steps +0.0 · cost +0.0000 $",
        "leave-it-alone: 0 of 0 passed, then 0 · score +0.000 · steps +0.0 · cost +0.0000 $ · 1 missing",
        "another: 0 of 0 passed, then 0 · score +0.000 · steps +0.0 · cost +0.0000 $ · 1 new",
        "write-a-file #0: passed → failed · score 1.000 → 0.500 · steps +0 · calls +0",
        "file_matches hello.txt holds no more: no match in: good bye",
        "~ workspace/hello.txt (6 → 9 bytes)",
        "    -hello\n    +good bye",
        "leave-it-alone #0: missing in the second run (passed)",
        "another #0: only in the second run (passed)",
        "1 of 2 trials of both runs are the same, 1 missing, 1 new",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn a7_every_turn_that_a_harness_must_get_right_is_got_right_each_time() {
    let (workspace, oracle) = (workspace(), oracle());
    let first = eval(&workspace, &oracle, "turns.toml", &["--n", "2", "--jobs", "8", "--out", "a"]);
    let gaps: Vec<String> = report(&workspace, "a")
        .iter()
        .filter(|trial| trial["status"] != "passed")
        .map(|trial| {
            format!("{} #{}: {} {}", trial["case"], trial["number"], trial["checks"], trial["error"])
        })
        .collect();
    assert!(gaps.is_empty(), "{}\n{}", gaps.join("\n"), first.stdout);
    first.with_code(0);
    let second =
        eval(&workspace, &oracle, "turns.toml", &["--n", "2", "--jobs", "3", "--out", "b"]).with_code(0);
    assert_eq!(read(&workspace, "a/scores.json"), read(&workspace, "b/scores.json"), "{}", second.stdout);
    let tasks = std::fs::read_to_string(suite("turns.toml")).expect("the suite").matches("[[task]]").count();
    assert!(tasks >= 10, "{tasks} tasks");
}

#[test]
fn a7_one_more_step_is_told_where_the_score_is_the_same() {
    let (workspace, oracle) = (workspace(), oracle());
    let other = std::fs::read_to_string(suite("exec.toml"))
        .expect("the suite")
        .replace("@say The sum is right now.", "@call list {}\n@say The sum is right now.");
    workspace.file("other.toml", &other);
    let path = workspace.path().join("other.toml");
    eval(&workspace, &oracle, "exec.toml", &["--out", "a"]).with_code(0);
    eval(&workspace, &oracle, path.to_str().expect("a path"), &["--out", "b"]).with_code(0);
    let told = diff(&workspace, "a", "b").with_code(0).stdout;
    for part in [
        "mend-a-script: 1 of 1 passed, then 1 · score +0.000 · steps +1.0",
        "mend-a-script #0: passed · score 1.000 → 1.000 · steps +1",
        "2 of 3 trials of both runs are the same, 0 missing, 0 new",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn a7_a_vendor_that_is_not_there_is_said_once_and_before_any_trial() {
    let workspace = workspace();
    let mut command = workspace.command();
    command.args(["eval", "run"]).arg(suite("turns.toml")).args(["--n", "3", "--out", "out"]);
    let finished = spawn(&mut command).finish(DEADLINE);
    assert_eq!(finished.code, Some(2), "{}", finished.stderr);
    assert_eq!(finished.stderr.matches("no provider is chosen").count(), 1, "{}", finished.stderr);
    assert!(!workspace.path().join("out").exists(), "nothing was run");
}

#[test]
fn a_suite_or_a_run_that_is_none_is_told_in_a_sentence() {
    let (workspace, oracle) = (workspace(), oracle());
    workspace.file("bad.toml", "name = 'x'\n[[task]]\nid = 'a'\nkind = 'exec'\nprompt = 'p'\nfile = 1\n");
    let bad = workspace.path().join("bad.toml");
    let finished = eval(&workspace, &oracle, bad.to_str().expect("a path"), &[]).with_code(2);
    assert!(finished.stderr.contains("unknown field `file`"), "{}", finished.stderr);
    let finished = diff(&workspace, "nothing", "here").with_code(2);
    assert!(finished.stderr.contains("nothing/report.json cannot be read"), "{}", finished.stderr);
}
