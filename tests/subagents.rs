//! Sub-agents: one task, one report, never more than the turn above may do, and an end whatever happens.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{Call, DEADLINE, Fault, Gate, ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::{Value, json};

use crate::support::{self, open_with, workspace};

const LONG: Duration = Duration::from_secs(30);

/// The task of a sub-agent's request: its first message; `None` for the conversation.
fn task_of(request: &Recorded) -> Option<String> {
    let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
    let messages = request.messages();
    let is_below = messages.first().is_some_and(|first| text(first).contains("You are a sub-agent"));
    is_below.then(|| messages.iter().find(|said| said["role"] == "user").map(text).unwrap_or_default())
}

/// How many results a request holds.
fn results(request: &Recorded) -> usize {
    request.messages().iter().filter(|said| said["role"] == "tool").count()
}

/// A model whose conversation hands out all tasks at once and then ends; `child` plays the sub-agents: it sees their
/// task and how many results they have.
fn model(tasks: Vec<Value>, mut child: impl FnMut(&str, usize) -> Turn + Send + 'static) -> ModelServer {
    ModelServer::start(Script::responder(move |_, request| match (task_of(request), results(request)) {
        (Some(task), results) => child(&task, results),
        (None, 0) => tasks.iter().fold(Turn::text(""), |turn, task| turn.call("task", task.clone())),
        (None, _) => Turn::text("All reports are in."),
    }))
}

fn task(agent: &str, prompt: &str) -> Value {
    json!({"description": format!("The task {prompt}"), "prompt": prompt, "agent": agent})
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(support::exec(workspace, server).arg("--json").args(arguments).arg("a secret word")).finish(LONG)
}

/// The records of one session, of all that a run printed.
fn of_session(finished: &Finished, session: &Value) -> Vec<Value> {
    finished.records().into_iter().filter(|record| record["session"] == *session).collect()
}

/// The results of the conversation's own calls, in order.
fn own_results(finished: &Finished) -> Vec<Value> {
    let conversation = finished.records()[0]["session"].clone();
    of_session(finished, &conversation)
        .into_iter()
        .filter(|record| record["type"] == "tool_returned")
        .collect()
}

fn text_of(result: &Value) -> &str {
    result["text"].as_str().expect("a text")
}

