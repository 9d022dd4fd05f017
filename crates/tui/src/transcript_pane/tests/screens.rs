//! Each kind of cell on small and large screens.

use headwater_protocol::events::{
    ApprovalGiven, ApprovalRequested, AssistantBlock, AssistantMessage, Failed, QuestionAsked,
    ReminderInjected, ResultStatus, TodosChanged, UsageReported, UserShell,
};
use headwater_protocol::tool::Question;
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Approver, Delta, EndReason, StopSignal, Todo, TodoStatus, Tokens, Usage,
};
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::highlight::Highlighted;
use crate::text::Mark;
use crate::theme::Slot;

fn diff() -> Value {
    let line = |kind: &str, text: &str| json!({"kind": kind, "text": text});
    json!({"kind": "diff", "path": "src/parse.rs", "added": 1, "removed": 1, "hunks": [{"old_start": 88, "new_start": 88, "lines": [
        line("context", "let line = src.lines();"),
        line("removed", "let cut = line.find('\\n');"),
        line("added", "let cut = line.find('\\n').map(|i| i - has_cr(line, i)).unwrap_or_default_with_a_long_name();"),
    ]}]})
}

/// A session with every kind of cell in it.
fn session() -> Fixture {
    let mut f = Fixture::new();
    f.user("make the parser accept CRLF and run the tests\n漢字 and 👨‍👩‍👧 too");
    f.delta(&Delta::Thinking { text: "The parser splits at LF only.\nSo I need to".into() });
    f.now_ms += 3_100;
    f.delta(&Delta::Thinking { text: " look.".into() });
    f.text("I will look at the **parser** first.");
    f.message(
        "I will look at the **parser** first.",
        vec![
            AssistantBlock::Thinking {
                text: "The parser splits at LF only.\nSo I need to look.".into(),
                signature: None,
            },
            AssistantBlock::Text { bytes: 36 },
        ],
    );
    let usage = Usage { reasoning: Tokens(412), ..Usage::default() };
    f.record(UsageReported { usage, cost_usd: None, millis: 1 });
    f.call("1", "read", json!({"path": "src/parse.rs", "offset": 1, "limit": 220}));
    f.running("1").result("1", false, "one\ntwo", json!({"kind": "read", "first": 1, "last": 2}));
    f.call("2", "grep", json!({"pattern": "lines\\(\\)", "path": "src"}));
    f.running("2").result("2", false, "src/parse.rs:88", json!({"kind": "grep", "matches": 1}));
    f.call("3", "edit", json!({"path": "src/parse.rs"}));
    f.running("3").result("3", false, "edited", diff());
    f.call("4", "todos", json!({"todos": []}));
    f.result("4", false, "kept", json!({"kind": "todos"}));
    let todo = |text: &str, status| Todo { text: text.into(), status };
    f.record(TodosChanged {
        todos: vec![todo("accept CRLF", TodoStatus::Completed), todo("run tests", TodoStatus::InProgress)],
    });
    f.call("5", "shell", json!({"command": "rm -rf target/fuzz\ncargo fuzz run crlf"}));
    f.record(ApprovalRequested {
        call: "5".into(),
        rule: "Bash(rm *)".into(),
        why: "`rm` with -r is in no allow rule".into(),
        offers: vec!["Bash(cargo fuzz run *)".into()],
        effect: "deletes 212 files".into(),
        is_catastrophic: false,
        input: None,
    });
    f.record(ApprovalGiven {
        call: "5".into(),
        decision: ApprovalDecision::Deny { reason: "keep the corpus".into() },
        scope: ApprovalScope::Once,
        by: Approver::Person,
        rules: vec![],
    });
    f.end("5", ResultStatus::Denied, true, "The person said no: keep the corpus", Value::Null);
    f.call("6", "shell", json!({"command": "cargo test -p parse"}));
    let data = json!({"kind": "shell", "exit": "code", "code": 101, "lines": 2});
    let text = "exit code 101 after 1.2s\nrunning 2 tests\n\u{1b}[31mtest lone_cr ... FAILED\u{1b}[0m\n";
    f.running("6").result("6", true, text, data);
    f.record(ReminderInjected { key: "mode".into(), text: "hidden".into() });
    f
}

#[test]
fn a_session_at_80_columns() {
    insta::assert_snapshot!(session().screen(80, 40));
}

#[test]
fn a_session_at_120_columns() {
    insta::assert_snapshot!(session().screen(120, 40));
}

#[test]
fn a_session_with_details() {
    let mut f = session();
    f.pane.toggle_details();
    insta::assert_snapshot!(f.screen(80, 60));
}

#[test]
fn what_kept_a_command_from_running_is_broken_between_words() {
    let mut f = Fixture::new();
    f.call("1", "shell", json!({"command": "curl x"}));
    f.end("1", ResultStatus::Denied, true, "The person said no. Do not try it again.", Value::Null);
    let screen = f.screen(30, 6);
    assert!(
        screen.contains("│ The person said no. Do not\n") && screen.contains("│ try it again."),
        "{screen}"
    );
}

