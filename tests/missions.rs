//! Missions through the whole program: research, one card, approval from anywhere, execution inside the grant, a checked
//! answer, a report.

use std::sync::{Arc, Mutex};

use headwater_testkit::server::Recorded;
use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Gate, ModelServer, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{WithCode as _, exec, open_with, session_of, sessions_directory, workspace};

/// How a mission root's prompt begins.
const ROOT: &str = "You answer one question about a context";
/// A line that is worth noting.
const NOTED: &str = "ERROR disk full on node-7";

/// A model that does research as its prompts ask, writes a card, and is a root that says these messages in order.
pub(crate) struct Model {
    card: Value,
    root: Vec<String>,
    /// Root messages said so far.
    said: usize,
}

impl Model {
    pub(crate) fn new(card: Value, root: &[&str]) -> Self {
        Self { card, root: root.iter().map(|text| (*text).to_owned()).collect(), said: 0 }
    }

    pub(crate) fn start(self) -> (ModelServer, Arc<Mutex<Self>>) {
        let shared = Arc::new(Mutex::new(self));
        let model = Arc::clone(&shared);
        let server = ModelServer::start(Script::responder(move |_, request| {
            model.lock().expect("a model").answer(request)
        }));
        (server, shared)
    }

    pub(crate) fn answer(&mut self, request: &Recorded) -> Turn {
        let system = request.messages().first().map(|first| first["content"].to_string()).unwrap_or_default();
        if system.contains(ROOT) {
            self.said += 1;
            let text = self.root.get(self.said - 1).cloned();
            return Turn::text(text.unwrap_or_else(|| "FINAL(the script is over)".to_owned()));
        }
        let asked = request.last_text("user").unwrap_or_default();
        let has = |words: &str| asked.contains(words);
        let answer = if has("Note at most eight things") {
            let seen = has(NOTED);
            let note = json!({"text": "A node has a full disk.", "quote": NOTED, "line": 1, "kind": "fact", "importance": 3, "surprise": 2});
            json!({"obs": if seen { vec![note] } else { vec![] }, "zoom": [], "empty": !seen})
        } else if has("Name each group") {
            json!({"clusters": [], "themes": []})
        } else if has("at most three hypotheses") {
            json!({"hypotheses": []})
        } else if has("by its own stretches alone") {
            json!({"verdicts": [{"claim": 1, "verdict": "supported", "quote": NOTED}]})
        } else if has("Judge first each claim") {
            json!({"claims": [], "faults": []})
        } else if has("You write the card") {
            self.card.clone()
        } else {
            return Turn::text("a child's answer");
        };
        Turn::text(answer.to_string())
    }
}

pub(crate) fn card() -> Value {
    json!({
        "goal": "Say which node failed and write it down.",
        "subtasks": [
            {"n": 1, "title": "Find the node", "looks_at": ["logs/**"], "expected_output": "its name",
             "done_check": {"kind": "matches", "pattern": "node-7", "path": "report.md"}, "writes": ["report.md"],
             "tools": ["write"], "tier": "cheap", "claims": []},
        ],
        "confidence_notes": [], "not_doing": ["mending it"], "risks": [],
        "contract": {"goal": "", "required_outputs": [
            {"id": "report", "what": "the report", "predicate": {"kind": "file_exists", "path": "report.md"}}]},
    })
}

pub(crate) fn block(code: &str) -> String {
    format!("```repl\n{code}\n```\n")
}

pub(crate) fn logs() -> Workspace {
    let workspace = workspace();
    let lines: String = (0..400).map(|n| format!("{n} ok\n")).collect::<Vec<_>>().concat();
    workspace.file("logs/a.log", format!("{lines}{NOTED}\n{lines}"));
    workspace.file("logs/b.log", &lines);
    workspace
}

pub(crate) fn recursive(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(exec(workspace, server).args(["--mode", "recursive"]).args(arguments)).finish(DEADLINE)
}

pub(crate) fn writes_report() -> String {
    block(
        "hits = grep('ERROR')\nwrite('report.md', 'node-7 failed: its disk is full')\nFINAL('node-7 failed; see report.md')",
    )
}

/// Whether the last words of a request contain these.
pub(crate) fn asks(request: &Recorded, words: &str) -> bool {
    request.last_text("user").unwrap_or_default().contains(words)
}