/// The tools that a request offers.
fn tools_of(request: &Recorded) -> BTreeSet<String> {
    let tools = request.body["tools"].as_array().expect("tools");
    tools.iter().map(|tool| tool["function"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// The requests of sub-agents.
fn below(server: &ModelServer) -> Vec<Recorded> {
    server.requests().into_iter().filter(|request| task_of(request).is_some()).collect()
}

#[test]
fn d2_a_sub_agent_sees_its_task_alone_and_gives_one_report() {
    let workspace = workspace();
    workspace.file("AGENTS.md", "Use tabs.").file("needle.txt", "x");
    let server = model(vec![task("explore", "Count the files.")], |_, results| match results {
        0 => Turn::text("I look.").call("list", json!({})),
        _ => Turn::text("There are two: needle.txt:1."),
    });
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let asked = below(&server);
    let first = asked[0].messages();
    assert_eq!((first.len(), asked.len()), (2, 2), "the task and nothing else: {first:?}");
    assert_eq!(first[1]["content"], "Count the files.");
    assert!(!asked[0].body.to_string().contains("a secret word"));
    let system = first[0]["content"].as_str().expect("a system text");
    assert!(system.contains("Use tabs."), "{system}");
    // The conversation grew by exactly one result, and by nothing of the work.
    let requests = server.requests();
    let (before, after) = (requests[0].messages(), requests.last().expect("a last request").messages());
    assert_eq!(after.len(), before.len() + 2);
    assert_eq!(after.last().expect("a result")["content"], "There are two: needle.txt:1.");
    let work =
        |said: &Value| said.to_string().contains("needle.txt\\n") || said.to_string().contains("I look");
    assert!(!after.iter().any(work), "{after:?}");
    assert_eq!(own_results(&finished).len(), 1);
}

#[test]
fn a6_records_name_their_session_and_the_one_above() {
    let server = model(vec![task("explore", "Look.")], |_, results| match results {
        0 => Turn::text("").call("list", json!({})),
        _ => Turn::text("Nothing."),
    });
    let workspace = workspace();
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let started = &finished.records_of("subagent_started")[0];
    let own = &started["opened"];
    let tags = |records: Vec<Value>| -> Vec<String> {
        records.into_iter().map(|record| record["type"].as_str().expect("a type").to_owned()).collect()
    };
    let work = of_session(&finished, own);
    assert!(work.iter().all(|record| record["parent"] == started["session"]), "{work:?}");
    let expected = ["session_started", "subagent_started", "user_message", "turn_started", "request_sent"];
    assert_eq!(tags(work.clone())[..5], expected);
    assert_eq!(work.last().expect("an end")["type"], "turn_ended");
    for (seq, record) in work.iter().enumerate() {
        assert_eq!(record["seq"], seq, "{record}");
    }
    let conversation = tags(of_session(&finished, &started["session"]));
    let of_task = conversation.iter().filter(|tag| tag.starts_with("subagent") || *tag == "tool_returned");
    let expected = ["subagent_started", "subagent_returned", "tool_returned"];
    assert_eq!(of_task.collect::<Vec<_>>(), expected);
    let returned = &finished.records_of("subagent_returned")[0];
    assert_eq!((&returned["reason"], &returned["steps"]), (&json!("done"), &json!(2)));
    assert!(returned["usage"]["input"].as_u64() > Some(0), "{returned}");
    // It is a part of the session: not listed, not resumed, removed with it.
    let session = started["session"].as_str().expect("a session");
    let part = own.as_str().expect("a session");
    let listed = workspace.run(["sessions", "list"]);
    assert!(listed.stdout.contains(session) && !listed.stdout.contains(part), "{}", listed.stdout);
    let resumed = spawn(support::exec(&workspace, &server).args(["--resume", part, "go on"])).finish(LONG);
    assert!(resumed.stderr.contains("is a part of session"), "{}", resumed.stderr);
    workspace.run(["sessions", "remove", session]).expect_code(0);
    assert!(!support::sessions_directory(&workspace).join(part).exists());
}

#[test]
fn d2_tasks_of_one_message_run_at_once_and_their_results_keep_the_order() {
    let workspace = workspace();
    let gate = Gate::new();
    let held = gate.clone();
    let write = |name: &str| {
        let input = json!({"path": format!("{name}.txt"), "content": "x"});
        // Every session is given the same id by its server.
        Turn::text("").with_call(Call::new("write", input).id("call_1"))
    };
    let server =
        ModelServer::start(Script::responder(move |_, request| match (task_of(request), results(request)) {
            (Some(task), 0) => write(&task).hold_after(0, &held),
            (Some(task), _) => Turn::text(format!("{task} is written.")),
            (None, 0) => Turn::text("")
                .with_call(Call::new("task", task("general", "one")).id("call_1"))
                .with_call(Call::new("task", task("general", "two")).id("call_2")),
            (None, _) => Turn::text("All reports are in."),
        }));
    let running = spawn(support::exec(&workspace, &server).arg("--json").arg("go"));
    // Both ask before either is answered.
    assert_eq!(server.wait_for_requests(3, LONG).len(), 3);
    gate.open();
    let finished = running.finish(LONG);
    finished.expect_code(0);
    let own = own_results(&finished);
    assert_eq!(own.iter().map(text_of).collect::<Vec<_>>(), ["one is written.", "two is written."]);
    assert!(workspace.has("one.txt") && workspace.has("two.txt"));
    let calls: BTreeSet<String> = finished
        .records_of("tool_called")
        .iter()
        .map(|called| called["call"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(calls, ["a1-call_1", "a2-call_1", "call_1", "call_2"].map(str::to_owned).into());
    // The log of the conversation took records of both, and is whole.
    let session = finished.records()[0]["session"].clone();
    let numbers: Vec<u64> =
        of_session(&finished, &session).iter().filter_map(|record| record["seq"].as_u64()).collect();
    assert_eq!(numbers, (0..u64::try_from(numbers.len()).expect("a length")).collect::<Vec<_>>());
}

#[test]
fn d2_more_tasks_than_may_run_at_once_wait_for_their_turn() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nparallel = 2\n");
    let tasks: Vec<Value> = (1..=5).map(|number| task("explore", &format!("t{number}"))).collect();
    let server =
        model(tasks, |task, _| Turn::text(format!("{task}!")).first_byte_after(Duration::from_millis(150)));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let said: Vec<String> = own_results(&finished).iter().map(|result| text_of(result).to_owned()).collect();
    assert_eq!(said, ["t1!", "t2!", "t3!", "t4!", "t5!"]);
    let spans: Vec<(Instant, Instant)> = below(&server)
        .into_iter()
        .map(|request| (request.at, request.finished_at.expect("an answer")))
        .collect();
    let at_once = |moment: Instant| spans.iter().filter(|(from, to)| *from <= moment && moment < *to).count();
    assert_eq!(spans.iter().map(|(from, _)| at_once(*from)).max(), Some(2));
}

#[test]
fn d2_a_sub_agent_that_takes_too_long_gives_a_report_all_the_same() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nmax_time = 1\n");
    let server = model(vec![task("explore", "hang")], |_, results| match results {
        0 => Turn::text("I begin.").call("list", json!({})),
        _ => Turn::fault(Fault::Stall),
    });
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let result = &own_results(&finished)[0];
    assert!(
        text_of(result).starts_with("The sub-agent explore did not finish: its time was up."),
        "{result}"
    );
    assert!(text_of(result).contains("I begin."), "{result}");
    assert_eq!((&result["is_error"], &result["status"]), (&json!(true), &json!("ran")));
    assert_eq!(finished.records_of("subagent_returned")[0]["reason"], "max_time");
}

#[test]
fn d2_a_sub_agent_has_a_limit_of_steps_of_its_own() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nmax_steps = 3\n");
    let server = model(vec![task("explore", "on and on")], |_, results| {
        Turn::text("").call("glob", json!({"pattern": format!("*.{results}")}))
    });
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(text_of(&own_results(&finished)[0]).contains("its limit of steps was reached"));
    assert_eq!(below(&server).len(), 3);
}

#[test]
fn d2_a_provider_that_fails_a_sub_agent_does_not_end_the_turn() {
    let server = model(vec![task("explore", "a"), task("explore", "b")], |task, _| match task {
        "a" => Turn::fault(Fault::BadRequest { message: "no such thing".to_owned() }),
        _ => Turn::text("b is fine."),
    });
    let finished = run(&workspace(), &server, &[]);
    finished.expect_code(0);
    let own = own_results(&finished);
    let failed = text_of(&own[0]);
    assert!(failed.contains("the provider failed") && failed.contains("no such thing"), "{failed}");
    assert_eq!(text_of(&own[1]), "b is fine.");
    assert_eq!(finished.records_of("subagent_returned")[0]["reason"], "provider_failed");
}

#[test]
fn complaint_18_a_sub_agent_that_is_refused_says_so_and_gives_up_as_every_request_does() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[network]\nattempts = 3\nbackoff = 0.01\n");
    let server =
        model(vec![task("explore", "busy")], |_, _| Turn::fault(Fault::RateLimited { retry_after: None }));
    let finished = spawn(support::exec(&workspace, &server).arg("go")).finish(LONG);
    finished.expect_code(0);
    assert_eq!(below(&server).len(), 3);
    assert!(finished.stderr.contains("explore began: The task busy"), "{}", finished.stderr);
    assert!(finished.stderr.contains("explore: attempt 1 failed"), "{}", finished.stderr);
    assert!(finished.stderr.contains("did not finish: the provider failed"), "{}", finished.stderr);
}

#[test]
fn d2_what_sub_agents_cost_counts_against_the_limit_of_the_session() {
    let workspace = workspace();
    let price = "[models.scripted.price]\ninput = 1.0\noutput = 1.0\n";
    workspace.home_file("config.toml", price);
    let tasks = vec![task("explore", "a"), task("explore", "b")];
    // Each step costs a dollar; the conversation's own cost nothing to speak of.
    let server =
        ModelServer::start(Script::responder(move |_, request| match (task_of(request), results(request)) {
            (Some(_), results) => Turn::text("")
                .call("glob", json!({"pattern": format!("*.{results}")}))
                .usage(1_000_000, 0, 0)
                .first_byte_after(Duration::from_millis(50)),
            (None, 0) => {
                tasks.iter().fold(Turn::text(""), |turn, task| turn.call("task", task.clone())).usage(1, 0, 1)
            }
            (None, _) => Turn::text("Too far.").usage(1, 0, 1),
        }));
    let finished = run(&workspace, &server, &["--max-cost", "3"]);
    finished.expect_code(5);
    assert_eq!(finished.records_of("turn_ended").pop().expect("an end")["reason"], "max_cost");
    let reasons: Vec<Value> =
        finished.records_of("subagent_returned").iter().map(|end| end["reason"].clone()).collect();
    assert_eq!(reasons, ["max_cost", "max_cost"]);
    // The third dollar ends both; a request that was out by then is cut off.
    let asked = below(&server).len();
    assert!((3..=4).contains(&asked), "{asked} requests");
}

#[test]
fn s4_a_definition_never_gives_a_tool_or_a_mode_that_the_turn_has_not() {
    let workspace = workspace();
    let evil = "---\nname: evil\ndescription: Wants everything\ntools: Read, Write, Bash, Task, AskUserQuestion\n\
                permissionMode: bypassPermissions\nmodel: inherit\n---\nYou take what you can get.";
    workspace.file(".claude/agents/evil.md", evil);
    let wants = |results: usize| match results {
        0 => Turn::text("")
            .call("write", json!({"path": "w.txt", "content": "x"}))
            .call("shell", json!({"command": "touch s.txt"}))
            .call("shell", json!({"command": "git push --force origin main"}))
            .call("task", task("general", "more"))
            .call("ask_user", json!({"question": "May I?"})),
        _ => Turn::text("I got nothing."),
    };
    let modes = [
        ("plan", "jobs read shell", ["refused", "denied", "denied", "refused", "refused"]),
        ("agent", "jobs read shell write", ["denied", "refused", "refused", "ran", "ran"]),
    ];
    for (mode, tools, statuses) in modes {
        let server = model(vec![task("evil", "take")], move |_, results| wants(results));
        let finished = run(&workspace, &server, &["--mode", mode]);
        finished.expect_code(0);
        let started = &finished.records_of("subagent_started")[0];
        assert_eq!(started["mode"], mode, "bypassPermissions is more than the turn has");
        let offered: Vec<String> = tools_of(&below(&server)[0]).into_iter().collect();
        assert_eq!(offered.join(" "), tools, "in {mode}");
        let work = of_session(&finished, &started["opened"]);
        let returned = work.iter().filter(|record| record["type"] == "tool_returned");
        let status: Vec<&str> = returned.map(|record| record["status"].as_str().expect("a status")).collect();
        assert_eq!(status, statuses, "in {mode}");
        assert_eq!(workspace.has("w.txt"), mode == "agent");
    }
}

#[test]
fn s4_rules_of_the_person_bind_sub_agents_and_denials_are_reported() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[permissions]\ndeny = [\"Bash(touch *)\"]\n");
    let server = model(vec![task("general", "touch")], |_, results| match results {
        0 => Turn::text("")
            .call("shell", json!({"command": "touch denied.txt"}))
            .call("shell", json!({"command": "curl -s http://example.invalid"})),
        _ => Turn::text("Neither ran."),
    });
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    assert!(!workspace.has("denied.txt"));
    let report = &own_results(&finished)[0];
    assert_eq!(
        text_of(report),
        "Neither ran.\n(1 of its calls was denied, since nobody was there to approve.)"
    );
    workspace.home_file("config.toml", "[permissions]\ndeny = [\"Task\"]\n");
    let server = model(vec![task("general", "touch")], |_, _| Turn::text("Never."));
    let finished = run(&workspace, &server, &[]);
    assert_eq!(own_results(&finished)[0]["status"], "denied");
    assert!(below(&server).is_empty());
}

