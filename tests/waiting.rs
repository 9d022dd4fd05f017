//! W3: a call that waits for a person outlives its process: another one answers it, and the turn goes on.

mod questions;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Recorded, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{exec, open_with, point_at, session_of, sessions_directory, workspace};

/// Every `echo` asks.
const ASK: [&str; 2] = ["-c", "permissions.ask=[\"Bash(echo *)\"]"];

/// The results that a request carries.
fn results(request: &Recorded) -> usize {
    request.messages().iter().filter(|message| message["role"] == "tool").count()
}

/// A model that wants these commands in one message, and then says what it was told of the last.
fn wanting(commands: &'static [&'static str]) -> ModelServer {
    ModelServer::start(Script::responder(move |_, request| {
        if results(request) > 0 {
            return Turn::text("Answered.");
        }
        let call = |turn: Turn, command: &&str| turn.call("shell", json!({"command": command}));
        commands.iter().fold(Turn::text("Look."), call)
    }))
}

/// What the model was told of its calls, in order.
fn told(server: &ModelServer) -> Vec<String> {
    let requests = server.requests();
    let messages = requests.last().expect("a request").messages().to_vec();
    let results = messages.iter().filter(|message| message["role"] == "tool");
    results.map(|result| result["content"].as_str().expect("a text").to_owned()).collect()
}

/// A run that leaves what asks waiting.
fn leave(workspace: &Workspace, server: &ModelServer, more: &[&str]) -> Finished {
    let mut command = exec(workspace, server);
    spawn(command.args(["--wait-approval", "--json"]).args(more).arg("go")).finish(DEADLINE)
}

fn resume(workspace: &Workspace, server: &ModelServer, session: &str, more: &[&str]) -> Command {
    let mut command = workspace.command();
    command.args(["resume", session]).args(more);
    point_at(&mut command, server);
    command
}

fn answer(workspace: &Workspace, server: &ModelServer, session: &str, more: &[&str]) -> Finished {
    spawn(&mut resume(workspace, server, session, more)).finish(DEADLINE)
}

fn lines(run: &Finished) -> Vec<String> {
    run.stdout.lines().map(str::to_owned).collect()
}

fn log(workspace: &Workspace, session: &str) -> PathBuf {
    sessions_directory(workspace).join(session).join("transcript.jsonl")
}

fn records(workspace: &Workspace, session: &str) -> Vec<Value> {
    let log = std::fs::read_to_string(log(workspace, session)).expect("a log");
    log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn of<'r>(records: &'r [Value], kind: &str) -> Vec<&'r Value> {
    records.iter().filter(|record| record["type"] == kind).collect()
}

/// The log is whole by its own rules, and its requests come out again as they were.
fn assert_whole(workspace: &Workspace, session: &str) {
    workspace.run(["replay", session, "--verify"]).expect_code(0);
    workspace.run(["conformance", session]).expect_code(0);
}

/// The only session of a workspace.
fn only_session(workspace: &Workspace) -> String {
    let mut sessions = std::fs::read_dir(sessions_directory(workspace)).expect("sessions").flatten();
    sessions.next().expect("a session").file_name().into_string().expect("a name")
}

#[test]
fn w3_exit_while_waiting_and_a_yes_from_another_process_carries_the_turn_on() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let run = leave(&workspace, &server, &ASK);
    run.expect_code(3);
    let session = session_of(&lines(&run));
    assert!(!workspace.has("once.txt"));
    let newest: Value = serde_json::from_str(lines(&run).last().expect("a line")).expect("JSON");
    assert_eq!(newest["type"], "approval_requested", "the turn has no end yet");
    let command = format!("headwater resume {session} --provider llamacpp --model scripted --base-url");
    assert!(run.stderr.contains("Waits for an answer: shell echo one >> once.txt"), "{}", run.stderr);
    assert!(run.stderr.contains(&command) && run.stderr.contains(" --approve="), "{}", run.stderr);
    assert!(run.stderr.contains("permissions.ask="), "the rule that asks is told too: {}", run.stderr);
    assert_whole(&workspace, &session);

    let listed = workspace.run(["sessions", "list"]);
    assert!(listed.stdout.contains("[waits for an answer] go"), "{}", listed.stdout);
    let shown = workspace.run(["sessions", "show", &session]);
    assert!(shown.stdout.contains("Waits for an answer: shell echo one"), "{}", shown.stdout);
    // Headless nobody says something else meanwhile.
    let mut other = exec(&workspace, &server);
    let refused = spawn(other.args(["--resume", &session, "something else"])).finish(DEADLINE);
    refused.expect_code(2);
    assert!(refused.stderr.contains("waits for an answer: shell echo one"), "{}", refused.stderr);

    let again = answer(&workspace, &server, &session, &[&ASK[..], &["--approve"]].concat());
    again.expect_code(0);
    assert_eq!((again.stdout.as_str(), workspace.read("once.txt").as_str()), ("Answered.\n", "one\n"));
    assert_eq!(server.requests().len(), 2, "the model is not asked while a call waits");
    let records = records(&workspace, &session);
    assert_eq!((of(&records, "turn_started").len(), of(&records, "turn_ended").len()), (1, 1));
    assert_eq!((of(&records, "approval_requested").len(), of(&records, "tool_returned").len()), (1, 1));
    assert_eq!(of(&records, "approval_given")[0]["by"], "person");
    assert_eq!(of(&records, "repaired"), Vec::<&Value>::new());
    assert_whole(&workspace, &session);
    let listed = workspace.run(["sessions", "list"]);
    assert!(!listed.stdout.contains("waits"), "{}", listed.stdout);
    let none = answer(&workspace, &server, &session, &["--approve"]);
    none.expect_code(2);
    assert!(none.stderr.contains("no call waits in session"), "{}", none.stderr);
}