#[test]
fn without_an_approval_the_card_is_printed_and_nothing_runs() {
    let workspace = logs();
    let (server, model) = Model::new(card(), &[&writes_report()]).start();
    let finished = recursive(&workspace, &server, &["which node failed?"]).with_code(3);
    for told in [
        "Goal: Say which node failed",
        "[x] 1. Find the node",
        "writes: report.md",
        "Required: the report",
        "Estimate:",
    ] {
        assert!(
            finished.stderr.contains(told) || finished.stdout.contains(told),
            "{told}\n{}\n{}",
            finished.stdout,
            finished.stderr
        );
    }
    assert_eq!(model.lock().expect("a model").said, 0, "the root was asked before the approval");
    assert!(!workspace.has("report.md"));
}

#[test]
fn an_approved_mission_runs_straight_through_and_its_contract_is_checked() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let finished =
        recursive(&workspace, &server, &["--json", "--approve-mission", "which node failed?"]).with_code(0);
    assert_eq!(workspace.read("report.md"), "node-7 failed: its disk is full");
    let kinds: Vec<String> =
        finished.records().iter().map(|record| record["type"].as_str().expect("a type").to_owned()).collect();
    let place = |kind: &str| {
        kinds.iter().position(|found| found == kind).unwrap_or_else(|| panic!("{kind}: {kinds:?}"))
    };
    assert!(place("mission_proposed") < place("mission_approved"));
    assert!(place("mission_approved") < place("cell_started"));
    assert!(place("final_proposed") < place("final_accepted"));
    let approved = &finished.records_of("mission_approved")[0];
    assert_eq!(approved["by"], "flag");
    assert_eq!(approved["hash"], finished.records_of("mission_proposed")[0]["hash"]);
    let ended = &finished.records_of("mission_ended")[0];
    let report = ended["report"].as_str().expect("a report");
    assert!(
        report.contains("1. Find the node") && report.contains("node-7 failed; see report.md"),
        "{report}"
    );
    assert!(report.contains("| calls |"), "{report}");
    assert_eq!(finished.records().last().expect("records")["reason"], "done");
}

#[test]
fn the_card_can_be_approved_later_from_another_process() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let first = recursive(&workspace, &server, &["--json", "which node failed?"]).with_code(3);
    let session = first.records_of("mission_proposed")[0]["session"].as_str().expect("a session").to_owned();
    let requests = server.requests().len();
    let second = spawn(exec(&workspace, &server).args(["--json", "--approve-mission", "--resume", &session]))
        .finish(DEADLINE);
    let second = second.with_code(0);
    assert!(workspace.has("report.md"));
    assert_eq!(second.records_of("mission_ended").len(), 1);
    assert_eq!(server.requests().len(), requests + 1, "research was paid for again");
}

#[test]
fn s10_a_copy_that_no_mission_can_go_on_in_is_not_made() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[]).start();
    let first = recursive(&workspace, &server, &["--json", "which node failed?"]).with_code(3);
    let session = first.records_of("mission_proposed")[0]["session"].as_str().expect("a session").to_owned();
    let sessions = || std::fs::read_dir(sessions_directory(&workspace)).expect("sessions").count();
    let before = sessions();
    let arguments = ["--approve-mission", "--fork", "--resume", &session];
    let refused = spawn(exec(&workspace, &server).args(arguments)).finish(DEADLINE).with_code(2);
    let way = format!("headwater exec --approve-mission --resume {session}");
    assert!(refused.stderr.contains("the work of a mission is not shared"), "{}", refused.stderr);
    assert!(refused.stderr.contains(&way), "{}", refused.stderr);
    assert_eq!(sessions(), before, "a copy was left");
}

#[test]
fn a_command_of_the_contract_of_a_card_is_run_before_an_answer_is_believed() {
    let workspace = logs();
    let mut asking = card();
    asking["contract"]["required_outputs"][0]["predicate"] =
        json!({"kind": "command_exit0", "command": "grep -q node-7 report.md"});
    let (server, _) =
        Model::new(asking, &[&block("FINAL('all done, believe me')"), &writes_report()]).start();
    let finished =
        recursive(&workspace, &server, &["--json", "--approve-mission", "which node?"]).with_code(0);
    assert_eq!(finished.records_of("final_refused")[0]["gaps"][0]["id"], "report");
    assert_eq!(finished.records_of("final_accepted").len(), 1);
    let ran = finished.records_of("tool_returned");
    assert!(ran.iter().filter(|record| record["name"] == "shell").count() >= 2, "each check is on record");
}

