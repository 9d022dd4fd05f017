//! What is typed into the composer beside messages: commands, file names, slash commands, sessions, leaving.

use headwater_testkit::{ModelServer, Script, Turn, Workspace};

use crate::support::{self, open, workspace};

#[test]
fn a_command_of_the_person_runs_and_the_model_sees_its_output() {
    let server = ModelServer::start(Script::new().turn(Turn::text("Four.")));
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         !echo $((2 + 2))-mine
         === screen
         ─ ! shell
         === keys
         <Enter>
         === screen
         echo $((2 + 2))-mine
         4-mine
         What is to be done?
         === keys
         what was it?<Enter>
         === screen
         Four.",
    );
    let whole = server.requests()[0].body.to_string();
    assert!(whole.contains("4-mine"), "{whole}");
}

#[test]
fn long_output_of_two_commands_of_the_person_is_stored_apart() {
    let server = ModelServer::start(Script::new());
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    let stored = || -> Vec<String> {
        let sessions = std::fs::read_dir(support::sessions_directory(&workspace)).expect("the sessions");
        let blobs = sessions.filter_map(|entry| std::fs::read_dir(entry.ok()?.path().join("blobs")).ok());
        blobs
            .flatten()
            .map(|blob| std::fs::read_to_string(blob.expect("a blob").path()).expect("text"))
            .collect()
    };
    terminal.keys("!seq 100001 120000<Enter>");
    support::wait_until("stored output", || stored().iter().any(|text| text.contains("120000")));
    terminal.wait_for_text("What is to be done?");
    terminal.keys("!seq 200001 220000<Enter>");
    support::wait_until("more of it", || stored().iter().any(|text| text.contains("220000")));
    let kept = stored();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().any(|text| text.starts_with("100001\n")), "the first is still what it was");
}

#[test]
fn files_and_commands_are_found_while_typing() {
    let workspace = workspace().with_failing_test();
    let server = ModelServer::start(Script::new());
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         see @add
         === screen
         ─ files ·
         ▸ src/add.sh
         === keys
         <Tab>
         === screen
         │ see @src/add.sh
         === gone
         ─ files ·
         === keys
         and more<Esc>
         === screen
         What is to be done?
         === keys
         /perm
         === screen
         ─ commands ─
         ▸ /permissions
         === keys
         <Enter>
         === screen
         ─ permissions ─
         === keys
         <Esc>
         === screen
         What is to be done?",
    );
    assert!(server.requests().is_empty());
}

#[test]
fn an_earlier_session_is_found_and_carried_on() {
    let workspace = workspace();
    let server =
        ModelServer::start(Script::new().turn(Turn::text("Forty-two.")).turn(Turn::text("I said it.")));
    let first = open(&workspace, &server);
    first.play("=== keys\nthe answer?<Enter>\n=== screen\nForty-two.\nWhat is to be done?\n=== keys\n<C-d>");
    first.wait_exit();
    let second = open(&workspace, &server);
    second.play(
        "=== keys
         /sessions<Enter>
         === screen
         the answer?
         === keys
         /answer<Enter><Enter>
         === screen
         ▎ the answer?
         Forty-two.
         What is to be done?
         === keys
         what did you say?<Enter>
         === screen
         I said it.",
    );
    let told = server.requests()[1].body.to_string();
    assert!(told.contains("the answer?") && told.contains("Forty-two."), "{told}");
    second.play("=== keys\n<C-d>");
    second.wait_exit();
    let id = session_with(&workspace, "the answer?");
    let third = open(&workspace, &server);
    third.keys(&format!("/resume {id}<Enter>"));
    third.play("=== screen\n▎ the answer?\nForty-two.\n▎ what did you say?\nI said it.");
}

/// The id of the session that begins with these words.
fn session_with(workspace: &Workspace, words: &str) -> String {
    let listed = workspace.run(["sessions", "list"]).stdout;
    let line = listed.lines().find(|line| line.contains(words)).expect("the session is listed");
    line.split_whitespace().next().expect("an id").to_owned()
}

#[test]
fn ctrl_c_quits_when_pressed_twice() {
    let server = ModelServer::start(Script::new());
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal
        .play("=== keys\nwords<C-c>\n=== screen\nWhat is to be done?\nCtrl+C again quits\n=== keys\n<C-c>");
    assert_eq!(terminal.wait_exit().code, 0);
}

#[test]
fn ctrl_d_quits_on_an_empty_line_only() {
    let server = ModelServer::start(Script::new());
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\nwords<C-d><Home><C-d>\n=== screen\n│ ords");
    terminal.play("=== keys\n<C-c>\n=== screen\nWhat is to be done?\n=== keys\n<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
}
