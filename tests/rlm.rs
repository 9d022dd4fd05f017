//! `headwater rlm`: one recursive completion over a context, its budget, its resume, its bad input.

use std::process::Command;
use std::sync::{Arc, Mutex};

use headwater_testkit::server::Recorded;
use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{DEADLINE, Fault, ModelServer, Script, Turn, Workspace};

use crate::support::{WithCode as _, left_out, point_at, session_of, workspace};

/// How the root's prompt begins; a child's does not.
const ROOT: &str = "You answer one question about a context";

fn is_root(request: &Recorded) -> bool {
    request.messages().first().is_some_and(|first| first["content"].to_string().contains(ROOT))
}

/// A root that says these messages in order, and children that answer with `child`.
fn server(root: &[&str], mut child: impl FnMut(&str) -> Turn + Send + 'static) -> ModelServer {
    let mut said: std::vec::IntoIter<String> =
        root.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().into_iter();
    ModelServer::start(Script::responder(move |_, request| {
        if is_root(request) {
            return Turn::text(said.next().unwrap_or_else(|| "FINAL(the script is over)".to_owned()));
        }
        child(&request.last_text("user").unwrap_or_default())
    }))
}

fn silent(_: &str) -> Turn {
    Turn::text("unasked")
}

fn block(code: &str) -> String {
    format!("Look:\n```repl\n{code}\n```\n")
}