#[test]
fn a_command_that_runs_when_the_time_of_a_mission_is_up_is_ended_and_has_its_result() {
    let workspace = logs();
    // What the host checks with it later ends at once.
    let command = "test -e began.txt || { echo began > began.txt; sleep 6000; echo late > late.txt; }";
    let mut granting = card();
    granting["subtasks"][0]["done_check"] = json!({"kind": "command", "command": command});
    let (server, _) =
        Model::new(granting, &[&block(&format!("shell('{command}')")), "FINAL(no time)"]).start();
    let arguments = ["--json", "-c", "limits.max_time=15", "--approve-mission", "which node?"];
    let finished = recursive(&workspace, &server, &arguments);
    let returned = &finished.records_of("tool_returned")[0];
    assert_eq!((&returned["call"], &returned["status"]), (&json!("m1"), &json!("cancelled")), "{returned}");
    let place = |kind: &str| {
        let is_it = |record: &Value| record["type"] == kind;
        finished.records().iter().position(is_it).unwrap_or_else(|| panic!("{kind}: {}", finished.stdout))
    };
    assert!(
        place("files_changed") < place("tool_returned") && place("tool_returned") < place("cell_returned")
    );
    let mission =
        finished.records_of("mission_proposed")[0]["mission"].as_str().expect("a mission").to_owned();
    workspace.run(["replay", &mission, "--verify"]).with_code(0);
    assert!(workspace.has("began.txt") && !workspace.has("late.txt"));
}

#[test]
fn a2_what_blocks_have_used_up_of_a_tool_does_not_bind_the_checks_of_the_host() {
    let workspace = logs();
    let command = "test -s logs/b.log";
    let mut granting = card();
    granting["subtasks"][0]["done_check"] = json!({"kind": "command", "command": command});
    granting["contract"]["required_outputs"][0]["predicate"] =
        json!({"kind": "command_exit0", "command": command});
    let code = format!(
        "try:\n    shell('{command}')\nexcept Exception as error:\n    print(error)\nFINAL('node-7 failed')"
    );
    let (server, _) = Model::new(granting, &[&block(&code)]).start();
    let arguments = ["--json", "-c", "tools.shell.max_time=0.001", "--approve-mission", "which node?"];
    let finished = recursive(&workspace, &server, &arguments).with_code(0);
    assert_eq!(finished.records_of("final_accepted").len(), 1, "{}", finished.stderr);
}

#[test]
fn an_answer_that_does_not_meet_the_contract_is_sent_back_with_the_gap() {
    let workspace = logs();
    let (server, _) =
        Model::new(card(), &[&block("FINAL('all done, believe me')"), &writes_report()]).start();
    let finished =
        recursive(&workspace, &server, &["--json", "--approve-mission", "which node?"]).with_code(0);
    let refused = &finished.records_of("final_refused")[0];
    assert_eq!(refused["gaps"][0]["id"], "report", "{refused}");
    assert!(workspace.has("report.md"));
}

#[test]
fn a_claim_that_never_holds_ends_with_code_4() {
    let workspace = logs();
    let claim = block("FINAL('all done, believe me')");
    let (server, _) = Model::new(card(), &[&claim, &claim, &claim, &claim, &claim]).start();
    let finished =
        recursive(&workspace, &server, &["--json", "--approve-mission", "which node?"]).with_code(4);
    assert_eq!(finished.records_of("final_accepted").len(), 0);
    assert_eq!(finished.records_of("final_refused").len(), 3);
}

#[test]
fn what_the_card_does_not_grant_is_refused_where_nobody_can_amend_it() {
    let workspace = logs();
    let greedy = block(
        "try:\n    write('stolen.md', 'x')\nexcept Exception as error:\n    print(error)\n\
         try:\n    shell('touch ran')\nexcept Exception as error:\n    print(error)\nprint('went on')",
    );
    let (server, _) = Model::new(card(), &[&greedy, &writes_report()]).start();
    let finished =
        recursive(&workspace, &server, &["--json", "--approve-mission", "which node?"]).with_code(0);
    assert!(!workspace.has("stolen.md") && !workspace.has("ran"));
    let told = finished.records_of("cell_returned")[0]["stdout"].as_str().expect("output").to_owned();
    assert!(
        told.contains("write stolen.md") && told.contains("run `touch ran`") && told.contains("went on"),
        "{told}"
    );
}