#[test]
fn s4_definitions_come_from_the_project_and_the_person_within_the_budget_of_the_request() {
    let workspace = workspace();
    let definition =
        |name: &str, words: &str| format!("---\nname: {name}\ndescription: {words}\n---\nPrompt of {name}.");
    workspace.file(".headwater/agents/mine.md", definition("mine", "From the project"));
    workspace.file(".claude/agents/mine.md", definition("mine", "Never seen"));
    workspace.file(".claude/agents/theirs.md", definition("theirs", "For another agent"));
    workspace.home_file("agents/own.md", definition("own", "Of the person"));
    for number in 0..80 {
        let name = format!("many-{number:02}");
        workspace.home_file(format!("agents/{name}.md"), definition(&name, &"long words ".repeat(30)));
    }
    let server = model(vec![task("own", "go"), task("nobody", "go")], |_, _| Turn::text("Here."));
    let finished = run(&workspace, &server, &[]);
    finished.expect_code(0);
    let request = &server.requests()[0];
    let tools = request.body["tools"].as_array().expect("tools");
    let bytes: usize = tools.iter().map(|tool| tool.to_string().len()).sum();
    assert!(bytes <= 12_000, "3,000 tokens of four bytes: {bytes}");
    let task = tools.iter().find(|tool| tool["function"]["name"] == "task").expect("the tool");
    let told = task["function"]["description"].as_str().expect("a description");
    for line in ["- general: ", "- explore: ", "- mine: From the project\n", "- theirs: For another agent\n"]
    {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(told.ends_with(" more"), "{told}");
    let system = below(&server)[0].messages()[0]["content"].to_string();
    assert!(system.contains("Prompt of own."), "{system}");
    // What is not named is found all the same, and what is not there is said.
    assert_eq!(text_of(&own_results(&finished)[1]), "Here.");
    let refused = text_of(&own_results(&finished)[0]).to_owned();
    assert!(refused.contains("there is no agent \"nobody\""), "{refused}");
}

#[test]
fn d5_sub_agents_can_be_switched_off() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nenabled = false\n");
    let server = ModelServer::start(Script::new().turn(Turn::text("Alone.")));
    run(&workspace, &server, &[]).expect_code(0);
    assert!(!tools_of(&server.requests()[0]).contains("task"));
}