#[test]
fn w3_a_no_from_another_process_reaches_the_model_word_for_word() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    let call =
        of(&records(&workspace, &session), "tool_called")[0]["call"].as_str().expect("an id").to_owned();
    let wrong = answer(&workspace, &server, &session, &["--deny", "c99"]);
    wrong.expect_code(2);
    assert!(wrong.stderr.contains("c99 does not wait") && wrong.stderr.contains(&call), "{}", wrong.stderr);
    let more = ["--deny", &call, "--reason", "use the <other> file"];
    answer(&workspace, &server, &session, &[&ASK[..], &more].concat()).expect_code(0);
    assert_eq!(told(&server), ["Error: Not run. The answer was: use the <other> file"]);
    assert!(!workspace.has("once.txt"));
    assert_whole(&workspace, &session);
}

#[test]
fn w3_one_after_another_each_in_a_process_of_its_own_and_each_runs_once() {
    let (workspace, server) =
        (workspace(), wanting(&["echo one >> all.txt", "echo two >> all.txt", "echo three >> all.txt"]));
    let run = leave(&workspace, &server, &ASK);
    let session = session_of(&lines(&run));
    let approve = [&ASK[..], &["--approve"]].concat();
    for _ in 0..2 {
        let again = answer(&workspace, &server, &session, &approve);
        again.expect_code(3);
        assert!(!workspace.has("all.txt"), "nothing of a message begins before all of it is decided on");
    }
    answer(&workspace, &server, &session, &approve).expect_code(0);
    assert_eq!(workspace.read("all.txt"), "one\ntwo\nthree\n");
    let records = records(&workspace, &session);
    assert_eq!((of(&records, "approval_requested").len(), of(&records, "approval_given").len()), (3, 3));
    assert_whole(&workspace, &session);
}

#[test]
fn w3_the_rules_of_today_decide_whatever_was_asked_then() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let deny = ["-c", "permissions.deny=[\"Bash(echo *)\"]", "--approve"];
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    answer(&workspace, &server, &session, &deny).expect_code(0);
    assert!(told(&server)[0].contains("rule: Bash(echo *)"), "{:?}", told(&server));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    answer(&workspace, &server, &session, &["--mode", "plan", "--approve"]).expect_code(0);
    assert!(told(&server)[0].starts_with("Error: Denied"), "{:?}", told(&server));
    assert!(!workspace.has("once.txt"));
    assert_whole(&workspace, &session);
    // A rule that is gone does not answer for the person: what was asked wants its answer.
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    answer(&workspace, &server, &session, &["--approve"]).expect_code(0);
    assert_eq!(workspace.read("once.txt"), "one\n");
    assert_eq!(of(&records(&workspace, &session), "approval_given").len(), 1);
    assert_whole(&workspace, &session);
}

#[test]
fn w3_a_file_that_changed_while_its_edit_waited_is_not_overwritten() {
    let server = ModelServer::start(Script::responder(|_, request| match results(request) {
        0 => Turn::text("Read.").call("read", json!({"path": "a.txt"})),
        1 => Turn::text("").call("write", json!({"path": "a.txt", "content": "mine\n"})),
        _ => Turn::text("Answered."),
    }));
    let workspace = workspace();
    workspace.file("a.txt", "before\n");
    let ask = ["-c", "permissions.ask=[\"Edit\"]"];
    let run = leave(&workspace, &server, &ask);
    run.expect_code(3);
    let session = session_of(&lines(&run));
    workspace.file("a.txt", "yours\n");
    answer(&workspace, &server, &session, &[&ask[..], &["--approve"]].concat()).expect_code(0);
    assert_eq!(workspace.read("a.txt"), "yours\n");
    assert!(told(&server)[1].contains("changed"), "{:?}", told(&server));
    assert_whole(&workspace, &session);
}

