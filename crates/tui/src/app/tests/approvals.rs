//! Approvals and questions.

use headwater_protocol::events::{
    ApprovalGiven, ApprovalRequested, QuestionAsked, ResultStatus, ToolCalled, ToolReturned,
};
use headwater_protocol::tool::Question;
use headwater_protocol::{ApprovalDecision, ApprovalScope, Approver, Op, ToolCall};
use serde_json::json;

use super::stage::Stage;
use crate::app::Msg;
use crate::theme::ColorDepth;

fn approve(call: &str, scope: ApprovalScope) -> Op {
    Op::Approve { call: call.into(), decision: ApprovalDecision::Allow, scope }
}

fn asked(offers: &[&str], is_catastrophic: bool) -> Stage {
    let mut stage = Stage::small();
    stage.session().turn("go").call("c1", "cargo fuzz run crlf").asks("c1", offers, is_catastrophic);
    stage
}

#[test]
fn keys_count_only_after_a_quiet_moment() {
    let mut stage = asked(&[], false);
    stage.types("y").wait(200).types("es").wait(299).types("y");
    assert_eq!(stage.ops(), []);
    stage.wait(301).types("y");
    assert_eq!(stage.ops(), [approve("c1", ApprovalScope::Once)]);
    stage.types("y");
    assert_eq!(stage.ops().len(), 1, "an answered card takes no second answer");
}

