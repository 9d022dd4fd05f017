//! Foreign text never commands the terminal: tool output, file names, the model's words, errors, questions, pastes.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, Fault, ModelServer, Script, Terminal, Turn};
use serde_json::json;

use crate::support::{WithCode as _, exec, open, workspace};

/// What a terminal would obey, or what would deceive the eye, behind a word by which it is found on the screen.
const HOSTILE: &str = concat!(
    "HOSTILE\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[31;41m\x1b[?1049l\x1b[6n\x1bc\x07",
    "\u{9b}2J\u{9d}0;owned\u{9c}\u{202e}gpj.\u{2066}x\u{200f}\u{8}\x0e\x7fEND",
);

/// What must never have been written to the terminal.
const NEVER: [&str; 16] = [
    "\x1b]0;owned",
    "\x1b]52",
    "\x1b[2J",
    "\x1b[31;41m",
    "\x1b[6n",
    "\x1bc",
    "\u{9b}",
    "\u{9c}",
    "\u{9d}",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\x08",
    "\x0e",
    "\x7f",
    "\x07\x07",
];

#[track_caller]
fn assert_unharmed(terminal: &Terminal) {
    let written = String::from_utf8_lossy(&terminal.bytes_written()).into_owned();
    for sequence in NEVER {
        let at = written.find(sequence);
        let around = at.map(|at| written[at..].chars().take(80).collect::<String>());
        assert_eq!(around, None, "{sequence:?} reached the terminal");
    }
    assert_eq!(terminal.bells(), 0);
    assert_eq!(terminal.clipboard(), Vec::<Vec<u8>>::new());
    assert!(!terminal.title().contains("owned"), "{}", terminal.title());
}

#[test]
fn what_tools_print_and_files_are_named_is_only_text() {
    let workspace = workspace();
    let name = format!("{}.txt", HOSTILE.replace('/', ""));
    workspace.file(&name, HOSTILE).file("plain.txt", HOSTILE);
    workspace.script("say.sh", &format!("cat plain.txt; cat plain.txt >&2; printf '%s' '{HOSTILE}'"));
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("1").call("shell", json!({"command": "sh say.sh; false"})))
            .turn(Turn::text("2").call("list", json!({"path": "."})).call("read", json!({"path": name})))
            .turn(Turn::text("3").call("grep", json!({"pattern": "HOSTILE"})))
            .turn(Turn::text("4").call("edit", json!({"path": name, "old": "HOSTILE", "new": HOSTILE})))
            .turn(Turn::text("Over.")),
    );
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\ngo<Enter>\n=== screen\nOver.\nWhat is to be done?\n=== keys\n<C-o><C-Home>");
    terminal.play("=== screen\nHOSTILE\n=== keys\n<C-o><C-End>@HOST\n=== screen\n▸ HOSTILE");
    terminal.play(
        "=== keys\n<Tab>\n=== screen\n│ @…HOSTILE\n=== keys\n<C-c>!sh say.sh<Enter>\n=== screen\nHOSTILE",
    );
    assert_unharmed(&terminal);
}

#[test]
fn what_the_model_says_is_only_text() {
    let workspace = workspace();
    let in_code = format!(
        "{HOSTILE}\n\n```sh\n{HOSTILE}\n```\n\n[{HOSTILE}](http://{HOSTILE})\n\n| {HOSTILE} |\n|---|\n| x |\n"
    );
    let todo = json!({"todos": [{"text": HOSTILE, "status": "in_progress"}]});
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text(in_code).thinking(HOSTILE).deltas_of(3).call("todos", todo))
            .turn(Turn::text("").call("ask_user", json!({"question": HOSTILE, "options": [HOSTILE]})))
            .turn(Turn::text("").call("shell", json!({"command": format!("curl '{HOSTILE}'")})))
            .turn(Turn::text("").call(HOSTILE, json!({"path": HOSTILE})).raw_call("read", HOSTILE))
            .turn(Turn::fault(Fault::BadRequest { message: HOSTILE.to_owned() })),
    );
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys\ngo<Enter>\n=== screen\nQUESTION\nHOSTILE\n[1] HOSTILE\na number, or your\n=== keys\n1",
    );
    terminal.play("=== screen\nAPPROVE?\ncurl 'HOSTILE\n[y] once\n=== keys\nn<Enter>");
    terminal.play("=== screen\nHOSTILE\nWhat is to be done?\n=== keys\n<C-o><C-Home>\n=== screen\nHOSTILE");
    terminal.play("=== keys\n<C-d>");
    terminal.wait_exit();
    assert_unharmed(&terminal);
}

#[test]
fn the_place_of_a_listed_session_is_only_text() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("Read.")));
    let place = HOSTILE.replace('/', "");
    workspace.file(format!("{place}/x"), "");
    spawn(exec(&workspace, &server).args(["-C", &place, "hi"])).finish(DEADLINE).with_code(0);
    let listed = workspace.run(["sessions", "list", "--all"]).with_code(0).stdout;
    assert!(listed.contains("HOSTILE"), "{listed}");
    assert!(listed.chars().all(|character| character == '\n' || !character.is_control()), "{listed:?}");
}

#[test]
fn what_the_person_pastes_is_only_text() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("Read.")));
    let terminal = open(&workspace, &server);
    terminal.paste(HOSTILE).keys("<Enter>");
    terminal.play("=== screen\nHOSTILE\nRead.\nWhat is to be done?");
    terminal.play("=== keys\n/sessions<Enter>\n=== screen\n─ sessions ─\nHOSTILE");
    terminal.play("=== keys\n<Esc><C-r>HOST\n=== screen\n▸ HOSTILE\n=== keys\n<Esc><C-d>");
    terminal.wait_exit();
    assert_unharmed(&terminal);
}