#[test]
fn w3_a_call_whose_secret_no_log_keeps_is_not_run_and_says_so() {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let server = ModelServer::start(Script::responder(move |_, request| match results(request) {
        0 => Turn::text("").call("shell", json!({"command": format!("echo {secret} >> once.txt")})),
        _ => Turn::text("Answered."),
    }));
    let workspace = workspace();
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    answer(&workspace, &server, &session, &[&ASK[..], &["--approve"]].concat()).expect_code(0);
    assert!(told(&server)[0].contains("held a secret, which no log keeps"), "{:?}", told(&server));
    assert!(!workspace.has("once.txt"));
    assert_whole(&workspace, &session);
}

#[test]
fn w3_a_call_that_only_speaks_of_a_secret_taken_out_is_run() {
    let (workspace, server) = (workspace(), wanting(&["echo '[redacted: x]' >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    answer(&workspace, &server, &session, &[&ASK[..], &["--approve"]].concat()).expect_code(0);
    assert_eq!(workspace.read("once.txt"), "[redacted: x]\n");
    assert_whole(&workspace, &session);
}

#[test]
fn w3_nobody_in_time_is_a_no_by_the_times_in_the_log_whatever_is_said_later() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    let late = [&ASK[..], &["-c", "limits.max_approval=0", "--approve"]].concat();
    answer(&workspace, &server, &session, &late).expect_code(0);
    assert!(told(&server)[0].contains("nobody answered in time"), "{:?}", told(&server));
    assert!(!workspace.has("once.txt"));
    let records = records(&workspace, &session);
    assert_eq!(of(&records, "approval_given")[0]["by"], "nobody");
    assert_whole(&workspace, &session);
}

#[test]
fn w3_a_question_that_nobody_answers_in_time_is_told_to_the_model() {
    let server = ModelServer::start(Script::responder(|_, request| match results(request) {
        0 => Turn::text("").call("ask_user", json!({"question": "Which?"})),
        _ => Turn::text("Answered."),
    }));
    let workspace = workspace();
    let terminal = open_with(&workspace, &server, &["-c", "limits.max_approval=1"]);
    terminal.keys("go<Enter>");
    terminal.wait_for_text("Answered.");
    assert!(told(&server)[0].contains("Nobody answered"), "{:?}", told(&server));
    terminal.keys("<C-d>");
}

/// The screen on a session, with its card in front.
fn with_card(workspace: &Workspace, server: &ModelServer, session: &str) -> Terminal {
    let terminal = Terminal::start(&resume(workspace, server, session, &ASK), 100, 30);
    terminal.wait_for_text("[y] once");
    terminal
}

#[test]
fn w3_the_screen_is_left_and_the_next_one_asks_again() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let first = open_with(&workspace, &server, &ASK);
    first.keys("go<Enter>");
    first.wait_for_text("[y] once");
    let session = only_session(&workspace);
    // While one process has it, the lock keeps the other away.
    let other = answer(&workspace, &server, &session, &["--approve"]);
    other.expect_code(1);
    assert!(other.stderr.contains("is open in another headwater"), "{}", other.stderr);
    first.keys("<C-d>");
    first.wait_exit();
    for signal in [Signal::KILL, Signal::TERM, Signal::HUP] {
        let next = with_card(&workspace, &server, &session);
        next.signal(signal);
        next.wait_exit();
        assert_whole(&workspace, &session);
    }
    let last = with_card(&workspace, &server, &session);
    last.keys("y");
    last.wait_for_text("Answered.");
    last.keys("<C-d>");
    last.wait_exit();
    assert_eq!(workspace.read("once.txt"), "one\n");
    assert_whole(&workspace, &session);
}

#[test]
fn w3_a_session_that_waits_can_be_forked_and_each_answers_for_itself() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    let fork = answer(&workspace, &server, &session, &[&ASK[..], &["--fork", "--deny", "--json"]].concat());
    fork.expect_code(0);
    assert_whole(&workspace, &session_of(&lines(&fork)));
    assert!(!workspace.has("once.txt"));
    answer(&workspace, &server, &session, &[&ASK[..], &["--approve"]].concat()).expect_code(0);
    assert_eq!(workspace.read("once.txt"), "one\n");
    assert_whole(&workspace, &session);
}

