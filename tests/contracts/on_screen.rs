//! Contracts on the screen: shown, edited, dropped; what is open, accepted.

use std::time::Duration;

use headwater_testkit::{ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;

use super::project;
use crate::support::{screen, sessions_directory};

/// The screen in 80×24, with a script as the editor.
fn open(workspace: &Workspace, server: &ModelServer, editor: &str) -> Terminal {
    workspace.home_file("editor.sh", editor);
    let mut command = screen(workspace, server);
    command.env("VISUAL", format!("sh '{}'", workspace.headwater_home().join("editor.sh").display()));
    let terminal = Terminal::start(&command, 80, 24);
    terminal.wait_for_text("What is to be done?");
    terminal
}

/// The log of the one session.
fn session_log(workspace: &Workspace) -> String {
    let mut sessions = std::fs::read_dir(sessions_directory(workspace)).expect("the sessions");
    let session = sessions.next().expect("a session").expect("an entry").path();
    std::fs::read_to_string(session.join("transcript.jsonl")).expect("the log")
}

fn declares(index: usize) -> Turn {
    match index {
        0 => Turn::text("").call(
            "contract",
            json!({
                "goal": "Write notes",
                "outputs": [
                    {"id": "notes", "what": "The notes", "kind": "file_exists", "path": "notes.md"},
                    {"id": "words", "what": "An answer", "kind": "answer_nonempty"},
                ],
                "uncertainties": [{"id": "tone", "text": "Formal or not?", "assumed": true}],
            }),
        ),
        1 => Turn::text("").call("write", json!({"path": "notes.md", "content": "x\n"})),
        _ => Turn::text("The notes are there."),
    }
}

const DECLARED: &str = "=== keys
    write notes<Enter>
    === screen
    ☐ notes: The notes (notes.md exists)
    ☐ words: An answer (the answer is not empty)
    /contract shows and edits it
    ! The answer was checked and does not hold yet.
    uncertain:tone: assumed and not checked: Formal or not?
    ■ Only a person can settle what is left
    contract 2/2";

const SHIPPED: &str = "=== keys
    /contract accept tune<Enter>
    === screen
    Nothing open is called \"tune\". Open: tone.
    === keys
    /contract<Enter>
    === screen
    contract 2/2
    Write notes
    ✓ notes: The notes  notes.md exists  by the model
    ✓ words: An answer  the answer is not empty  by the model
    Uncertainties
    ? tone: Formal or not?  assumed
    ▸ edit it in your editor
    ▸ go on with everything that is open as it is
    === keys
    <Enter>
    === screen
    accepted as it is: Formal or not? (tone)
    === keys
    fine, go on<Enter>
    === screen
    · The answer was checked against the contract and holds.";

#[test]
fn z7_a_contract_of_the_model_is_shown_and_shipped_with_its_assumptions() {
    let server = ModelServer::start(Script::responder(|index, _| declares(index)));
    let workspace = project();
    let terminal = open(&workspace, &server, "exit 1\n");
    terminal.play(DECLARED);
    terminal.play(SHIPPED);
    let log = session_log(&workspace);
    assert!(log.contains("\"status\":\"accepted\""), "shipping with assumptions is an event: {log}");
}

#[test]
fn z2_a_contract_is_edited_on_the_screen_and_the_persons_word_replaces() {
    let server = ModelServer::start(Script::responder(|index, _| match index {
        0 => Turn::text("Done."),
        1 => Turn::text("").call("write", json!({"path": "other.md", "content": "x\n"})),
        _ => Turn::text("The other notes are there."),
    }));
    let workspace = project();
    // The first time it writes a contract, the second time one with a slip, the third time it mends the slip.
    let editor = "f=\"$(dirname \"$0\")/times\"; printf x >>\"$f\"\n\
        case $(cat \"$f\") in\n\
        x) printf '[[outputs]]\\nid = \"notes\"\\nkind = \"file_exists\"\\npath = \"notes.md\"\\n' >>\"$1\";;\n\
        xx) sed -i 's/^path = .*/paht = \"other.md\"/' \"$1\";;\n\
        *) sed -i 's/^paht/path/' \"$1\";;\n\
        esac\n";
    let terminal = open(&workspace, &server, editor);
    terminal.play("=== keys\n/contract edit<Enter>\n=== screen\n☐ notes (notes.md exists)\ncontract 0/1");
    terminal.play(
        "=== keys\n/contract edit<Enter>\n=== screen\nThe contract stays as it was (line 15: there is no key \"paht\";",
    );
    terminal.play("=== keys\n/contract edit<Enter>\n=== screen\n☐ notes (other.md exists)");
    terminal.play(
        "=== keys\ngo<Enter>\n=== screen\n! The answer was checked and does not hold yet.\nnotes: other.md is not there\n\
         · The answer was checked against the contract and holds.",
    );
    terminal.play("=== keys\n/contract drop<Enter>\n=== screen\n· contract: none");
    terminal.play("=== keys\n/contract<Enter>\n=== screen\nNo contract: the model's word is believed.");
}

#[test]
fn z2_a_contract_that_changes_while_a_turn_runs_holds_for_it() {
    let workspace = project();
    let log = workspace.headwater_home().join("sessions");
    let is_declared = move || {
        let sessions = std::fs::read_dir(&log).expect("the sessions").flatten();
        let logs = sessions.map(|session| std::fs::read_to_string(session.path().join("transcript.jsonl")));
        logs.flatten().any(|log| log.contains("\"type\":\"contract_declared\""))
    };
    let mut said = 0;
    let server = ModelServer::start(Script::responder(move |index, _| {
        // Busy until the contract is there, then done at once.
        if said == 0 && !is_declared() {
            let call = Turn::text("").call("shell", json!({"command": format!("echo {index}")}));
            return call.first_byte_after(Duration::from_millis(30));
        }
        said += 1;
        match said {
            1 => Turn::text("Done."),
            2 => Turn::text("").call("write", json!({"path": "notes.md", "content": "x\n"})),
            _ => Turn::text("The notes are there."),
        }
    }));
    let editor =
        "printf '[[outputs]]\\nid = \"notes\"\\nkind = \"file_exists\"\\npath = \"notes.md\"\\n' >>\"$1\"\n";
    workspace.home_file("config.toml", "[limits]\nmax_steps = 5000\n");
    let terminal = open(&workspace, &server, editor);
    terminal.play("=== keys\ngo<Enter>\n=== screen\nto interrupt");
    terminal.play("=== keys\n/contract edit<Enter>");
    terminal.play(
        "=== screen\n! The answer was checked and does not hold yet.\nnotes: notes.md is not there\n\
         · The answer was checked against the contract and holds.",
    );
}
