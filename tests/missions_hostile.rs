//! Missions that are cut off, sent back with nonsense, and looked for in the wrong places: nothing is lost, nothing is
//! paid twice, nothing hangs.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use headwater_testkit::server::Recorded;
use headwater_testkit::workspace::{Finished, Running, Signal, spawn};
use headwater_testkit::{DEADLINE, Gate, ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::{Value, json};

use crate::missions::{Model, asks, block, card, logs, recursive, writes_report};
use crate::support::{WithCode as _, exec, open_with, session_of, sessions_directory};

/// How a mission root's prompt begins.
const ROOT: &str = "You answer one question about a context";
const QUESTION: &str = "which node failed?";
/// Kills, and how many happen at once.
const KILLS: u64 = 16;
const LANES: usize = 2;

/// A model whose root goes by what it has said, so that it says the same after a kill.
fn steady(card: Value, root: Vec<String>) -> impl FnMut(&Recorded) -> Turn + Send + 'static {
    let mut model = Model::new(card, &[]);
    move |request| {
        let messages = request.messages();
        let is_root = messages.first().is_some_and(|first| first["content"].to_string().contains(ROOT));
        if !is_root {
            return model.answer(request);
        }
        let said = messages.iter().filter(|message| message["role"] == "assistant").count();
        Turn::text(root.get(said).cloned().unwrap_or_else(|| "FINAL(the script is over)".to_owned()))
    }
}

/// A server of such a model that holds the answer to the first request which `is_held` picks.
fn holding(
    mut model: impl FnMut(&Recorded) -> Turn + Send + 'static,
    is_held: impl Fn(&Recorded) -> bool + Send + 'static,
) -> (ModelServer, Gate) {
    let gate = Gate::new();
    let held = gate.clone();
    let mut has_held = false;
    let server = ModelServer::start(Script::responder(move |_, request| {
        let turn = model(request);
        if has_held || !is_held(request) {
            return turn;
        }
        has_held = true;
        turn.hold_after(0, &held)
    }));
    (server, gate)
}

fn started(workspace: &Workspace, server: &ModelServer, words: &str) -> Running {
    spawn(exec(workspace, server).args(["--mode", "recursive", "--json", "--approve-mission", words]))
}

fn resumed(workspace: &Workspace, server: &ModelServer, session: &str, words: &[&str]) -> Finished {
    spawn(exec(workspace, server).args(["--json", "--approve-mission", "--resume", session]).args(words))
        .finish(DEADLINE)
}

/// Kills a run once the server was asked what `is_awaited` picks, and says its conversation.
fn killed_when(
    running: Running,
    server: &ModelServer,
    what: &str,
    is_awaited: impl Fn(&Recorded) -> bool,
) -> String {
    server.wait_until(what, DEADLINE, |requests| requests.iter().any(&is_awaited));
    running.signal(Signal::KILL);
    let killed = running.finish(DEADLINE);
    session_of(&killed.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
}

fn transcripts(workspace: &Workspace) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(sessions_directory(workspace)) else { return Vec::new() };
    entries
        .map(|entry| entry.expect("an entry").path().join("transcript.jsonl"))
        .filter(|path| path.exists())
        .collect()
}