#[test]
fn w3_what_is_refused_leaves_no_copy_and_a_copy_of_what_came_before_can_be_spoken_to() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    let sessions = || std::fs::read_dir(sessions_directory(&workspace)).expect("sessions").count();
    let say = |more: &[&str]| {
        let mut command = exec(&workspace, &server);
        spawn(command.args(["--resume", &session]).args(more)).finish(DEADLINE)
    };
    let refused = say(&["--fork", "something else"]);
    refused.expect_code(2);
    assert!(refused.stderr.contains(&format!("session {session} waits for an answer")), "{}", refused.stderr);
    let seq = of(&records(&workspace, &session), "turn_started")[0]["seq"].to_string();
    let none = answer(&workspace, &server, &session, &["--at", &seq, "--approve"]);
    none.expect_code(2);
    assert!(none.stderr.contains(&format!("no call waits in session {session}")), "{}", none.stderr);
    let other = answer(&workspace, &server, &session, &["--fork", "--approve=c99"]);
    other.expect_code(2);
    assert_eq!(sessions(), 1, "a copy was left");
    say(&["--at", &seq, "something else"]).expect_code(0);
    assert_eq!(sessions(), 2);
}

#[test]
fn w3_the_first_line_tells_the_sandbox_of_the_mode_in_which_the_turn_goes_on() {
    let first_line = |begun: &str, more: &[&str]| {
        let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
        let left = leave(&workspace, &server, &[&ASK[..], &["--mode", begun]].concat());
        let session = session_of(&lines(&left));
        let run = answer(&workspace, &server, &session, &[&ASK[..], more, &["--approve"]].concat());
        let sandbox = run.stderr.lines().find_map(|line| Some(line.split_once("sandbox: ")?.1.to_owned()));
        (sandbox.expect("the line"), workspace.has("once.txt"))
    };
    let agent = first_line("agent", &["--mode", "agent"]);
    assert!(agent.1);
    assert_eq!(first_line("agent", &["--mode", "recursive"]), agent, "the turn keeps its own mode");
    assert_eq!(first_line("agent", &[]), agent);
    let yolo = first_line("agent", &["--mode", "yolo"]);
    assert_eq!(first_line("yolo", &[]), yolo, "the session keeps its mode");
    assert_ne!(agent.0, yolo.0);
}

#[test]
fn w3_esc_on_a_card_of_an_earlier_process_ends_the_turn_and_a_rewind_goes_back() {
    let (workspace, server) = (workspace(), wanting(&["echo one >> once.txt"]));
    let session = session_of(&lines(&leave(&workspace, &server, &ASK)));
    let terminal = with_card(&workspace, &server, &session);
    terminal.keys("<Esc>");
    terminal.wait_for_text("Interrupted");
    terminal.keys("<Esc><Esc>");
    terminal.wait_for_text("go");
    terminal.keys("<Esc><C-d>");
    terminal.wait_exit();
    assert!(!workspace.has("once.txt"));
    assert_eq!(of(&records(&workspace, &session), "turn_ended")[0]["reason"], "interrupted");
    assert_whole(&workspace, &session);
}

/// The log of a session, cut behind its first record of this type, as a process leaves it that is killed there.
fn cut_behind(workspace: &Workspace, session: &str, kind: &str) {
    let (path, mark) = (log(workspace, session), format!("\"type\":\"{kind}\""));
    let log = std::fs::read_to_string(&path).expect("a log");
    let end = log.find(&mark).and_then(|at| Some(at + log[at..].find('\n')? + 1)).expect("the record");
    std::fs::write(&path, &log[..end]).expect("a log");
}