/// The logs of all sessions of a workspace, by session.
fn logs(workspace: &Workspace) -> Vec<(String, String)> {
    let Ok(sessions) = std::fs::read_dir(support::sessions_directory(workspace)) else { return Vec::new() };
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        Some((name, std::fs::read_to_string(path.join("transcript.jsonl")).ok()?))
    };
    sessions.filter_map(|entry| read(entry.expect("an entry").path())).collect()
}

#[test]
fn d2_a_killed_process_loses_the_sub_agent_and_says_so_once() {
    let workspace = workspace();
    let server = model(vec![task("explore", "hang")], |_, results| match results {
        0 => Turn::text("I begin.").call("list", json!({})),
        _ => Turn::fault(Fault::Stall),
    });
    let running = spawn(support::exec(&workspace, &server).arg("go"));
    server.wait_for_requests(3, LONG);
    let (parent, own) = {
        let logs = logs(&workspace);
        let is_own = |log: &str| log.contains("You are a sub-agent");
        let parent = logs.iter().find(|(_, log)| !is_own(log)).expect("a conversation").0.clone();
        (parent, logs.iter().find(|(_, log)| is_own(log)).expect("a sub-agent").0.clone())
    };
    running.signal(Signal::KILL);
    drop(running);
    let again = model(Vec::new(), |_, _| Turn::text("Never."));
    let resume = |server: &ModelServer| {
        spawn(support::exec(&workspace, server).args(["--json", "--resume", &parent, "go on"])).finish(LONG)
    };
    resume(&again).expect_code(0);
    // The model is told that the call is lost, and nothing is started by itself.
    assert_eq!(again.requests().len(), 1);
    let told = again.requests()[0].last_text("tool").expect("a result");
    assert!(told.contains("The session ended while this call ran"), "{told}");
    resume(&model(Vec::new(), |_, _| Turn::text("Never."))).expect_code(0);
    let logs = logs(&workspace);
    let log = &logs.iter().find(|(name, _)| *name == parent).expect("the conversation").1;
    let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let of = |tag: &str| -> Vec<&Value> { records.iter().filter(|record| record["type"] == tag).collect() };
    assert_eq!(of("subagent_returned").len(), 1);
    assert_eq!(of("subagent_returned")[0]["reason"], "terminated");
    assert_eq!(of("tool_returned").iter().filter(|result| result["status"] == "lost").count(), 1);
    let repairs: Vec<&str> =
        of("repaired").iter().map(|repair| repair["kind"].as_str().expect("a kind")).collect();
    assert!(repairs.contains(&"lost_subagent"), "{repairs:?}");
    // Its own log stays, and can be read.
    let own_log = &logs.iter().find(|(name, _)| *name == own).expect("the sub-agent").1;
    assert!(own_log.contains("I begin."));
    workspace.run(["sessions", "show", &own]).expect_code(0);
}

