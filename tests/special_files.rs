//! What is no file in the place of one: never waited on, and said in one sentence.

use std::path::Path;
use std::process::Command;

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Turn};

use crate::support;

/// Ways to put something else in the place of a file; a device that never ends is read in no other way than through a link.
const KINDS: [(&str, &[&str]); 3] =
    [("pipe", &["mkfifo"]), ("directory", &["mkdir"]), ("device", &["ln", "-s", "/dev/zero"])];

fn put(kind: &[&str], path: &Path) {
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("the directory");
    let (program, arguments) = kind.split_first().expect("a program");
    assert!(Command::new(program).args(arguments).arg(path).status().expect("it runs").success());
}

#[track_caller]
fn assert_told(finished: &Finished, kind: &str, path: &Path) {
    assert_ne!(finished.code, Some(0));
    let (errors, sentence) = (&finished.stderr, format!("it is a {kind}, not a regular file"));
    let lines = errors.lines().filter(|line| line.starts_with("error: "));
    assert_eq!(lines.count(), 1, "{errors}");
    assert!(errors.contains(&sentence) && errors.contains(&path.display().to_string()), "{errors}");
}

#[test]
fn settings_that_are_no_file_are_told_and_never_waited_on() {
    for (kind, making) in KINDS {
        for place in ["user", "project", "trust"] {
            let workspace = support::workspace();
            let server = ModelServer::start(Script::new().turn(Turn::text("Hi.")));
            let project =
                workspace.path().canonicalize().expect("the workspace").join(".headwater/config.toml");
            let path = match place {
                "user" => workspace.headwater_home().join("config.toml"),
                "project" => project,
                _ => {
                    workspace.file(".headwater/config.toml", "");
                    workspace.headwater_home().join("trust.toml")
                }
            };
            put(making, &path);
            assert_told(&spawn(support::exec(&workspace, &server).arg("go")).finish(DEADLINE), kind, &path);
        }
    }
}

#[test]
fn a_log_that_is_no_file_is_told_and_never_waited_on() {
    for (kind, making) in KINDS {
        let server = ModelServer::start(Script::new().turn(Turn::text("Hi.")).repeat_last());
        let workspace = support::workspace();
        let run = spawn(support::exec(&workspace, &server).args(["--json", "go"])).finish(DEADLINE);
        let id = support::session_of(&[run.stdout.lines().next().expect("a record").to_owned()]);
        let log = support::sessions_directory(&workspace).join(&id).join("transcript.jsonl");
        std::fs::remove_file(&log).expect("the log goes");
        put(making, &log);
        let resumed =
            spawn(support::exec(&workspace, &server).args(["--resume", &id, "go on"])).finish(DEADLINE);
        assert_told(&resumed, kind, &log);
        assert_told(&workspace.run(["replay", &id]), kind, &log);
        // Lists and the doctor go on without it.
        workspace.run(["sessions", "list"]).expect_code(0);
        assert!(workspace.run(["doctor"]).stdout.contains("stored: 0"));
    }
}