#[test]
fn a_command_that_was_changed_shows_what_ran() {
    let mut f = Fixture::new();
    f.call("1", "shell", json!({"command": "echo mild"}));
    let data = json!({"kind": "shell", "command": "echo wild", "exit": "code", "code": 0, "lines": 1});
    f.running("1").result("1", false, "exit code 0, under 1 s\nwild\n", data);
    let screen = f.screen(60, 4);
    assert!(screen.contains("✓ shell echo wild") && screen.contains("changed · 1 line"), "{screen}");
}

#[test]
fn running_calls_show_their_last_lines_and_a_clock() {
    let mut f = Fixture::new();
    f.call("1", "shell", json!({"command": "cargo test"})).running("1");
    f.output("1", "one\ntwo\nthree\nfo").output("1", "ur\n10%\r").output("1", "20%");
    f.now_ms = 6_200;
    insta::assert_snapshot!(f.screen(60, 9), @r"
    ⠹ shell cargo test                            5 lines · 6.2s
    │ … 2 earlier lines · Ctrl+O
    │ three
    │ four
    │ 20%
    ");
    assert!(f.pane.wants_animation());
    f.result("1", false, "done", Value::Null);
    f.screen(60, 9);
    assert!(!f.pane.wants_animation());
}

#[test]
fn research_merges_and_failures_unfold() {
    let mut f = Fixture::new();
    f.call("1", "read", json!({"path": "a.rs"})).call("2", "grep", json!({"pattern": "x"}));
    f.call("3", "read", json!({"path": "missing.rs"})).running("1").running("2");
    f.now_ms = 400;
    insta::assert_snapshot!(f.screen(60, 4), @"⠼ research read 2 · grep 1                              0.4s");
    f.result("1", false, "a", Value::Null).result("2", false, "b", Value::Null);
    f.result("3", true, "missing.rs does not exist", Value::Null);
    insta::assert_snapshot!(f.screen(60, 6), @r"
    ✓ research read 2 · grep 1 · 1 failed                   3.7s
    ✗ read missing.rs                                       1.2s
    │ missing.rs does not exist
    ");
}

#[test]
fn calls_being_written_give_way_to_their_records() {
    let mut f = Fixture::new();
    f.text("Now.").delta(&Delta::CallProgress { index: 0, name: "write".into(), bytes: 2_340 });
    insta::assert_snapshot!(f.screen(60, 4), @r"
    Now.

    ● write                            writing the call · 2.3 KB
    ");
    f.answer("Now.").call("1", "write", json!({"path": "a.md", "content": "x"}));
    insta::assert_snapshot!(f.screen(60, 4), @r"
    Now.

    ● write a.md
    ");
}

#[test]
fn the_rest_of_the_cells() {
    let mut f = Fixture::new();
    f.record(UserShell { command: "git status".into(), output: "clean".into(), is_error: false });
    f.call("1", "ask_user", json!({"question": "Which?"}));
    let question = Question {
        call: "1".into(),
        text: "Which branch?".into(),
        options: vec!["main".into(), "next".into()],
    };
    f.record(QuestionAsked { question });
    f.result("1", false, "The person answered: next", json!({"kind": "question", "answer": "next"}));
    f.delta(&Delta::Notice { text: "saved".into() });
    f.record(Failed {
        kind: "auth".into(),
        message: "The server refused the key.".into(),
        next_step: "Run `headwater login deepseek`.".into(),
    });
    f.turn_ended(EndReason::ProviderFailed);
    insta::assert_snapshot!(f.screen(60, 20), @r"
    ✓ ! git status
    │ clean

    ? Which branch?
      1. main
      2. next
      → next

    · saved

    ✗ The server refused the key.
      → Run `headwater login deepseek`.

    ■ The provider failed; say how to go on once it answers
      again.
    ");
}

#[test]
fn colours_arrive_once_and_only_on_code() {
    let mut f = Fixture::new();
    f.answer("let me\n\n```rust\nlet x = 1;\n```\n");
    let before = f.buffer(40, 6);
    let jobs = f.pane.take_highlight_jobs();
    assert_eq!(jobs.iter().map(|job| job.code.as_str()).collect::<Vec<_>>(), ["let x = 1;\n"]);
    f.buffer(40, 6);
    assert_eq!(f.pane.take_highlight_jobs(), []);
    let start = jobs[0].pieces[0].start;
    let marks = vec![Mark { range: start..start + 3, slot: Slot::Keyword }];
    f.pane.apply_highlight(Highlighted { cell: jobs[0].cell, start, marks });
    let after = f.buffer(40, 6);
    assert_ne!(before[(2, 2)].fg, after[(2, 2)].fg, "the keyword");
    assert_eq!(before[(6, 2)].fg, after[(6, 2)].fg, "what follows it");
    assert_eq!(before[(0, 0)].fg, after[(0, 0)].fg, "the same word outside of code");
}

#[test]
fn an_answer_that_was_cut_says_so() {
    let mut f = Fixture::new();
    f.record(AssistantMessage {
        text: "half".into(),
        blocks: vec![AssistantBlock::Text { bytes: 4 }],
        origin: "v/m".into(),
        stop: StopSignal::Length,
    });
    insta::assert_snapshot!(f.screen(60, 6), @r"
    half

    ! The answer was cut at the model's output limit.
    ");
}