#[test]
fn the_rule_to_be_saved_is_shown_and_only_then_offered() {
    let mut stage = asked(&["Bash(cargo fuzz *)"], false);
    stage.wait(400);
    let screen = stage.screen();
    for part in ["cargo fuzz run crlf", "in no allow rule", "[a] always in this project: Bash(cargo fuzz *)"]
    {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    stage.types("a");
    assert_eq!(stage.ops(), [approve("c1", ApprovalScope::Project)]);

    let mut stage = asked(&[], false);
    stage.wait(400).types("as");
    assert_eq!(stage.ops(), []);
    assert!(!stage.screen().contains("[a]"));
}

#[test]
fn b7_a_card_shows_what_a_hook_made_of_the_call() {
    let mut stage = Stage::small();
    stage.session().turn("go").call("c1", "echo mild").record(ApprovalRequested {
        call: "c1".into(),
        rule: "r".into(),
        why: "w".into(),
        offers: vec![],
        effect: String::new(),
        is_catastrophic: false,
        input: Some(json!({"command": "rm -rf wild"})),
    });
    let screen = stage.wait(400).screen();
    assert!(screen.contains("rm -rf wild") && screen.contains("a hook changed the call"), "{screen}");
    stage.types("e");
    assert_eq!(stage.app.composer.text(), "rm -rf wild");
}

/// A card for a call of any tool, in a terminal of this size.
fn card(width: u16, height: u16, name: &str, input: serde_json::Value) -> Stage {
    let mut stage = Stage::new(width, height, ColorDepth::Mono);
    let request = ToolCall { call: "c1".into(), name: name.into(), input, malformed: None };
    stage.session().turn("go").record(ToolCalled { request }).asks("c1", &[], false).wait(400);
    stage
}

#[test]
fn d6_a_card_says_what_would_change_in_a_file_in_lines_and_not_in_json() {
    let edit = json!({"path": "src/lib.rs", "old": "one\ntwo\n", "new": "one\n2\n"});
    let mut stage = card(80, 24, "edit", edit);
    let screen = stage.screen();
    for part in ["APPROVE? ── edit", "src/lib.rs", "  one", "- two", "+ 2"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert!(!screen.contains("\\n") && !screen.contains('{'), "{screen}");

    let mut stage =
        card(80, 24, "mcp__tracker__open", json!({"title": "a", "labels": ["x", "y"], "of": {"team": 7}}));
    let screen = stage.screen();
    for part in ["title: a", "labels: x, y", "of.team: 7"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
}

#[test]
fn d6_all_of_a_long_call_can_be_reached_and_scrolling_ends_with_it() {
    let lines: Vec<String> = (1..=40).map(|number| format!("line {number:02}")).collect();
    for (width, height) in [(80, 24), (40, 10)] {
        let mut stage = card(width, height, "write", json!({"path": "a.txt", "content": lines.join("\n")}));
        let mut seen = stage.screen();
        assert!(seen.contains("a.txt"), "{seen}");
        for _ in 0..200 {
            stage.press("down");
            seen.push_str(&stage.screen());
        }
        for line in &lines {
            assert!(seen.contains(line.as_str()), "{width}x{height}: {line}");
        }
        // One step back moves at once: nothing was counted beyond the end.
        let last = stage.screen();
        stage.press("up");
        assert_ne!(stage.screen(), last, "{width}x{height}");
    }
}

#[test]
fn d6_a_catastrophic_card_shows_its_command_in_a_small_terminal() {
    let mut stage = Stage::new(40, 10, ColorDepth::Mono);
    stage.session().turn("go").call("c1", "git push --force origin main").asks("c1", &[], true).wait(400);
    let screen = stage.screen();
    assert!(screen.contains("git push --force origin main"), "{screen}");
    stage.types("y");
    assert!(stage.screen().contains("git push --force"), "{}", stage.screen());
}

#[test]
fn a_catastrophe_takes_a_second_press() {
    let mut stage = asked(&[], true);
    stage.wait(400).types("y");
    assert_eq!(stage.ops(), []);
    assert!(stage.screen().contains("press again"));
    stage.types("y");
    assert_eq!(stage.ops(), [approve("c1", ApprovalScope::Once)]);
}

#[test]
fn no_takes_a_reason_and_the_draft_comes_back() {
    let mut stage = Stage::small();
    stage.session().turn("go").types("half a thought");
    stage.call("c1", "curl x").asks("c1", &[], false).wait(400).types("n");
    assert_eq!(stage.app.composer.text(), "");
    stage.types("use the cache").press("enter");
    let decision = ApprovalDecision::Deny { reason: "use the cache".into() };
    assert_eq!(stage.ops(), [Op::Approve { call: "c1".into(), decision, scope: ApprovalScope::Once }]);
    assert_eq!(stage.app.composer.text(), "half a thought");
}

#[test]
fn an_edited_command_is_sent_as_the_input() {
    let mut stage = asked(&[], false);
    stage.wait(400).types("e");
    assert_eq!(stage.app.composer.text(), "cargo fuzz run crlf");
    stage.types(" -- -runs=1").press("enter");
    let decision = ApprovalDecision::Edit { input: json!({ "command": "cargo fuzz run crlf -- -runs=1" }) };
    assert_eq!(stage.ops(), [Op::Approve { call: "c1".into(), decision, scope: ApprovalScope::Once }]);
}

#[test]
fn several_cards_are_a_queue_and_scrolling_goes_on() {
    let mut stage = asked(&[], false);
    stage.call("c2", "wget y").asks("c2", &[], false).wait(400);
    assert!(stage.screen().contains("1 of 2"));
    assert_eq!(stage.press("pageup"), [], "goes to the transcript");
    stage.types("y").record(ApprovalGiven {
        call: "c1".into(),
        decision: ApprovalDecision::Allow,
        scope: ApprovalScope::Once,
        by: Approver::Person,
        rules: vec![],
    });
    assert!(stage.screen().contains("wget y"));
    stage.types("y");
    assert_eq!(stage.ops().len(), 1, "the next card has its own quiet moment");
    assert_eq!(stage.press("esc"), [crate::app::Effect::Send(Op::Interrupt)]);
}

#[test]
fn a_form_closes_when_its_call_ends_elsewhere() {
    let mut stage = asked(&[], false);
    stage.wait(400).types("n").types("beca");
    stage.record(ToolReturned {
        call: "c1".into(),
        name: "shell".into(),
        is_error: true,
        status: ResultStatus::Cancelled,
        text: String::new(),
        data: serde_json::Value::Null,
        reminders: vec![],
        blobs: vec![],
        files: vec![],
        millis: 0,
    });
    assert!(stage.app.form.is_none());
    assert!(stage.app.composer.is_empty());
}

#[test]
fn a_question_is_answered_by_number_or_in_words() {
    let question = |id: &str| QuestionAsked {
        question: Question {
            call: id.into(),
            text: "Which one?".into(),
            options: vec!["red".into(), "blue".into()],
        },
    };
    let mut stage = Stage::small();
    stage.session().turn("go").types("draft").record(question("q1"));
    assert!(stage.screen().contains("[2] blue"));
    stage.wait(400).types("2");
    assert_eq!(stage.app.composer.text(), "draft");
    stage.record(question("q2"));
    stage.types("3 of each").press("enter");
    let answers = [("q1", "blue"), ("q2", "3 of each")];
    let expected =
        answers.map(|(call, text)| Op::AnswerQuestion { call: call.into(), text: Some(text.into()) });
    assert_eq!(stage.ops(), expected);
}

#[test]
fn a_number_typed_while_a_question_appears_answers_it_not() {
    let options = vec!["red".into(), "blue".into()];
    let question = Question { call: "q1".into(), text: "Which one?".into(), options };
    let mut stage = Stage::small();
    stage.session().turn("go").types("use version ").record(QuestionAsked { question });
    stage.types("2");
    assert_eq!((stage.ops(), stage.app.composer.text()), (vec![], "2"));
    stage.press("backspace");
    stage.wait(400).types("2");
    assert_eq!(stage.ops().len(), 1);
    assert_eq!(stage.app.composer.text(), "use version ");
    assert!(stage.app.question_guard.is_none());
}

#[test]
fn a_question_longer_than_its_card_shows_its_options_and_scrolls() {
    let text = (0..30).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat() + "the end?";
    for (width, height) in [(80, 24), (20, 5)] {
        let options = vec!["red".into(), "blue".into()];
        let question = Question { call: "q1".into(), text: text.clone(), options };
        let mut stage = Stage::new(width, height, crate::theme::ColorDepth::Mono);
        stage.session().turn("go").record(QuestionAsked { question });
        let screen = stage.screen();
        assert!(screen.contains("line 0") && screen.contains('↓'), "{screen}");
        assert!(height < 24 || screen.contains("[1] red") && screen.contains("[2] blue"), "{screen}");
        let mut seen = screen;
        for _ in 0..40 {
            stage.press("down");
            seen.push_str(&stage.screen());
        }
        let last = stage.screen();
        assert!((0..30).all(|line| seen.contains(&format!("line {line}"))), "{seen}");
        assert!(seen.contains("the end?") && last.contains("[2] blue") && !last.contains('↓'), "{last}");
        stage.press("up");
        assert!(stage.screen().contains('↓'), "one row up is one row, however often down was pressed");
    }
}

#[test]
fn a_paste_does_not_answer_a_card() {
    let mut stage = asked(&["Bash(cargo fuzz *)"], false);
    stage.wait(400);
    stage.take(Msg::Paste("yes always".into()));
    assert_eq!(stage.ops(), []);
}