#[test]
fn w3_killed_between_the_yes_of_a_hook_and_the_next_question_nothing_runs_twice() {
    let server = ModelServer::start(Script::responder(|_, request| {
        let reach = |path: &str| {
            let host = request.header("host").expect("a host");
            json!({"command": format!("curl -s http://{host}/v1/{path}")})
        };
        match results(request) {
            0 => Turn::text("").call("shell", reach("by-hook")).call("shell", reach("by-person")),
            _ => Turn::text("Answered."),
        }
    }));
    let workspace = workspace();
    let yes = json!({"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}}});
    let command = format!("if grep -q by-hook; then echo '{yes}'; fi");
    let hooks = json!({"PermissionRequest": [{"hooks": [{"type": "command", "command": command}]}]});
    workspace.home_file("hooks.json", json!({"hooks": hooks}).to_string());
    let run = leave(&workspace, &server, &[]);
    run.expect_code(3);
    let session = session_of(&lines(&run));
    cut_behind(&workspace, &session, "approval_given");
    let listed = workspace.run(["sessions", "show", &session]);
    assert!(listed.stdout.contains("cut off behind an answer"), "{}", listed.stdout);
    // The first goes on to the question that was not put yet, the second answers it.
    answer(&workspace, &server, &session, &["--approve"]).expect_code(3);
    answer(&workspace, &server, &session, &["--approve"]).expect_code(0);
    let paths = server.other_requests().into_iter().map(|request| request.path);
    let reached: Vec<String> = paths.filter(|path| path.contains("by-")).collect();
    assert_eq!(reached, ["/v1/by-hook", "/v1/by-person"]);
    assert_whole(&workspace, &session);
}

/// The bytes at which a run is killed: some within each stage.
const POINTS: u64 = 8;

/// Starts a run, and kills it once its log has so many bytes; whether it ended by itself before.
fn kill_at(command: &mut Command, workspace: &Workspace, bytes: u64) -> bool {
    let run = spawn(command);
    let length = || {
        let sessions = std::fs::read_dir(sessions_directory(workspace)).ok();
        let session = sessions.and_then(|mut sessions| sessions.next()?.ok());
        session
            .and_then(|entry| entry.path().join("transcript.jsonl").metadata().ok())
            .map_or(0, |log| log.len())
    };
    let start = std::time::Instant::now();
    while length() < bytes && !run.has_ended() {
        assert!(start.elapsed() < DEADLINE, "the point was never reached");
        std::thread::park_timeout(Duration::from_micros(100));
    }
    let has_ended = run.has_ended();
    if !has_ended {
        run.signal_group(Signal::KILL);
    }
    run.finish(DEADLINE);
    has_ended
}

#[test]
fn w3_killed_anywhere_while_it_waits_nothing_is_lost_and_nothing_runs_twice() {
    const COMMANDS: &[&str] = &["echo one >> one.txt", "echo two >> two.txt"];
    // How long the log is at each end of a process that nobody kills.
    let (whole, server) = (workspace(), wanting(COMMANDS));
    let session = session_of(&lines(&leave(&whole, &server, &ASK)));
    let approve = [&ASK[..], &["--approve"]].concat();
    let length = || log(&whole, &session).metadata().expect("a log").len();
    let first = std::fs::read_to_string(log(&whole, &session)).expect("a log").find('\n').expect("a line");
    let mut ends = vec![u64::try_from(first).expect("a length") + 1, length()];
    answer(&whole, &server, &session, &approve).expect_code(3);
    ends.push(length());
    answer(&whole, &server, &session, &approve).expect_code(0);
    ends.push(length());

    let stage = |at: usize| (ends[at], ends[at + 1]);
    for (process, point) in (0..3).flat_map(|process| (1..=POINTS).map(move |point| (process, point))) {
        let (from, to) = stage(process);
        let bytes = from + (to - from) * point / (POINTS + 1);
        let (workspace, server) = (workspace(), wanting(COMMANDS));
        let mut start = exec(&workspace, &server);
        start.args(["--wait-approval"]).args(ASK).arg("go");
        if process == 0 {
            kill_at(&mut start, &workspace, bytes);
        } else {
            spawn(&mut start).finish(DEADLINE).expect_code(3);
        }
        let session = only_session(&workspace);
        for number in 1..=process {
            let mut answering = resume(&workspace, &server, &session, &approve);
            if number == process {
                kill_at(&mut answering, &workspace, bytes);
            } else {
                spawn(&mut answering).finish(DEADLINE);
            }
        }
        // From here on nobody kills: what still waits is answered.
        while answer(&workspace, &server, &session, &approve).code == Some(3) {}
        let what = format!("process {process}, killed at {bytes} of {from}..{to}");
        for name in ["one", "two"] {
            let file = format!("{name}.txt");
            let made = if workspace.has(&file) { workspace.read(&file) } else { String::new() };
            assert!(made.is_empty() || made == format!("{name}\n"), "{what}: {made}");
        }
        // A log that was cut within a line is salvaged by the next process to open it.
        let mut closing = exec(&workspace, &server);
        spawn(closing.args(["--resume", &session, "go on"])).finish(DEADLINE).expect_code(0);
        assert_whole(&workspace, &session);
        let records = records(&workspace, &session);
        let ran = of(&records, "tool_returned").iter().filter(|result| result["status"] == "ran").count();
        let made = ["one.txt", "two.txt"].iter().filter(|file| workspace.has(file)).count();
        let missing =
            of(&records, "tool_returned").iter().filter(|result| result["status"] == "lost").count();
        assert!(ran <= made && made <= ran + missing, "{what}: {ran} ran, {missing} lost, {made} made");
    }
}