#[test]
fn a_card_with_faults_is_not_approved_by_a_flag() {
    let workspace = logs();
    let mut faulty = card();
    faulty["goal"] = json!("First this. Then that. And more.");
    let (server, model) = Model::new(faulty, &[&writes_report()]).start();
    let finished = recursive(&workspace, &server, &["--approve-mission", "which node?"]).with_code(3);
    let told = format!("{}{}", finished.stdout, finished.stderr);
    assert!(told.contains("Cannot be approved yet"), "{told}");
    assert_eq!(model.lock().expect("a model").said, 0);
}

#[test]
fn the_conversation_sees_one_report_and_its_prefix_is_kept() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let first = recursive(&workspace, &server, &["--json", "--approve-mission", "which node?"]).with_code(0);
    let session = first.records_of("mission_proposed")[0]["session"].as_str().expect("a session").to_owned();
    let said = spawn(exec(&workspace, &server).args(["--mode", "agent", "--resume", &session, "and now?"]))
        .finish(DEADLINE);
    said.with_code(0);
    let last = server.requests().pop().expect("a request");
    let text = last.body["messages"].to_string();
    assert!(text.contains("The mission ended. Its report") && text.contains("and now?"), "{text}");
    assert!(!text.contains("hits = grep"), "the mission's work is in the conversation: {text}");
}

#[test]
fn a_mission_that_was_killed_goes_on_where_it_was() {
    let workspace = logs();
    let slow = block(
        "first = llm_query_batched([f'q{n}' for n in range(4)])\nwrite('report.md', 'node-7 failed')\n\
         second = llm_query('hold')\nFINAL('node-7 failed')",
    );
    let gate = Gate::new();
    let held = gate.clone();
    let model = Arc::new(Mutex::new(Model::new(card(), &[&slow])));
    let asked = Arc::new(Mutex::new(0));
    let (scripted, count) = (Arc::clone(&model), Arc::clone(&asked));
    let server = ModelServer::start(Script::responder(move |_, request| {
        let turn = scripted.lock().expect("a model").answer(request);
        let text = request.last_text("user").unwrap_or_default();
        if text.starts_with('q') {
            *count.lock().expect("a count") += 1;
        }
        if text.starts_with("hold") { turn.hold_after(0, &held) } else { turn }
    }));
    let running = spawn(exec(&workspace, &server).args([
        "--mode",
        "recursive",
        "--json",
        "--approve-mission",
        "which?",
    ]));
    running.wait_for_stdout("the last child", DEADLINE, |text| text.contains("\"text\":\"hold\""));
    let session = session_of(&running.stdout().lines().map(str::to_owned).collect::<Vec<_>>());
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    gate.open();
    let finished =
        spawn(exec(&workspace, &server).args(["--json", "--resume", &session, "go on"])).finish(DEADLINE);
    let finished = finished.with_code(0);
    assert_eq!(finished.records_of("mission_ended").len(), 1);
    assert_eq!(*asked.lock().expect("a count"), 4, "children were asked twice");
}

#[test]
fn on_the_screen_a_card_is_approved_with_one_key() {
    let workspace = logs();
    let (server, _) = Model::new(card(), &[&writes_report()]).start();
    let terminal = open_with(&workspace, &server, &["--mode", "recursive"]);
    terminal.send("which node failed?\r");
    terminal.wait_for_text("Say which node failed");
    terminal.wait_for_text("Find the node");
    // The keys are named once the card takes them.
    terminal.wait_for_text("approve");
    terminal.send("\r");
    terminal.wait_for_text("node-7 failed; see report.md");
}

#[test]
fn a_faulty_card_is_mended_before_the_person_sees_it() {
    let workspace = logs();
    let mut faulty = card();
    faulty["goal"] = json!("First this. Then that. And more.");
    let (mut good, mut bad) = (Model::new(card(), &[&writes_report()]), Model::new(faulty, &[]));
    let server = ModelServer::start(Script::responder(move |_, request| {
        let is_first = asks(request, "You write the card") && !asks(request, "cannot be approved yet");
        if is_first { bad.answer(request) } else { good.answer(request) }
    }));
    let end =
        recursive(&workspace, &server, &["--json", "--approve-mission", "which node failed?"]).with_code(0);
    let cards: Vec<_> =
        server.requests().into_iter().filter(|request| asks(request, "You write the card")).collect();
    assert_eq!(cards.len(), 2);
    assert!(asks(&cards[1], "First this. Then that."), "the model is shown what is wrong");
    let proposed = end.records_of("mission_proposed");
    assert_eq!(proposed[0]["lint"], json!([]), "{proposed:?}");
    assert!(workspace.has("report.md"));
}