fn rlm(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Command {
    let mut command = workspace.command();
    command.arg("rlm");
    point_at(&mut command, server);
    command.args(arguments);
    command
}

fn run(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Finished {
    spawn(&mut rlm(workspace, server, arguments)).finish(DEADLINE)
}

/// A workspace with a log of `lines` lines, every tenth of them a failure.
fn with_log(lines: usize) -> Workspace {
    let workspace = workspace();
    let line = |n: usize| format!("{n} {}\n", if n.is_multiple_of(10) { "ERROR disk" } else { "ok" });
    let text = (0..lines).map(line).collect::<Vec<_>>().concat();
    workspace.file("huge.log", &text);
    workspace
}

#[test]
fn code_alone_answers_and_the_answer_stands_alone_on_stdout() {
    let workspace = with_log(5_000);
    let server = server(
        &[
            &block("lines_ = context.splitlines()\nlen(lines_)"),
            &block("FINAL(sum('ERROR' in line for line in lines_))"),
        ],
        silent,
    );
    let finished = run(&workspace, &server, &["--context", "huge.log", "how many errors?"]).with_code(0);
    assert_eq!(finished.stdout, "500\n");
    let second = server.requests()[1].last_text("user").expect("feedback");
    assert!(second.contains("shown:\n5000") && second.contains("lines_ list[5000]"), "{second}");
    for request in server.requests() {
        assert!(
            !request.body.to_string().contains("ERROR disk"),
            "the root saw the context: {}",
            request.body
        );
    }
}

#[test]
fn children_are_asked_in_one_batch_and_their_order_is_kept() {
    let workspace = with_log(200);
    let ask = block(
        "parts = context.splitlines()\nresults = llm_query_batched([f'double {n}' for n in range(40)])\n\
         print(results[7], results[39], len(results), all(r.ok for r in results))\nFINAL([int(r) for r in results])",
    );
    let server = server(&[&ask], |asked| {
        let number: u32 = asked.split_whitespace().find_map(|word| word.parse().ok()).expect("a number");
        Turn::text((number * 2).to_string())
    });
    let finished = run(&workspace, &server, &["--json", "--context", "huge.log", "double"]).with_code(0);
    let answer: Vec<u32> =
        serde_json::from_str(finished.records_of("final_accepted")[0]["text"].as_str().expect("text"))
            .expect("json");
    assert_eq!(answer, (0..40).map(|n| n * 2).collect::<Vec<u32>>());
    assert_eq!(finished.records_of("child_started").len(), 40);
    let returned = finished.records_of("cell_returned").pop().expect("a cell");
    assert_eq!(returned["stdout"], "14 78 40 True\n");
    assert!(returned["text"].as_str().expect("text").contains("40 calls"), "{returned}");
    assert_eq!(finished.records_of("turn_ended")[0]["reason"], "done");
}

#[test]
fn standard_input_is_a_context() {
    let server = server(&[&block("FINAL(context.count('x'))")], silent);
    let workspace = workspace();
    let mut running = spawn(&mut rlm(&workspace, &server, &["--context", "-", "how many x?"]));
    running.write("x y x\n").close_stdin();
    let finished = running.finish(DEADLINE).with_code(0);
    assert_eq!(finished.stdout, "2\n");
}

#[test]
fn several_texts_are_a_dict_by_name() {
    let workspace = workspace();
    workspace.file("docs/a.md", "alpha");
    workspace.file("docs/b.md", "beta");
    let server = server(&[&block("FINAL(sorted(context))")], silent);
    let finished = run(&workspace, &server, &["--context", "docs", "names?"]).with_code(0);
    assert!(
        finished.stdout.contains("docs/a.md") && finished.stdout.contains("docs/b.md"),
        "{}",
        finished.stdout
    );
}

#[test]
fn a_plan_as_the_answer_a_missing_variable_and_an_open_fence_are_sent_back() {
    let workspace = with_log(20);
    let server = server(
        &[
            "FINAL(I will now chunk the text)",
            "FINAL_VAR(result)",
            "```repl\nprint('unfinished",
            &block("result = len(context)"),
            "no block at all",
            "FINAL_VAR(result)",
        ],
        silent,
    );
    let finished = run(&workspace, &server, &["--json", "--context", "huge.log", "how long?"]).with_code(0);
    let keys: Vec<String> = finished
        .records_of("reminder_injected")
        .iter()
        .map(|record| record["key"].as_str().expect("a key").to_owned())
        .collect();
    assert_eq!(
        keys,
        ["mission/plan_is_no_answer", "mission/no_variable", "mission/open_fence", "mission/no_block"]
    );
    assert_eq!(finished.records_of("turn_ended")[0]["reason"], "done");
}

#[test]
fn a_block_that_fails_keeps_what_it_bound() {
    let workspace = with_log(20);
    let server = server(&[&block("a = 41\nb = a + 1\nc = missing_name"), &block("FINAL(b)")], silent);
    let finished = run(&workspace, &server, &["--json", "--context", "huge.log", "?"]).with_code(0);
    let failed = &finished.records_of("cell_returned")[0];
    assert_eq!(failed["error"]["line"], 3, "{failed}");
    assert!(failed["text"].as_str().expect("text").contains("missing_name"), "{failed}");
    assert_eq!(finished.records_of("final_accepted")[0]["text"], "42");
}

#[test]
fn a_batch_beyond_the_budget_is_refused_before_its_first_call() {
    let workspace = with_log(20);
    let server = server(
        &[&block("llm_query_batched([f'q{n}' for n in range(100000)])"), &block("FINAL('gave up')")],
        |_| panic!("nothing was to be asked"),
    );
    let arguments = ["--json", "--max-calls", "10", "--context", "huge.log", "?"];
    let finished = run(&workspace, &server, &arguments).with_code(0);
    let failed = &finished.records_of("cell_returned")[0];
    assert!(failed["text"].as_str().expect("text").contains("10 calls are left"), "{failed}");
    assert_eq!(finished.records_of("child_started").len(), 0);
}

#[test]
fn a_spent_budget_ends_with_the_best_answer_there_is() {
    let workspace = with_log(20);
    let server = server(&[&block("x = 1"), &block("x = 2"), "FINAL(as far as it went: x)"], silent);
    let finished = run(&workspace, &server, &["--max-steps", "2", "--context", "huge.log", "?"]).with_code(5);
    assert_eq!(finished.stdout, "as far as it went: x\n");
    assert!(finished.stderr.contains("budget is used up"), "{}", finished.stderr);
    let last = server.requests().pop().expect("a request").last_text("user").expect("text");
    assert!(last.contains("This is your last turn: no turns are left"), "{last}");
}

#[test]
fn a_weak_root_that_goes_nowhere_is_answered_for_by_a_plan() {
    let workspace = with_log(2_000);
    let lost = block("print(context[:20])");
    let server = server(&[&lost, &lost, &lost, &lost], |asked| {
        let lines = asked.matches("ERROR").count();
        Turn::text(if lines > 0 { format!("ERROR\t{lines}") } else { "aggregate".to_owned() })
    });
    let finished = run(&workspace, &server, &["--context", "huge.log", "how many errors?"]).with_code(0);
    assert!(finished.stdout.contains("200"), "{}\n{}", finished.stdout, finished.stderr);
}

#[test]
fn an_endless_block_is_stopped_and_the_next_one_works() {
    let workspace = with_log(20);
    let server = server(&[&block("n = 5\nwhile True:\n    pass"), &block("FINAL(n)")], silent);
    let arguments = ["-c", "recursive.block_timeout=3", "--context", "huge.log", "?"];
    let finished = run(&workspace, &server, &arguments).with_code(0);
    assert_eq!(finished.stdout, "5\n");
}

#[test]
fn a_child_server_that_is_down_half_way_leaves_what_came_and_says_so() {
    let workspace = with_log(20);
    let asked = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&asked);
    let server = server(
        &[
            &block(
                "r = llm_query_batched([f'q{n}' for n in range(12)])\nprint(sum(x.ok for x in r))\nFINAL(len(r))",
            ),
            "FINAL(12 of 12, some without an answer)",
            "FINAL(12 of 12, some without an answer)",
        ],
        move |_| {
            let mut asked = seen.lock().expect("a count");
            *asked += 1;
            if *asked > 5 {
                Turn::fault(Fault::BadRequest { message: "no such model".to_owned() })
            } else {
                Turn::text("fine")
            }
        },
    );
    let finished = run(&workspace, &server, &["--json", "--context", "huge.log", "?"]).with_code(0);
    let refused = &finished.records_of("final_refused")[0];
    assert!(
        refused["gaps"][0]["found"].as_str().expect("found").contains("7 of 12 calls failed"),
        "{refused}"
    );
    assert_eq!(finished.records_of("cell_returned")[0]["stdout"], "5\n");
}

#[test]
fn a_recursive_child_has_a_context_and_a_session_of_its_own() {
    let workspace = with_log(50);
    let server = server(
        &[&block("FINAL(rlm_query('how many lines?', context[:100]))"), &block("FINAL(len(context))")],
        silent,
    );
    let arguments = ["--json", "--max-depth", "2", "--context", "huge.log", "?"];
    let finished = run(&workspace, &server, &arguments).with_code(0);
    assert_eq!(finished.records_of("final_accepted").len(), 2);
    let ended = finished.records_of("turn_ended").pop().expect("an end");
    assert_eq!((ended["text"].as_str(), ended["parent"].is_null()), (Some("100"), true), "{ended}");
    let opened = finished.records_of("child_started")[0]["opened"].clone();
    let nested: Vec<_> =
        finished.records_of("mission_started").into_iter().filter(|r| r["session"] == opened).collect();
    assert_eq!(nested.len(), 1);
    assert_eq!(nested[0]["depth"], 1);
}

#[test]
fn a_kill_in_the_middle_of_a_batch_pays_nothing_twice() {
    let workspace = with_log(50);
    let asked = Arc::new(Mutex::new(Vec::<String>::new()));
    let log = Arc::clone(&asked);
    let gate = headwater_testkit::Gate::new();
    let held = gate.clone();
    let code = block(
        "first = llm_query_batched([f'q{n}' for n in range(8)])\nkept = len(first)\n\
         second = llm_query_batched([f'q{n}' for n in range(8, 16)])\nFINAL(kept + len(second))",
    );
    let roots = Arc::new(Mutex::new(0));
    let server = ModelServer::start(Script::responder(move |_, request| {
        if is_root(request) {
            *roots.lock().expect("a count") += 1;
            return Turn::text(code.clone());
        }
        let text = request.last_text("user").expect("a question");
        let number: u32 = text.trim().trim_start_matches('q').parse().expect("a number");
        log.lock().expect("a list").push(text);
        let turn = Turn::text("fine");
        if number >= 8 { turn.hold_after(0, &held) } else { turn }
    }));
    let running = spawn(&mut rlm(&workspace, &server, &["--json", "--context", "huge.log", "?"]));
    running.wait_for_stdout("the second batch", DEADLINE, |text| text.matches("child_started").count() >= 9);
    let session = session_of(&running.stdout().lines().map(str::to_owned).collect::<Vec<_>>());
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    gate.open();
    // A kill may leave half a line behind.
    let log = crate::support::sessions_directory(&workspace).join(&session).join("transcript.jsonl");
    let torn = std::fs::read(&log).expect("a log").into_iter().chain(*b"{\"seq\":").collect::<Vec<u8>>();
    std::fs::write(&log, torn).expect("a torn log");
    let finished = run(&workspace, &server, &["--json", "--resume", &session]).with_code(0);
    assert_eq!(finished.records_of("final_accepted")[0]["text"], "16");
    workspace.run(["conformance", &session]).with_code(0);
    let asked = asked.lock().expect("a list");
    for n in 0..8 {
        let times = asked.iter().filter(|text| text.trim() == format!("q{n}")).count();
        assert_eq!(times, 1, "q{n} was asked {times} times");
    }
}

#[test]
fn bad_input_gets_one_clear_sentence_and_nothing_runs() {
    let workspace = with_log(5);
    workspace.file("empty", "");
    workspace.file("binary", b"\0\x01\x02");
    let server = server(&[], silent);
    let table: [(&[&str], i32, &str); 7] = [
        (&["--context", "huge.log"], 2, "a question is needed"),
        (&["why?"], 2, "a completion needs a context"),
        (&["--context", "nothing.txt", "?"], 2, "no file, directory or match for \"nothing.txt\""),
        (&["--context", "empty", "?"], 2, "the context is empty"),
        (&["--context", "binary", "?"], 2, "binary is binary"),
        (&["--context", "-", "-"], 2, "standard input is the context"),
        (&["--resume", "zzz"], 1, "there is no session \"zzz\""),
    ];
    for (arguments, code, said) in table {
        let finished = run(&workspace, &server, arguments).with_code(code);
        assert!(finished.stderr.contains(said), "{arguments:?}: {}", finished.stderr);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_budget_of_nothing_runs_nothing() {
    let workspace = with_log(5);
    let server = server(&["FINAL(nothing was looked at)"], silent);
    let finished = run(&workspace, &server, &["--max-time", "0", "--context", "huge.log", "?"]).with_code(5);
    assert_eq!(server.requests().len(), 1, "only the last word was asked for: {}", finished.stderr);
}

#[test]
fn blocks_reach_neither_files_nor_the_network() {
    let workspace = with_log(5);
    let server = server(
        &[
            &block("import os\nos.system('touch escaped')"),
            &block("open('escaped', 'w')"),
            &block("import socket"),
            &block("FINAL('held')"),
        ],
        silent,
    );
    let finished = run(&workspace, &server, &["--json", "--context", "huge.log", "?"]).with_code(0);
    let cells = finished.records_of("cell_returned");
    assert!(cells[..3].iter().all(|cell| cell["error"].is_object()), "{cells:?}");
    assert!(!workspace.path().join("escaped").exists());
    if cells.len() < 4 {
        left_out("a block after the escapes");
    }
}

#[test]
fn an_answer_that_looks_like_code_is_an_answer() {
    let reminders = |finished: &Finished| finished.records_of("reminder_injected").len();
    let looked = block("n = len(context)");
    let table: [(&[&str], &str, usize); 3] = [
        (&[&looked, "FINAL(\"Config.parse()\")"], "Config.parse()", 0),
        (&[&looked, "FINAL(HashMap.insert(k))", "FINAL(HashMap.insert(k))"], "HashMap.insert(k)", 1),
        (&[&looked, "FINAL(items[0])", "FINAL(\"items[0]\")"], "items[0]", 1),
    ];
    for (messages, expected, told) in table {
        let workspace = with_log(20);
        let server = server(messages, silent);
        let arguments = ["--json", "--context", "huge.log", "Which method parses the settings?"];
        let finished = run(&workspace, &server, &arguments).with_code(0);
        assert_eq!(finished.records_of("final_accepted")[0]["text"], expected);
        assert_eq!(reminders(&finished), told, "{expected}");
    }
}

#[test]
fn words_are_taken_as_they_come_when_they_are_the_last() {
    for (said, expected) in [
        ("FINAL(items[0])", "items[0]\n"),
        ("FINAL(\"Config.parse()\")", "Config.parse()\n"),
        ("The settings are parsed by load.", "The settings are parsed by load.\n"),
    ] {
        let workspace = with_log(20);
        let server = server(&[&block("x = 1"), said], silent);
        let arguments = ["--max-steps", "1", "--context", "huge.log", "?"];
        let finished = run(&workspace, &server, &arguments).with_code(5);
        assert_eq!(finished.stdout, expected, "{}", finished.stderr);
    }
}

#[test]
fn a_kill_during_the_plan_for_a_weak_root_does_not_lose_it() {
    let workspace = with_log(2_000);
    let lost = block("print(context[:20])");
    let gate = headwater_testkit::Gate::new();
    let held = gate.clone();
    let server = server(&[&lost, &lost, &lost], move |asked| {
        let lines = asked.matches("ERROR").count();
        let turn = Turn::text(if lines > 0 { format!("ERROR\t{lines}") } else { "aggregate".to_owned() });
        turn.hold_after(0, &held)
    });
    let arguments = ["--json", "--context", "huge.log", "how many errors?"];
    let running = spawn(&mut rlm(&workspace, &server, &arguments));
    running.wait_for_stdout("the plan", DEADLINE, |text| text.contains("child_started"));
    let session = session_of(&running.stdout().lines().map(str::to_owned).collect::<Vec<_>>());
    running.signal(Signal::KILL);
    running.finish(DEADLINE);
    gate.open();
    let finished = run(&workspace, &server, &["--json", "--resume", &session]).with_code(0);
    let answer = finished.records_of("final_accepted")[0]["text"].to_string();
    assert!(answer.contains("200"), "{answer}");
    // The plan is taken up where it was: it is announced once, begun once, and the root is not asked again.
    for kind in ["reminder_injected", "cell_started", "request_sent"] {
        assert_eq!(finished.records_of(kind).len(), 0, "{kind}");
    }
    assert_eq!(finished.records_of("cell_returned").len(), 1);
}

/// A root that looks at one thing after another in long messages, and summaries that come to nothing: the first is empty
/// and takes a million tokens, the second never comes.
fn talkative(window: usize, last: &'static str) -> ModelServer {
    let (mut said, mut summaries) = (0, 0);
    ModelServer::start(Script::responder(move |_, request| {
        let text = request.last_text("user").unwrap_or_default();
        if text.contains("This is your last turn") {
            return Turn::text(last);
        }
        if text.contains("## Open questions") {
            summaries += 1;
            let is_empty = summaries == 1;
            return if is_empty { Turn::text(" ").usage(1_000_000, 0, 1) } else { Turn::fault(Fault::Stall) };
        }
        if request.raw.len() / 4 > window {
            return Turn::fault(Fault::WindowExceeded);
        }
        said += 1;
        Turn::text(block(&format!("# {}\nprint({said})", "one thought after another ".repeat(150))))
    }))
}

#[test]
fn a_summary_that_does_not_come_takes_no_more_than_the_time_and_what_was_spent_on_it_counts() {
    // Once the window is known and the request too large for it, and once the server says so.
    for (known, real) in [(8_000, 8_000), (100_000, 6_000)] {
        let workspace = with_log(20);
        let server = talkative(real, "```repl\nFINAL('as far as it went')\n```");
        let window = format!("models.scripted.window={known}");
        let settings = ["-c", &window, "-c", "models.scripted.price={input=1.0,output=1.0}"];
        let limits = ["--json", "--max-time", "12", "--max-cost", "10", "--context", "huge.log", "?"];
        let finished = run(&workspace, &server, &[&settings[..], &limits[..]].concat()).with_code(5);
        assert!(finished.records_of("summary_requested").len() >= 2, "{known}: {}", finished.stdout);
        assert_eq!(finished.records_of("turn_ended")[0]["text"], "as far as it went");
        let last = finished.records_of("cell_returned").pop().expect("a block")["text"].to_string();
        assert!(last.contains("$8.9"), "{known}: {last}");
    }
}