/// The screen with two sub-agents: one that stalls after its first step, one that is done.
fn two(workspace: &Workspace) -> ModelServer {
    workspace.file("a.txt", "x");
    model(vec![task("explore", "hang"), task("general", "quick")], |task, results| match (task, results) {
        ("hang", 0) => Turn::text("I begin.").call("list", json!({})),
        ("hang", _) => Turn::fault(Fault::Stall),
        _ => Turn::text("The quick report."),
    })
}

#[test]
fn d2_one_sub_agent_is_cancelled_from_the_tree_and_the_turn_goes_on() {
    let workspace = workspace();
    let server = two(&workspace);
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         explore The task hang … step 2
         ✓ general The task quick … 1 step
         1 sub-agent
         === keys
         <C-t>
         === screen
         SUB-AGENTS ── 2 · 1 running
         ● explore The task hang · step 2
         ✓ general The task quick · 1 step
         === keys
         x
         === screen
         ⊘ explore The task hang",
    );
    terminal.keys("<Down><Enter>");
    terminal.wait_for_text("The quick report.");
    terminal.keys("<Esc>");
    terminal.wait_for_text("All reports are in.");
    let last = server.requests().pop().expect("a request");
    let reports: Vec<String> = last
        .messages()
        .iter()
        .filter(|said| said["role"] == "tool")
        .map(|said| said["content"].as_str().expect("a text").to_owned())
        .collect();
    assert!(reports[0].contains("did not finish: it was cancelled"), "{reports:?}");
    assert_eq!(reports[1], "The quick report.");
    // Details show the reports in the transcript too.
    terminal.keys("<C-o>");
    terminal.wait_for_text("The last it said:");
}

