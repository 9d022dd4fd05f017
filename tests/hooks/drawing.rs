//! What hooks change of the screen, and of nothing else: a status line of the person's own, and how an answer is drawn.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Screen, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use super::{LONG, answering, every, with_hooks};
use crate::support::{self, WithCode as _};

/// A hook that draws every answer in capitals.
const CAPITALS: &str = r#"python3 -c 'import json, sys
told = json.load(sys.stdin)
open("told.jsonl", "a").write(json.dumps(told) + "\n")
print(json.dumps({"hookSpecificOutput": {"hookEventName": "MessageDisplay", "displayContent": told["delta"].upper()}}))'"#;

/// A workspace whose settings name this command for the status line.
fn with_line(command: &str) -> Workspace {
    let workspace = support::workspace();
    workspace.home_file("config.toml", format!("[status_line]\npadding = 2\ncommand = '''{command}'''\n"));
    workspace
}

/// The row above the last one, which is the program's own status line.
fn own_line(screen: &Screen) -> String {
    screen.row(screen.rows() - 2)
}

fn say(terminal: &Terminal, text: &str, answer: &str) {
    terminal.keys(&format!("{text}<Enter>"));
    terminal.wait_for_text(answer);
}

/// The objects of a file, one a line.
fn told(workspace: &Workspace, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(workspace.path().join(file)).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn b7_a_status_line_of_the_person_stands_above_the_programs_own() {
    let workspace = with_line(
        "cat >> told.jsonl; echo >> told.jsonl; printf '\\033[31mmine\\033[0m line\\033[2J\\nsecond row\\n'",
    );
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    let is_drawn = |screen: &Screen| own_line(screen).trim_end() == "  mine line";
    let screen = terminal.wait_for(is_drawn, "the line of the person", DEADLINE);
    assert!(screen.row(screen.rows() - 1).contains("AGENT"), "{}", screen.text());
    assert!(!screen.contains("second row"));
    let (coloured, plain) = (screen.cells_of("mine"), screen.cells_of("line"));
    assert_ne!(coloured[0], plain[0], "the colour is the theme's for what it means");

    say(&terminal, "hello", "Fine.");
    let is_used =
        |told: &[Value]| told.iter().any(|told| told["context_window"]["used_percentage"].is_number());
    support::wait_until("a run after the answer", || is_used(&told(&workspace, "told.jsonl")));
    let told = told(&workspace, "told.jsonl");
    let last = told.iter().rfind(|told| told["context_window"]["used_percentage"].is_number()).expect("one");
    let root = workspace.path().display().to_string();
    assert_eq!((&last["hook_event_name"], &last["cwd"]), (&json!("Status"), &json!(root)));
    assert_eq!(last["model"]["id"], "scripted");
    assert_eq!((&last["mode"], &last["workspace"]["project_dir"]), (&json!("agent"), &json!(root)));
    assert_eq!(last["output_style"]["name"], "default");
    assert!(last["version"].is_string() && last["session_id"].is_string());
    assert!(last["cost"]["total_api_duration_ms"].is_number(), "{last}");
    let transcript = last["transcript_path"].as_str().expect("a path");
    assert!(std::fs::read_to_string(transcript).expect("a transcript").contains("hello"));
    // It is about the screen alone: no record tells of it, and the model does not know of it.
    for session in std::fs::read_dir(support::sessions_directory(&workspace)).expect("sessions") {
        let log = session.expect("an entry").path().join("transcript.jsonl");
        assert!(!std::fs::read_to_string(log).unwrap_or_default().contains("mine"));
    }
    terminal.keys("<C-d>");
    terminal.wait_exit();
}

#[test]
fn b7_a_status_line_that_crashes_or_floods_changes_nothing_and_is_said_once() {
    let workspace = with_line("bash line.sh");
    workspace.file(
        "line.sh",
        "echo x >> runs\ncase $(wc -l < runs) in 1) echo good line;; 2) echo broken; exit 3;;\n\
         3) head -c 4000000 /dev/zero | tr '\\0' y;; *) kill -9 $$;; esac\n",
    );
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    terminal.wait_for(|screen| own_line(screen).contains("good line"), "the first line", DEADLINE);
    let runs = || workspace.read("runs").lines().count();
    for round in 0..4 {
        let before = runs();
        terminal.keys(&format!("round {round}<Enter>"));
        support::wait_until("a request", || server.requests().len() > round);
        support::wait_until("another run", || runs() > before);
    }
    let screen = terminal.wait_for_text("changes nothing of what is drawn: exit code 3");
    assert!(own_line(&screen).contains("good line"), "{}", screen.text());
    assert_eq!(screen.text().matches("changes nothing of what is drawn").count(), 1, "{}", screen.text());
    assert!(!screen.contains("broken") && !screen.contains("yyyy"));
    terminal.keys("<C-d>");
    terminal.wait_exit();
}

#[test]
fn b7_a_status_line_that_hangs_holds_nothing_up_and_ends_with_the_screen() {
    let workspace = with_line("echo x >> runs; sleep 86417");
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    support::wait_until("its first run", || !support::sleeping("86417").is_empty());
    say(&terminal, "hello", "Fine.");
    terminal.keys("<C-d>");
    terminal.wait_exit();
    assert_eq!(support::sleeping("86417"), Vec::<String>::new());
}

#[test]
fn b7_a_status_line_of_a_project_waits_for_the_yes_that_hooks_want() {
    let workspace = support::workspace();
    let line = json!({"statusLine": {"type": "command", "command": "echo x >> ran; echo their line"}});
    workspace.file(".claude/settings.json", line.to_string());
    let server = answering("Fine.");
    let terminal = support::open(&workspace, &server);
    terminal.wait_for_text("This project brings a hook");
    say(&terminal, "hello", "Fine.");
    assert!(!workspace.has("ran"));
    terminal.play(
        "=== keys
         /hooks<Enter>
         === screen
         StatusLine    does not run: it waits for your yes
         === keys
         <Enter>
         === screen
         Yes, run the hooks of this project
         === keys
         <Down><Enter>
         === screen
         StatusLine    runs
         === keys
         <Esc>
         === gone
         StatusLine    runs
         === keys
         again<Enter>",
    );
    terminal.wait_for(|screen| own_line(screen).contains("their line"), "the line of the project", DEADLINE);
    terminal.keys("<C-d>");
    terminal.wait_exit();
}

/// What the log holds of the answers.
fn logged(workspace: &Workspace) -> String {
    let sessions = std::fs::read_dir(support::sessions_directory(workspace)).expect("sessions");
    let logs = sessions.map(|session| session.expect("an entry").path().join("transcript.jsonl"));
    logs.filter_map(|log| std::fs::read_to_string(log).ok()).collect()
}

#[test]
fn b7_what_a_hook_draws_for_an_answer_is_on_the_screen_alone() {
    for arguments in [&[][..], &["--inline"]] {
        let workspace = with_hooks(&json!({"MessageDisplay": every(CAPITALS)}));
        let answer = "the first line\n\nand the second one.";
        let server = ModelServer::start(Script::new().turn(Turn::text(answer)).turn(Turn::text("bye.")));
        let terminal = support::open_with(&workspace, &server, arguments);
        terminal.keys("hello<Enter>");
        terminal.wait_for_text("AND THE SECOND ONE.");
        say(&terminal, "again", "BYE.");
        let screen = terminal.screen();
        assert!(screen.contains("THE FIRST LINE") && !screen.contains("the first line"), "{}", screen.text());
        // The model has read what it wrote, and so does the log.
        let messages = server.requests()[1].body.to_string();
        assert!(messages.contains("and the second one.") && !messages.contains("SECOND ONE"), "{messages}");
        let log = logged(&workspace);
        assert!(log.contains("and the second one.") && !log.contains("SECOND ONE"));
        assert!(!log.contains("MessageDisplay"), "its runs are no records");
        let told = told(&workspace, "told.jsonl");
        let last = told.iter().position(|told| told["final"] == true).expect("a last batch");
        let batches = told.iter().take(last + 1);
        let whole: String = batches.map(|told| told["delta"].as_str().expect("a text")).collect();
        assert_eq!(whole, answer);
        assert_eq!(told[0]["index"], 0);
        terminal.keys("<C-d>");
        terminal.wait_exit();
    }
}

#[test]
fn b7_a_hook_that_cannot_draw_an_answer_leaves_it_as_it_is() {
    let workspace = with_hooks(&json!({"MessageDisplay": every("echo oh no >&2; exit 9")}));
    let server = answering("as it is");
    let terminal = support::open(&workspace, &server);
    say(&terminal, "hello", "as it is");
    terminal.wait_for_text("changes nothing of what is drawn: exit code 9: oh no");
    terminal.keys("<C-d>");
    terminal.wait_exit();
}

#[test]
fn b7_an_interrupt_ends_a_hook_that_hangs_over_an_answer() {
    let workspace = with_hooks(&json!({"MessageDisplay":
        [{"hooks": [{"type": "command", "command": "sleep 86418", "timeout": 3000}]}]}));
    let server = answering("held back");
    let terminal = support::open(&workspace, &server);
    terminal.keys("hello<Enter>");
    support::wait_until("the hook", || !support::sleeping("86418").is_empty());
    terminal.keys("<C-d>");
    terminal.keys("<C-c>");
    terminal.keys("<C-c>");
    terminal.wait_exit();
    assert_eq!(support::sleeping("86418"), Vec::<String>::new());
}

#[test]
fn b7_a_hook_that_hangs_over_an_answer_holds_back_no_question_to_the_person() {
    let hangs_once = format!("if [ ! -e asked ]; then touch asked; exec sleep 86420; fi; {CAPITALS}");
    let hook = json!([{"hooks": [{"type": "command", "command": hangs_once, "timeout": 3000}]}]);
    let workspace = with_hooks(&json!({"MessageDisplay": hook}));
    let asks = Turn::text("I look there.").call("shell", json!({"command": "curl -s http://127.0.0.1:9/"}));
    let server = ModelServer::start(Script::new().turn(asks).turn(Turn::text("so it is.")));
    let terminal = support::open(&workspace, &server);
    terminal.keys("look<Enter>");
    let screen = terminal.wait_for_text("APPROVE?");
    assert!(screen.contains("I look there."), "{}", screen.text());
    terminal.wait_for_text("since a question waits for you");
    assert_eq!(support::sleeping("86420"), Vec::<String>::new());
    // The next answer is drawn by the hook again.
    terminal.play(
        "=== screen\n[y] once\n=== keys\nn\n=== screen\nwhy not?\n=== keys\n<Enter>\n=== screen\nSO IT IS.",
    );
    terminal.keys("<C-d>");
    terminal.wait_exit();
}

#[test]
fn b7_a_run_without_a_screen_draws_nothing() {
    let workspace = with_hooks(&json!({"MessageDisplay": every(CAPITALS)}));
    workspace.home_file("config.toml", "[status_line]\ncommand = \"echo x >> ran\"\n");
    let server = answering("Fine.");
    let finished = spawn(support::exec(&workspace, &server).arg("go")).finish(LONG).with_code(0);
    assert_eq!(finished.stdout.trim(), "Fine.");
    assert!(!workspace.has("ran") && !workspace.has("told.jsonl"));
}
