//! Whose hooks run: the person's own, and a project's only after a yes to exactly what it brings.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{Terminal, Workspace};
use serde_json::json;

use super::{LONG, answering, every};
use crate::support;

/// A project that brings hooks in two files.
fn bringing() -> Workspace {
    let workspace = support::workspace();
    let hooks =
        |command: &str| json!({"model": "x", "hooks": {"UserPromptSubmit": every(command)}}).to_string();
    workspace.file(".headwater/hooks.json", hooks("sh ./check.sh"));
    workspace.file(".claude/settings.json", hooks("echo theirs >> ran.txt"));
    workspace.file("check.sh", "echo checked >> ran.txt\n");
    workspace
}

fn exec(workspace: &Workspace) -> String {
    let finished = spawn(support::exec(workspace, &answering("Fine.")).arg("go")).finish(LONG);
    finished.expect_code(0);
    finished.stderr
}

#[test]
fn b7_hooks_of_a_project_run_only_after_a_yes_and_a_change_asks_again() {
    let workspace = bringing();
    // Trusting the directory is not a yes to its hooks.
    workspace.file(".headwater/config.toml", "model = \"scripted\"\n");
    let stderr = exec(&workspace);
    assert!(stderr.contains("brings hooks (.headwater/hooks.json, .claude/settings.json)"), "{stderr}");
    assert!(stderr.contains("do not run before you say yes: look at /hooks"), "{stderr}");
    assert!(!workspace.has("ran.txt"));

    std::fs::remove_file(workspace.path().join(".headwater/config.toml")).expect("no settings");
    approve(&workspace);
    assert_eq!(lines(&workspace), 2);
    let stderr = exec(&workspace);
    assert_eq!(lines(&workspace), 4, "{stderr}");

    // A script that a hook names was changed: that is no longer what the yes was to.
    workspace.file("check.sh", "echo other >> ran.txt\n");
    assert!(exec(&workspace).contains("do not run before you say yes"));
    assert_eq!(lines(&workspace), 4);
    workspace.file("check.sh", "echo checked >> ran.txt\n");
    exec(&workspace);
    assert_eq!(lines(&workspace), 6);
    // What has nothing to do with hooks may change.
    let hooks = json!({"model": "y", "hooks": {"UserPromptSubmit": every("echo theirs >> ran.txt")}});
    workspace.file(".claude/settings.json", hooks.to_string());
    exec(&workspace);
    assert_eq!(lines(&workspace), 8);
    workspace.file(".claude/settings.local.json", hooks.to_string());
    assert!(exec(&workspace).contains(".claude/settings.local.json"));
    assert_eq!(lines(&workspace), 8);
}

/// Says no to the hooks of a project on the screen, then yes, and sends a message.
fn approve(workspace: &Workspace) {
    let server = answering("Fine.");
    let terminal = support::open(workspace, &server);
    terminal.play(
        "=== keys
         /hooks<Enter>
         === screen
         This project brings hooks that wait for your yes
         UserPromptSubmit    does not run: it waits for your yes
         sh ./check.sh
         echo theirs >> ran.txt
         === keys
         <Enter>
         === screen
         No, leave them
         === keys
         <Enter>
         === gone
         No, leave them
         === keys
         /hooks<Enter>
         === screen
         it waits for your yes
         === keys
         <Enter>
         === screen
         Yes, run the hooks of this project
         === keys
         <Down><Enter>
         === screen
         UserPromptSubmit    runs
         === gone
         wait for your yes
         === keys
         <Esc>go<Enter>
         === screen
         Fine.",
    );
}

#[test]
fn b7_without_a_screen_the_yes_is_a_word_and_only_to_what_was_shown() {
    let workspace = bringing();
    let server = answering("Fine.");
    let mut plain = support::screen(&workspace, &server);
    plain.arg("--plain");
    let terminal = Terminal::start(&plain, 100, 40);
    terminal.play(
        "=== screen
         headwater, AGENT mode
         === keys
         /hooks yes<Enter>
         === screen
         does not run: it waits for your yes
         sh ./check.sh
         === keys
         first<Enter>
         === screen
         Fine.",
    );
    assert!(!workspace.has("ran.txt"), "nothing was shown before the first word");
    terminal.play(
        "=== keys
         /hooks yes<Enter>
         === screen
         The hooks of this project run from now on, until they change.
         === keys
         second<Enter>
         === screen
         second
         Fine.",
    );
    support::wait_until("both hooks", || workspace.has("ran.txt") && lines(&workspace) == 2);
}

fn lines(workspace: &Workspace) -> usize {
    workspace.read("ran.txt").lines().count()
}

#[test]
fn b7_a_project_cannot_borrow_the_hooks_of_another_agent() {
    let workspace = support::workspace();
    std::fs::create_dir_all(workspace.home().join(".claude")).expect("a directory");
    let hooks = json!({"hooks": {"UserPromptSubmit": every("touch ran.txt")}});
    std::fs::write(workspace.home().join(".claude/settings.json"), hooks.to_string()).expect("a file");
    workspace.file(".headwater/config.toml", "[hooks]\nclaude = true\n");
    let server = answering("Fine.");
    let terminal = Terminal::start(&support::screen(&workspace, &server), 100, 30);
    terminal.play(
        "=== screen
         Do you trust it
         === keys
         y<Enter>
         === screen
         hooks.claude cannot be set by a project'",
    );
    assert!(!workspace.has("ran.txt"));
}

#[test]
fn b7_hooks_of_another_agent_run_where_the_person_says_so() {
    let hooks = json!({"permissions": {}, "hooks": {"UserPromptSubmit": every("touch ran.txt")}});
    for (settings, runs) in [("", false), ("[hooks]\nclaude = true\n", true)] {
        let workspace = support::workspace();
        std::fs::create_dir_all(workspace.home().join(".claude")).expect("a directory");
        std::fs::write(workspace.home().join(".claude/settings.json"), hooks.to_string()).expect("a file");
        workspace.home_file("config.toml", settings);
        exec(&workspace);
        assert_eq!(workspace.has("ran.txt"), runs);
    }
}

#[test]
fn b7_what_cannot_be_used_is_said_by_exec_and_by_doctor() {
    let workspace = support::workspace();
    workspace.home_file(
        "hooks.json",
        r#"{"hooks": {"Stop": [{"hooks": [{"type": "http", "url": "https://x.example/hook"}, {"command": "true"}]}],
            "TeammateIdle": []}}"#,
    );
    let stderr = exec(&workspace);
    assert!(stderr.contains("hooks of the type \"http\" are not supported, only commands"), "{stderr}");
    assert!(stderr.contains("hooks do not run at \"TeammateIdle\" here"), "{stderr}");
    let doctor = workspace.run(["doctor"]).stdout;
    assert!(doctor.contains("https://x.example/hook") && doctor.contains("does not run"), "{doctor}");
    workspace.home_file("hooks.json", "{ not json");
    assert!(exec(&workspace).contains("cannot be used: it is no JSON"));
}

#[test]
fn b7_one_word_switches_all_hooks_off() {
    let workspace = bringing();
    workspace.home_file(
        "hooks.json",
        json!({"disableAllHooks": true, "hooks": {"UserPromptSubmit": every("touch mine.txt")}}).to_string(),
    );
    exec(&workspace);
    assert!(!workspace.has("mine.txt") && !workspace.has("ran.txt"));
    assert!(workspace.run(["doctor"]).stdout.contains("\"disableAllHooks\" is set in"));
}
