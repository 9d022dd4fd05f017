//! What commands changed: those files that a command names go back, the others are named.

use std::os::unix::fs::PermissionsExt as _;

use headwater_testkit::{Script, Turn};
use serde_json::json;

use super::stage::Stage;

#[test]
fn s6_what_a_shell_changed_is_taken_back_or_listed() {
    // The names are made as it runs, so that nobody can read them off it.
    let command = "echo more >> a.txt; for name in made gone; do echo x > $name.txt; done; rm old/$name.txt";
    let script = Script::new()
        .turn(Turn::text("").call("write", json!({"path": "a.txt", "content": "one\n"})))
        .turn(Turn::text("The first is done."))
        .turn(Turn::text("").call("shell", json!({"command": command})))
        .turn(Turn::text("The second is done."));
    let mut stage = Stage::start_with(script, |workspace| {
        workspace.file("old/gone.txt", "gone\n").file("old/stays.txt", "stays\n");
    });
    stage.says("write the first");
    stage.says("run it");
    assert_eq!(stage.read("a.txt"), "one\nmore\n");
    let to = stage.messages()[1];
    stage.types(&format!("/rewind {to}"));
    stage.shows(&format!("not covered: gone.txt, made.txt: made or changed while `{command}` ran"));
    stage.shows(&format!("not covered: old: something there went or was renamed while `{command}` ran"));
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Not covered: gone.txt, made.txt");
    assert_eq!(stage.read("a.txt"), "one\n", "what a tool had changed before was kept");
    assert_eq!(stage.read("made.txt"), "x\n");
}

#[test]
fn s6_what_a_command_names_goes_back_with_it() {
    let command =
        "rm old/gone.txt && mv b.txt c.txt; sed -i s/one/two/ a.txt; echo x > made.txt; chmod 755 run.sh";
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": command})))
        .turn(Turn::text("It is done."));
    let mut stage = Stage::start_with(script, |workspace| {
        workspace
            .file("old/gone.txt", "gone\n")
            .file("a.txt", "one\n")
            .file("b.txt", "b\n")
            .file("run.sh", "x\n");
    });
    let mode = |stage: &Stage, path: &str| {
        let found = stage.workspace.path().join(path).metadata().expect("a file");
        found.permissions().mode() & 0o777
    };
    let before = mode(&stage, "run.sh");
    stage.says("tidy up");
    assert!(!stage.workspace.has("old/gone.txt") && !stage.workspace.has("b.txt"));
    assert_eq!((stage.read("a.txt").as_str(), mode(&stage, "run.sh")), ("two\n", 0o755));
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to}"));
    for line in [
        "a.txt goes back",
        "b.txt comes back",
        "c.txt is removed",
        "made.txt is removed",
        "old/gone.txt comes back",
    ] {
        stage.shows(line);
    }
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Put back: a.txt, b.txt, c.txt, made.txt, old/gone.txt, run.sh.");
    assert_eq!((stage.read("a.txt").as_str(), stage.read("b.txt").as_str()), ("one\n", "b\n"));
    assert_eq!((stage.read("old/gone.txt").as_str(), mode(&stage, "run.sh")), ("gone\n", before));
    assert!(!stage.workspace.has("c.txt") && !stage.workspace.has("made.txt"));
    // And again as it was.
    stage.types("/redo");
    stage.shows("the rewind was taken back");
    assert_eq!((stage.read("c.txt").as_str(), mode(&stage, "run.sh")), ("b\n", 0o755));
    stage.verify();
}

#[test]
fn s6_what_git_throws_away_comes_back() {
    let command = "git checkout -- a.txt && git clean -fdq";
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": command})))
        .turn(Turn::text("It is done."));
    let mut stage = Stage::start_with(script, |workspace| {
        workspace.file("a.txt", "committed\n").git();
        workspace.file("a.txt", "work of a day\n").file("new/b.txt", "new\n");
    });
    stage.says("throw it away");
    assert_eq!(stage.read("a.txt"), "committed\n");
    assert!(!stage.workspace.has("new/b.txt"));
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage.shows("Put back: a.txt, new/b.txt.");
    assert_eq!(
        (stage.read("a.txt").as_str(), stage.read("new/b.txt").as_str()),
        ("work of a day\n", "new\n")
    );
}

#[test]
fn s6_permissions_that_the_person_gave_since_stay() {
    let script = Script::new()
        .turn(Turn::text("").call("read", json!({"path": "run.sh"})))
        .turn(Turn::text("").call("write", json!({"path": "run.sh", "content": "two\n"})))
        .turn(Turn::text("It is done."));
    let mut stage = Stage::start_with(script, |workspace| {
        workspace.file("run.sh", "one\n");
    });
    stage.says("change it");
    let path = stage.workspace.path().join("run.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).expect("permissions");
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage.shows(
        "Left alone: run.sh: its content goes back; its permissions (750) were changed by somebody else",
    );
    assert_eq!(stage.read("run.sh"), "one\n");
    assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o777, 0o750);
}

#[test]
fn s6_going_back_to_no_message_is_refused_at_once() {
    let mut stage = Stage::start(Script::new().turn(Turn::text("Fine.")));
    stage.says("hello");
    stage.types("/rewind 999");
    stage.shows("Record 999 is no message one can go back to; /rewind lists them.");
}

#[test]
fn s6_what_a_command_made_before_a_tool_changed_it_is_listed() {
    let script = Script::new()
        .turn(Turn::text("").call("shell", json!({"command": "for n in made; do echo $n > $n.txt; done"})))
        .turn(Turn::text("").call("read", json!({"path": "made.txt"})))
        .turn(Turn::text("").call("write", json!({"path": "made.txt", "content": "changed\n"})))
        .turn(Turn::text("It is done."));
    let mut stage = Stage::start(script);
    stage.says("make it");
    let to = stage.messages()[0];
    stage.types(&format!("/rewind {to} both"));
    stage
        .shows("Not covered: made.txt: made or changed while `for n in made; do echo $n > $n.txt; done` ran");
    assert_eq!(stage.read("made.txt"), "made\n", "a tool has kept it as the command left it");
}
