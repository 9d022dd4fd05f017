//! Workspaces, and programs that run in them.

use headwater_testkit::workspace::{Signal, spawn};
use headwater_testkit::{DEADLINE, Workspace};
use std::time::Duration;

#[test]
fn the_failing_test_fails_until_it_is_mended() {
    let workspace = Workspace::failing_test();
    let run = || spawn(workspace.sealed("sh").arg("tests/run.sh")).finish(DEADLINE);
    let failed = run();
    failed.expect_code(1);
    assert_eq!(failed.stdout, "ok - adds two numbers\nnot ok - adds three numbers: expected 6, got 3\n");

    let mended = workspace.read("src/add.sh").replace(r#""$1" "$2""#, r#""$@""#);
    workspace.file("src/add.sh", mended);
    run().expect_code(0);
    assert_eq!(workspace.run_git(["status", "--short"]), " M src/add.sh\n");
}

#[test]
fn programs_see_nothing_of_our_environment() {
    let workspace = Workspace::for_binary("/usr/bin/env");
    let finished = workspace.run::<&str>([]);
    let mut names: Vec<&str> =
        finished.stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["HEADWATER_HOME", "HOME", "LANG", "PATH", "TERM"]);
    assert!(finished.stdout.contains(&format!("HOME={}\n", workspace.home().display())));
}

#[test]
fn files_are_written_and_read_below_the_workspace_and_the_home() {
    let workspace = Workspace::new();
    workspace.file("a/b.txt", "text").script("run", "#!/bin/sh\npwd\n").home_file("config.toml", "x = 1");
    assert_eq!(workspace.read("a/b.txt"), "text");
    assert!(workspace.has("a") && !workspace.has("c"));
    assert!(workspace.headwater_home().join("config.toml").exists());
    let finished = spawn(&mut workspace.sealed("./run")).finish(DEADLINE);
    assert_eq!(finished.stdout.trim(), workspace.path().display().to_string());
}

#[test]
fn records_are_read_line_by_line() {
    let workspace = Workspace::for_binary("/bin/sh");
    let finished = workspace.run(["-c", r#"echo '{"type":"a","seq":1}'; echo '{"type":"b"}'; exit 3"#]);
    finished.expect_code(3);
    assert_eq!(finished.records().len(), 2);
    assert_eq!(finished.records_of("a")[0]["seq"], 1);
}

#[test]
#[should_panic(expected = "line 2 is no JSON")]
fn a_line_that_is_no_json_is_named() {
    Workspace::for_binary("/bin/sh").run(["-c", "echo '{}'; echo no"]).records();
}

#[test]
fn a_running_program_takes_input_and_signals() {
    let workspace = Workspace::new();
    let mut running =
        spawn(workspace.sealed("sh").args(["-c", "read line; echo \"got $line\"; exec sleep 1000"]));
    running.write("this\n");
    running.wait_for_stdout("the echo", DEADLINE, |text| text == "got this\n");
    assert!(!running.has_ended());
    running.signal(Signal::TERM);
    let finished = running.finish(DEADLINE);
    assert_eq!((finished.code, finished.signal), (None, Some(15)));
}

#[test]
fn an_overrun_kills_the_whole_group() {
    let workspace = Workspace::new();
    let running = spawn(workspace.sealed("sh").args(["-c", "sleep 1000 & echo $!; wait"]));
    let text = running.wait_for_stdout("the id", DEADLINE, |text| text.ends_with('\n'));
    let child: i32 = text.trim().parse().unwrap();
    let result = std::panic::catch_unwind(|| running.finish(Duration::from_millis(1)));
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("did not end within 1ms"), "{message}");
    let child = rustix::process::Pid::from_raw(child).unwrap();
    let state = format!("/proc/{}/stat", child.as_raw_nonzero());
    let is_gone = || std::fs::read_to_string(&state).map_or(true, |stat| stat.contains(") Z "));
    let give_up = std::time::Instant::now() + DEADLINE;
    while !is_gone() {
        assert!(std::time::Instant::now() < give_up, "the child outlived its group");
        std::thread::yield_now();
    }
}