#[test]
fn d2_escape_ends_the_turn_and_every_sub_agent() {
    let workspace = workspace();
    let server = two(&workspace);
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         explore The task hang … step 2
         === keys
         <Esc>
         === screen
         ⊘ explore The task hang
         What is to be done?",
    );
    let ended = || logs(&workspace).iter().all(|(_, log)| log.contains("\"type\":\"turn_ended\""));
    support::wait_until("all logs to have their end", ended);
    let logs = logs(&workspace);
    let parent = logs.iter().find(|(_, log)| !log.contains("You are a sub-agent")).expect("a conversation");
    let returned = parent.1.lines().filter(|line| line.contains("\"type\":\"subagent_returned\"")).count();
    assert_eq!(returned, 2);
    assert_eq!(parent.1.lines().filter(|line| line.contains("\"type\":\"tool_returned\"")).count(), 2);
}

#[test]
fn d2_what_a_sub_agent_asks_of_the_person_names_it_and_waits_for_the_answer() {
    let workspace = workspace();
    let server = ModelServer::start(Script::responder(move |_, request| {
        let command = format!("curl -s http://{}/v1/look", request.header("host").expect("a host"));
        match (task_of(request), results(request)) {
            (Some(_), 0) => Turn::text("").call("shell", json!({"command": command})),
            (Some(_), _) => Turn::text("I have looked."),
            (None, 0) => Turn::text("").call("task", task("general", "look")),
            (None, _) => Turn::text("All reports are in."),
        }
    }));
    let terminal = open_with(&workspace, &server, &[]);
    terminal.play(
        "=== keys
         go<Enter>
         === screen
         waits for you
         APPROVE? ── general: shell ── 1 of 1
         [y] once
         === keys
         y
         === screen
         ✓ general The task look … 2 steps
         ◆ allowed once  general:
         All reports are in.",
    );
    assert!(server.other_requests().iter().any(|request| request.path.contains("look")));
}