fn records(path: &std::path::Path) -> Vec<Value> {
    let text = String::from_utf8_lossy(&std::fs::read(path).expect("a log")).into_owned();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Questions and requests that were out without an answer in the log when a process ended.
fn unanswered(workspace: &Workspace) -> usize {
    let mut out = 0;
    for path in transcripts(workspace) {
        let records = records(&path);
        let count = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
        out += count("child_started").saturating_sub(count("child_returned"));
        out += count("request_sent").saturating_sub(count("assistant_message"));
    }
    out
}

/// Every log that was begun can be verified; one whose first record was cut through is no session yet.
fn all_verified(workspace: &Workspace) {
    let begun = |path: &PathBuf| std::fs::read(path).expect("a log").contains(&b'\n');
    for path in transcripts(workspace).into_iter().filter(begun) {
        let id =
            path.parent().expect("a session").file_name().expect("a name").to_string_lossy().into_owned();
        workspace.run(["replay", &id, "--verify"]).expect_code(0);
    }
}

/// Its root writes again where it is told that nobody knows whether the first time came through.
fn long_mission() -> Vec<String> {
    vec![
        block(
            "first = llm_query_batched([f'q{n}' for n in range(4)])\n\
             try:\n    write('report.md', 'node-7 failed')\n\
             except Exception:\n    write('report.md', 'node-7 failed')\n\
             second = llm_query('all by itself')\nprint(len(first))",
        ),
        block(
            "third = llm_query_batched([f'r{n}' for n in range(4)])\nFINAL('node-7 failed; see report.md')",
        ),
    ]
}

#[test]
fn a_mission_killed_at_random_points_ends_as_if_nothing_had_happened() {
    let given = std::env::var("HEADWATER_KILL_SEED").ok();
    let seed: u64 = given
        .map_or_else(|| RandomState::new().build_hasher().finish(), |seed| seed.parse().expect("a number"));
    let mut model = steady(card(), long_mission());
    let server = ModelServer::start(Script::responder(move |_, request| model(request)));
    let workspace = logs();
    started(&workspace, &server, QUESTION).finish(DEADLINE).expect_code(0);
    let undisturbed = server.requests().len();
    let bytes: u64 = transcripts(&workspace).iter().map(|path| path.metadata().expect("a log").len()).sum();
    std::thread::scope(|scope| {
        for lane in 0..LANES as u64 {
            scope.spawn(move || {
                for run in (lane..KILLS).step_by(LANES) {
                    let mut hasher = DefaultHasher::new();
                    (seed, run).hash(&mut hasher);
                    let point = hasher.finish() % bytes;
                    kill_at(
                        point,
                        undisturbed,
                        &format!("HEADWATER_KILL_SEED={seed}, run {run}, at {point} bytes"),
                    );
                }
            });
        }
    });
}

fn kill_at(point: u64, undisturbed: usize, place: &str) {
    let mut model = steady(card(), long_mission());
    let server = ModelServer::start(Script::responder(move |_, request| model(request)));
    let workspace = logs();
    let running = started(&workspace, &server, QUESTION);
    let logged = || -> u64 {
        transcripts(&workspace).iter().filter_map(|path| path.metadata().ok()).map(|log| log.len()).sum()
    };
    let start = Instant::now();
    while logged() < point && !running.has_ended() {
        assert!(start.elapsed() < DEADLINE, "{place}: the point was never reached");
        std::thread::park_timeout(Duration::from_micros(200));
    }
    if !running.has_ended() {
        running.signal_group(Signal::KILL);
    }
    let killed = running.finish(DEADLINE);
    let shown: Vec<&str> = killed.stdout.lines().filter(|line| line.ends_with('}')).collect();
    let kept: String = transcripts(&workspace)
        .iter()
        .map(|path| String::from_utf8_lossy(&std::fs::read(path).expect("a log")).into_owned())
        .collect();
    for line in &shown {
        // The log has a seal behind it.
        assert!(kept.contains(line.trim_end_matches('}')), "{place}: shown but not kept: {line}");
    }
    let Some(first) = shown.first() else { return };
    let session = session_of(&[(*first).to_owned()]);
    let conversation = sessions_directory(&workspace).join(&session).join("transcript.jsonl");
    if records(&conversation).iter().any(|record| record["type"] == "turn_ended") {
        // The same words again are a new question then.
        return;
    }
    let unanswered = unanswered(&workspace);
    let end = resumed(&workspace, &server, &session, &[QUESTION]);
    assert_eq!(end.code, Some(0), "{place}\n{}\n{}", end.stdout, end.stderr);
    assert_eq!(workspace.read("report.md"), "node-7 failed", "{place}");
    let last = end.records().pop().expect("records");
    assert_eq!(
        (last["type"].as_str(), last["session"].as_str()),
        (Some("turn_ended"), Some(&*session)),
        "{place}"
    );
    let requests = server.requests().len();
    assert!(
        requests <= undisturbed + unanswered,
        "{place}: {requests} requests, {undisturbed} and {unanswered} lost"
    );
    let ended = transcripts(&workspace)
        .iter()
        .flat_map(|path| records(path))
        .filter(|r| r["type"] == "mission_ended")
        .count();
    assert_eq!(ended, 1, "{place}");
    all_verified(&workspace);
}

#[test]
fn research_that_was_cut_off_goes_on_and_is_not_paid_for_twice() {
    let workspace = logs();
    let is_card = |request: &Recorded| asks(request, "You write the card");
    let (server, gate) = holding(steady(card(), vec![writes_report()]), is_card);
    let running = started(&workspace, &server, QUESTION);
    let session = killed_when(running, &server, "the card", is_card);
    gate.open();
    let before = server.requests().len();
    let end = resumed(&workspace, &server, &session, &["go on"]).with_code(0);
    // The card, its check and the root: everything else was answered.
    assert!(server.requests().len() - before <= 3, "{} more requests", server.requests().len() - before);
    assert!(end.stderr.contains(QUESTION), "{}", end.stderr);
    assert!(workspace.has("report.md"));
    assert_eq!(transcripts(&workspace).len(), 2, "a second mission was begun");
}

#[test]
fn a_block_that_was_cut_off_does_nothing_twice() {
    let workspace = logs();
    let command = "echo once >> count.txt";
    let mut granting = card();
    granting["subtasks"][0]["done_check"] = json!({"kind": "command", "command": command});
    let code = format!(
        "shell('{command}')\nwrite('report.md', 'node-7')\nllm_query('the very last')\nFINAL('node-7 failed')"
    );
    let (server, gate) =
        holding(steady(granting, vec![block(&code)]), |request| asks(request, "the very last"));
    let running = started(&workspace, &server, QUESTION);
    let session = killed_when(running, &server, "the child", |request| asks(request, "the very last"));
    assert_eq!(workspace.read("count.txt"), "once\n");
    gate.open();
    let end = resumed(&workspace, &server, &session, &[]).with_code(0);
    // Once in the block, and once when the host checks that the sub-task is done.
    assert_eq!(workspace.read("count.txt"), "once\nonce\n", "{}", end.stdout);
}

#[test]
fn a_message_ends_at_the_first_block_that_fails() {
    let workspace = logs();
    let failing = format!("{}then\n{}", block("1 / 0"), block("write('report.md', 'never')"));
    let (server, _) = Model::new(card(), &[&failing, &writes_report()]).start();
    let end = recursive(&workspace, &server, &["--json", "--approve-mission", QUESTION]).with_code(0);
    let cells = end.records_of("cell_started");
    assert_eq!(cells.len(), 2, "{cells:?}");
    assert!(!cells[1]["code"].as_str().expect("code").contains("never"));
}

#[test]
fn an_approval_of_what_does_not_wait_ends_at_once() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let first = recursive(&workspace, &server, &["--json", "--approve-mission", QUESTION]).with_code(0);
    let session = session_of(&first.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let again = resumed(&workspace, &server, &session, &[]).with_code(2);
    assert!(again.stderr.contains("no mission waits"), "{}", again.stderr);
}

#[test]
fn a_card_that_cannot_be_approved_yet_is_not_waited_for() {
    let workspace = logs();
    let mut faulty = card();
    faulty["goal"] = json!("First this. Then that. And more.");
    let (server, _) = Model::new(faulty, &[&writes_report()]).start();
    let first = recursive(&workspace, &server, &["--json", QUESTION]).with_code(3);
    let session = session_of(&first.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let again = resumed(&workspace, &server, &session, &[]).with_code(1);
    assert!(again.stderr.contains("cannot be approved yet"), "{}", again.stderr);
    assert!(!workspace.has("report.md"));
}

#[test]
fn a_revision_that_comes_to_nothing_leaves_the_card_waiting() {
    let workspace = logs();
    let mut model = steady(card(), vec![writes_report()]);
    let mut cards = 0;
    let server = ModelServer::start(Script::responder(move |_, request| {
        let is_card = asks(request, "You write the card");
        cards += usize::from(is_card);
        if is_card && cards > 1 { Turn::text("I would rather not.") } else { model(request) }
    }));
    let first = recursive(&workspace, &server, &["--json", QUESTION]).with_code(3);
    let session = session_of(&first.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let hash = first.records_of("mission_proposed")[0]["hash"].clone();
    let revised =
        recursive(&workspace, &server, &["--json", "--resume", &session, "make it shorter"]).with_code(1);
    assert_eq!(revised.records_of("mission_proposed")[0]["hash"], hash);
    let approved = resumed(&workspace, &server, &session, &[]).with_code(0);
    assert_eq!(approved.records_of("mission_approved")[0]["hash"], hash);
    assert!(workspace.has("report.md"));
}

#[test]
fn words_with_an_approval_change_the_card_before_it_is_approved() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let first = recursive(&workspace, &server, &["--json", QUESTION]).with_code(3);
    let session = session_of(&first.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let end = resumed(&workspace, &server, &session, &["leave out the docs"]).with_code(0);
    let kinds: Vec<String> = end.records().iter().map(|record| record["type"].to_string()).collect();
    let place =
        |kind: &str| kinds.iter().position(|found| found.contains(kind)).unwrap_or_else(|| panic!("{kind}"));
    assert!(place("mission_revised") < place("mission_proposed"));
    assert!(place("mission_proposed") < place("mission_approved"));
    assert_eq!(end.records_of("mission_ended").len(), 1);
}

#[test]
fn the_work_of_a_mission_is_no_session_of_its_own() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let finished = recursive(&workspace, &server, &["--json", "--approve-mission", QUESTION]).with_code(0);
    let session = session_of(&finished.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    let mission = finished.records_of("mission_proposed")[0]["mission"].as_str().expect("an id").to_owned();
    let listed = workspace.run(["sessions", "list"]).with_code(0).stdout;
    assert!(listed.contains(&session) && !listed.contains(&mission), "{listed}");
    let refused = resumed(&workspace, &server, &mission, &["go on"]).with_code(1);
    assert!(refused.stderr.contains(&format!("is a part of session {session}")), "{}", refused.stderr);
    let mut completion = workspace.command();
    completion.args(["rlm", "--provider", "llamacpp", "--model", "scripted", "--resume", &mission]);
    completion.args(["--base-url", &server.base_url()]);
    let refused = spawn(&mut completion).finish(DEADLINE).with_code(1);
    assert!(refused.stderr.contains("is a part of session"), "{}", refused.stderr);
    workspace.run(["sessions", "remove", &session]).expect_code(0);
    assert_eq!(transcripts(&workspace), Vec::<PathBuf>::new());
    let contexts = std::fs::read_dir(workspace.headwater_home().join("contexts")).expect("the store");
    assert_eq!(contexts.count(), 0, "texts that nobody names were left behind");
}

#[test]
fn texts_that_another_mission_names_outlive_a_removed_session() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let ids: BTreeSet<String> = (0..2)
        .map(|_| {
            let waiting =
                recursive(&workspace, &server, &["--json", "--context", "logs", QUESTION]).with_code(3);
            session_of(&waiting.stdout.lines().map(str::to_owned).collect::<Vec<_>>())
        })
        .collect();
    let mut ids = ids.iter();
    let (gone, kept) = (ids.next().expect("a session"), ids.next().expect("another"));
    workspace.run(["sessions", "remove", gone]).expect_code(0);
    resumed(&workspace, &server, kept, &[]).expect_code(0);
}

#[test]
fn a_mission_that_is_terminated_ends_the_conversations_turn() {
    let workspace = logs();
    let (server, gate) = holding(steady(card(), long_mission()), |request| asks(request, "all by itself"));
    let running = started(&workspace, &server, QUESTION);
    server.wait_until("the child", DEADLINE, |requests| {
        requests.iter().any(|request| asks(request, "all by itself"))
    });
    running.signal(Signal::TERM);
    let ended = running.finish(DEADLINE).with_code(143);
    let last = ended.records().pop().expect("records");
    let session = session_of(&ended.stdout.lines().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!((last["type"].as_str(), last["session"].as_str()), (Some("turn_ended"), Some(&*session)));
    gate.open();
    resumed(&workspace, &server, &session, &[]).expect_code(0);
    all_verified(&workspace);
}

#[test]
fn a_missions_log_with_a_cut_line_is_mended() {
    let workspace = logs();
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let mut model = steady(card(), long_mission());
    let (server, gate) = holding(
        move |request| {
            *count.lock().expect("a count") += usize::from(asks(request, "q1"));
            model(request)
        },
        |request| asks(request, "all by itself"),
    );
    let running = started(&workspace, &server, QUESTION);
    let session = killed_when(running, &server, "the child", |request| asks(request, "all by itself"));
    gate.open();
    let mission = transcripts(&workspace)
        .into_iter()
        .find(|path| !path.to_string_lossy().contains(&session))
        .expect("the mission's log");
    let bytes = std::fs::read(&mission).expect("the log");
    std::fs::write(&mission, &bytes[..bytes.len() - 7]).expect("a cut log");
    let end = resumed(&workspace, &server, &session, &[]);
    assert_eq!(end.code, Some(0), "{}\n{}", end.stdout, end.stderr);
    assert_eq!(*asked.lock().expect("a count"), 1, "a child was asked again");
    all_verified(&workspace);
}

#[test]
fn two_processes_never_take_up_one_mission() {
    let workspace = logs();
    let (server, gate) = holding(steady(card(), long_mission()), |request| asks(request, "all by itself"));
    let running = started(&workspace, &server, QUESTION);
    server.wait_until("the child", DEADLINE, |requests| {
        requests.iter().any(|request| asks(request, "all by itself"))
    });
    let session = session_of(&running.stdout().lines().map(str::to_owned).collect::<Vec<_>>());
    let second = resumed(&workspace, &server, &session, &[]).with_code(1);
    assert!(second.stderr.contains("is open in another headwater"), "{}", second.stderr);
    gate.open();
    running.finish(DEADLINE).expect_code(0);
}

#[test]
fn an_interrupt_while_the_card_is_written_is_no_failure() {
    let workspace = logs();
    let is_card = |request: &Recorded| asks(request, "You write the card");
    let (server, _gate) = holding(steady(card(), vec![]), is_card);
    let running = started(&workspace, &server, QUESTION);
    server.wait_until("the card", DEADLINE, |requests| requests.iter().any(is_card));
    running.signal(Signal::INT);
    let ended = running.finish(DEADLINE).with_code(130);
    assert_eq!(ended.records_of("failed"), Vec::<Value>::new());
    assert_eq!(ended.records().pop().expect("records")["reason"], "interrupted");
}

#[test]
fn the_time_of_the_command_line_holds_for_research_too() {
    let workspace = logs();
    let is_card = |request: &Recorded| asks(request, "You write the card");
    let (server, _gate) = holding(steady(card(), vec![]), is_card);
    let limited = ["--mode", "recursive", "--json", "--max-time", "1", QUESTION];
    let ended = spawn(exec(&workspace, &server).args(limited)).finish(DEADLINE).with_code(5);
    assert_eq!(ended.records().pop().expect("records")["reason"], "max_time");
}

/// A mission whose block would write beyond its card, in front of a person, with the amendment before them.
fn amending(workspace: &Workspace) -> (ModelServer, Terminal) {
    let greedy = "try:\n    print(write('extra.md', 'more'))\nexcept Exception as error:\n    print(error)";
    let mut model = steady(card(), vec![block(greedy), writes_report()]);
    let server = ModelServer::start(Script::responder(move |_, request| model(request)));
    let terminal = open_with(workspace, &server, &["--mode", "recursive"]);
    terminal.send(format!("{QUESTION}\r"));
    terminal.wait_for_text("[Enter] approve");
    terminal.send("\r");
    terminal.wait_for_text("would also write extra.md");
    terminal.wait_for_text("[Enter] approve");
    (server, terminal)
}

#[test]
fn a_yes_to_an_amendment_widens_the_grant() {
    let workspace = logs();
    let (_server, terminal) = amending(&workspace);
    terminal.send("\r");
    terminal.wait_for_text("node-7 failed; see report.md");
    assert_eq!(workspace.read("extra.md"), "more");
}

#[test]
fn an_amendment_that_its_process_did_not_outlive_is_not_granted() {
    let workspace = logs();
    let (server, terminal) = amending(&workspace);
    let proposed = transcripts(&workspace)
        .iter()
        .flat_map(|path| records(path))
        .find(|record| record["type"] == "mission_amended")
        .expect("an amendment");
    let session = proposed["session"].as_str().expect("a session").to_owned();
    drop(terminal);
    let resumed =
        spawn(exec(&workspace, &server).args(["--json", "--resume", &session, "go on"])).finish(DEADLINE);
    let resumed = resumed.with_code(0);
    assert!(!workspace.has("extra.md"));
    assert!(workspace.has("report.md"), "{}", resumed.stdout);
    all_verified(&workspace);
}
