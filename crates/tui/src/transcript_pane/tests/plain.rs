//! Linear output: every line once, in an order that makes sense, nothing but words.

use headwater_protocol::events::{ApprovalGiven, ApprovalRequested, QuestionAsked};
use headwater_protocol::tool::Question;
use headwater_protocol::{ApprovalDecision, ApprovalScope, Approver, Delta};
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::transcript_pane::PlainCursor;

#[test]
fn lines_come_once_and_live_cells_hold_nothing_up() {
    let mut f = Fixture::new();
    let mut cursor = PlainCursor::default();
    f.user("run the tests").text("First line\nsecond");
    assert_eq!(f.pane.plain_lines_since(&mut cursor), ["User: run the tests", "First line"]);
    f.answer("First line\nsecond half").call("1", "shell", json!({"command": "rm -rf x"}));
    f.record(ApprovalRequested {
        call: "1".into(),
        rule: "Bash(rm *)".into(),
        why: "rm is asked.".into(),
        offers: vec![],
        effect: String::new(),
        is_catastrophic: false,
        input: None,
    });
    assert_eq!(
        f.pane.plain_lines_since(&mut cursor),
        ["second half", "Approval needed: rm is asked. Rule: Bash(rm *)."]
    );
    assert!(f.pane.plain_lines_since(&mut cursor).is_empty());
    f.record(ApprovalGiven {
        call: "1".into(),
        decision: ApprovalDecision::Allow,
        scope: ApprovalScope::Once,
        by: Approver::Person,
        rules: vec![],
    });
    f.running("1").result(
        "1",
        true,
        "exit 1\nno\nway",
        json!({"kind": "shell", "exit": "code", "code": 1, "lines": 2}),
    );
    f.delta(&Delta::Notice { text: "noted".into() });
    assert_eq!(
        f.pane.plain_lines_since(&mut cursor),
        ["Tool: shell rm -rf x, exit 1 · 2 lines. Failed: no", "Approval allowed once.", "Note: noted"]
    );
    assert_eq!(f.pane.plain_lines_since(&mut cursor), Vec::<String>::new());
}

#[test]
fn a_question_numbers_its_options_once() {
    let mut f = Fixture::new();
    let mut cursor = PlainCursor::default();
    f.call("1", "ask_user", json!({"question": "Which\nbranch?"}));
    assert!(
        f.pane.plain_lines_since(&mut cursor).is_empty(),
        "what it may be answered with is not known yet"
    );
    let options = vec!["main".to_owned(), "next".to_owned()];
    let question = Question { call: "1".into(), text: "Which\nbranch?".into(), options };
    f.record(QuestionAsked { question });
    assert_eq!(f.pane.plain_lines_since(&mut cursor), ["Question: Which", "branch?", "1 main", "2 next"]);
    f.result("1", false, "The person answers: next", json!({"kind": "answer", "answer": "next"}));
    assert_eq!(f.pane.plain_lines_since(&mut cursor), ["Answer: next"]);
}

#[test]
fn an_edit_says_what_it_changed() {
    let mut f = Fixture::new();
    f.call("1", "edit", json!({"path": "a.rs"}));
    let data = json!({"kind": "diff", "hunks": [{"old_start": 1, "new_start": 1, "lines": [{"kind": "added", "text": "x"}]}]});
    f.result("1", false, "ok", data).call("2", "read", json!({"path": "b.rs"})).result(
        "2",
        false,
        "x",
        Value::Null,
    );
    assert_eq!(
        f.pane.plain_lines_since(&mut PlainCursor::default()),
        ["Tool: edit a.rs, 1 added, 0 removed. Done.", "Tool: read b.rs. Done."]
    );
}