#[test]
fn d2_linear_output_names_the_sub_agent_and_what_it_asks() {
    let workspace = workspace();
    let server = model(vec![task("general", "clean")], |_, results| match results {
        0 => Turn::text("").call("shell", json!({"command": "rm -rf src"})),
        _ => Turn::text("It stays."),
    });
    workspace.file("src/a.txt", "x");
    let mut command: Command = support::screen(&workspace, &server);
    let mut running = spawn(command.args(["--plain", "go"]));
    running.wait_for_stdout("the menu", DEADLINE, |text| text.contains("general, shell: rm -rf src"));
    let said = running.stdout();
    assert!(said.contains("Approval needed: general: it deletes src"), "{said}");
    running.write("5\n");
    running.wait_for_stdout("the reason", DEADLINE, |text| text.contains("Why not?"));
    running.write("\n");
    running.wait_for_stdout("the end", DEADLINE, |text| text.contains("All reports are in."));
    let finished = running.finish(LONG);
    assert!(finished.stdout.contains("Sub-agent: general The task clean (2 steps"), "{}", finished.stdout);
    assert!(workspace.has("src/a.txt"));
}

#[test]
fn complaint_10_a_hundred_sub_agents_leave_the_screen_alive() {
    let workspace = workspace();
    workspace.home_file("config.toml", "[agents]\nparallel = 8\n");
    let tasks: Vec<Value> = (0..100).map(|number| task("explore", &format!("n{number:03}"))).collect();
    let gate = Gate::new();
    let held = gate.clone();
    let server = model(tasks, move |task, results| match results {
        0..3 => Turn::text("").call("glob", json!({"pattern": format!("{task}*{results}")})),
        _ => Turn::text("Done.").hold_after(0, &held),
    });
    let terminal = open_with(&workspace, &server, &[]);
    terminal.keys("go<Enter>");
    terminal.wait_for_text("8 sub-agents");
    terminal.wait_for_text("queued");
    // Keys are taken while they work and wait.
    terminal.keys("still here");
    terminal.wait_for_text("still here");
    terminal.keys("<C-t>");
    terminal.wait_for_text("8 running");
    terminal.keys("x");
    terminal.wait_for_text("⊘ explore");
    terminal.keys("<Esc>");
    gate.open();
    terminal.wait_for_text("All reports are in.");
    let last = server.requests().pop().expect("a request");
    assert_eq!(results(&last), 100);
}
