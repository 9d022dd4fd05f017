//! The screen as a person uses it: the real program in a terminal, keys in, screens out.

use headwater_testkit::{Gate, ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::json;

use crate::support::{open, workspace};

/// A project with a failing test and a remote to push to.
fn project() -> Workspace {
    let workspace = workspace().with_failing_test();
    workspace.run_git(["init", "--quiet", "--bare", "remote.git"]);
    workspace.run_git(["remote", "add", "origin", "./remote.git"]);
    workspace
}

/// A model that looks, repairs and publishes, whatever the mode lets it do.
fn worker(index: usize, request: &Recorded) -> Turn {
    let over_the_network = json!({"command": format!("curl -s http://{}/v1/models", host(request))});
    let fix = json!({"path": "src/add.sh", "old": "\"$1\" \"$2\"", "new": "\"$@\""});
    match index {
        0 => Turn::text("I note it.").call("write", json!({"path": "notes.md", "content": "x\n"})),
        1 => Turn::text("The loop leaves out the third number."),
        2 => Turn::text("First I look.").call("read", json!({"path": "src/add.sh"})),
        3 => Turn::text("Now the fix.").call("edit", fix),
        4 => Turn::text("Which models are there?").call("shell", over_the_network),
        5 => Turn::text("It is **fixed**."),
        6 => Turn::text("Away with it.")
            .call("shell", json!({"command": "touch junk && rm -rf junk && echo removed"}))
            .call("shell", over_the_network),
        7 => Turn::text("And out.").call("shell", json!({"command": "git push --force origin main"})),
        _ => Turn::text("It is pushed."),
    }
}

/// Where the request went: a server that can be reached over the network.
fn host(request: &Recorded) -> &str {
    request.header("host").expect("a host")
}

/// A turn in Plan, in which the model tries to write.
const PLAN: &str = "=== keys
    <S-Tab>
    === screen
    ─ PLAN ─
    PLAN … read only, no network
    === keys
    what is wrong?<Enter>
    === screen
    ▎ what is wrong?
    ⊘ write notes.md
    Denied: changing files is not part of plan mode
    The loop leaves out the third number.
    What is to be done?";

/// A turn in Agent: an edit, and a command that asks.
const AGENT: &str = "=== keys
    <Tab>
    === screen
    ─ AGENT ─
    === keys
    fix it<Enter>
    === screen
    ✓ edit src/add.sh  +1 −1
    5 -     for number in \"$1\" \"$2\"; do
    5 +     for number in \"$@\"; do
    APPROVE? ── shell ── 1 of 1
    curl -s http://127.0.0.1:…/v1/models
    why     it reaches the network (rule built-in: network)
    [y] once   [s] this session: Bash(curl -s http://127.0.0.1:…/v1/models)
    [a] always in this project: Bash(curl -s http://127.0.0.1:…/v1/models)   [e] edit
    [n] no, say why";

/// A turn in YOLO, up to the two commands that are asked about there too: one that reaches the network after foreign text
/// was read, and one that cannot be undone, which is asked twice.
const YOLO: &str = "=== keys
    <Tab>
    === screen
    ─ YOLO ─
    YOLO … network on
    === keys
    push it<Enter>
    === screen
    APPROVE? ── shell ── 1 of 1
    curl -s http://127.0.0.1:…/v1/models
    why     it reaches the network, and this session has read the output of
    [y] once
    === keys
    y
    === screen
    ✓ shell touch junk && rm -rf junk && echo removed
    ✓ shell curl -s
    APPROVE? ── shell ── 1 of 1 ── catastrophic
    git push --force origin main
    why     it overwrites or deletes what is published (rule built-in: catastrophic)
    [y] once   [e] edit   [n] no, say why
    === keys
    y
    === screen
    [y] once — press again to do it";

#[test]
fn a_whole_session_through_plan_agent_and_yolo() {
    let workspace = project();
    let server = ModelServer::start(Script::responder(worker));
    let looked_up = || server.other_requests().len();
    let terminal = open(&workspace, &server);
    terminal.play(PLAN);
    assert!(!workspace.has("notes.md"));

    terminal.play(AGENT);
    let before = looked_up();
    terminal.play("=== keys\ny\n=== screen\n◆ allowed once\nIt is fixed.\nWhat is to be done?");
    assert_eq!(looked_up(), before + 1, "the command reached the network after the yes, and not before");
    assert!(workspace.read("src/add.sh").contains("for number in \"$@\"; do"));

    terminal.play(YOLO);
    assert_eq!(
        looked_up(),
        before + 2,
        "the second look was asked for, since the first brought foreign text"
    );
    assert_eq!(workspace.run_git(["ls-remote", "origin"]), "", "one press is not enough");
    terminal.play("=== keys\ny\n=== screen\nmain -> main\nIt is pushed.\nWhat is to be done?");
    assert!(workspace.run_git(["ls-remote", "origin"]).contains("refs/heads/main"));

    terminal.keys("<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
    assert!(!terminal.screen().is_alternate());
    terminal.play("=== screen\nUser: push it\nTool: shell git push --force origin main\nIt is pushed.");
}

#[test]
fn tab_goes_through_the_modes_and_sends_nothing() {
    let server = ModelServer::start(Script::new());
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.keys("a draft that stays");
    for mode in ["YOLO", "RECURSIVE", "PLAN", "AGENT"] {
        terminal
            .play(&format!("=== keys\n<Tab>\n=== screen\n─ {mode} ─\na draft that stays\n{mode}   scripted"));
    }
    for mode in ["PLAN", "RECURSIVE", "YOLO", "AGENT"] {
        terminal.play(&format!(
            "=== keys\n<S-Tab>\n=== screen\n─ {mode} ─\na draft that stays\n{mode}   scripted"
        ));
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_mode_chosen_during_a_turn_holds_from_the_next_one_on() {
    let gate = Gate::new();
    let held = Turn::text("One two three.").deltas_of(4).hold_after(1, &gate);
    let server = ModelServer::start(
        Script::new()
            .turn(held)
            .turn(Turn::text("I note it.").call("write", json!({"path": "a", "content": "b"})))
            .turn(Turn::text("No.")),
    );
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         count<Enter>
         === screen
         One
         esc to interrupt
         === keys
         <S-Tab>
         === screen
         ─ AGENT → PLAN from the next turn on ─
         PLAN — from the next turn on: Reads and thinks
         AGENT   scripted",
    );
    gate.open();
    terminal.play("=== screen\nOne two three.\n─ PLAN ─\nPLAN   scripted");
    terminal.play("=== keys\nwrite<Enter>\n=== screen\n⊘ write a\nNo.");
    assert!(!workspace.has("a"));
}

#[test]
fn what_is_sent_while_it_works_waits_and_can_be_taken_back() {
    let gate = Gate::new();
    let held = Turn::text("Working on it.").deltas_of(8).hold_after(1, &gate);
    let server = ModelServer::start(
        Script::new().turn(held).turn(Turn::text("The second.")).turn(Turn::text("The third.")),
    );
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         first<Enter>
         === screen
         esc to interrupt
         === keys
         second<Enter>
         === screen
         ⏳ second (queued; ↑ takes it back)
         === keys
         <Up>
         === screen
         │ second
         === gone
         ⏳ second
         === keys
         , changed<Enter>
         === screen
         ⏳ second, changed (queued",
    );
    assert_eq!(server.requests().len(), 1);
    gate.open();
    terminal.play(
        "=== screen\nWorking on it.\n▎ second, changed\nThe second.\nWhat is to be done?\n=== gone\n⏳",
    );
    let told = server.requests()[1].messages().to_vec();
    let asked =
        |text: &str| told.iter().filter(|said| said["role"] == "user" && said["content"] == text).count();
    assert_eq!((asked("second, changed"), asked("second")), (1, 0));
}

#[test]
fn escape_interrupts_and_says_so() {
    let workspace = workspace();
    let server = ModelServer::start(
        Script::new()
            .turn(Turn::text("Wait.").call("shell", json!({"command": "touch began; sleep 4713"})))
            .turn(Turn::text("Going on.")),
    );
    let terminal = open(&workspace, &server);
    terminal.play("=== keys\nwait<Enter>\n=== screen\n… shell touch began; sleep 4713\nesc to interrupt");
    crate::support::wait_until("the command to begin", || workspace.has("began"));
    terminal.play(
        "=== keys
         <Esc>
         === screen
         ■ Interrupted; say how to go on.
         What is to be done?
         === keys
         go on<Enter>
         === screen
         Going on.",
    );
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_question_is_answered_by_a_number_or_in_own_words() {
    let question = |text: &str| {
        Turn::text("").call("ask_user", json!({"question": text, "options": ["the loop", "the test"]}))
    };
    let server = ModelServer::start(
        Script::new()
            .turn(question("Change what?"))
            .turn(question("Really?"))
            .turn(Turn::text("As you say.")),
    );
    let workspace = workspace();
    let terminal = open(&workspace, &server);
    terminal.play(
        "=== keys
         fix it<Enter>
         === screen
         QUESTION ── 1 of 1
         Change what?
         [1] the loop
         [2] the test
         ─ your answer ─
         a number, or your own words
         === keys
         2
         === screen
         → the test
         QUESTION ── 1 of 1
         Really?
         === keys
         neither: both<Enter>
         === screen
         → neither: both
         As you say.
         What is to be done?",
    );
    let answers = server.requests();
    assert!(answers[1].last_text("tool").is_some_and(|text| text.contains("the test")));
    assert!(answers[2].last_text("tool").is_some_and(|text| text.contains("neither: both")));
}
