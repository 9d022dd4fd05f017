//! The mission card: it waits without being in the way, and only keys meant for it decide.

use headwater_protocol::events::{MissionRejected, MissionRevised, ModeChanged};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::{Delta, ModeId, Op, Usd};

use super::stage::Stage;
use super::voyage::{MISSION, card, proposed};
use crate::app::{CardPage, Effect, Msg};

fn waiting() -> Stage {
    let mut stage = Stage::small();
    stage.mission().proposes(1, card()).wait(400);
    stage
}

/// The decisions that were sent.
fn decisions(stage: &Stage) -> Vec<MissionDecision> {
    let decision = |op: Op| if let Op::DecideMission(decision) = op { Some(decision) } else { None };
    stage.ops().into_iter().filter_map(decision).collect()
}

fn approve() -> MissionDecision {
    MissionDecision::Approve { hash: card().hash() }
}

#[test]
fn enter_approves_the_card_that_was_seen_after_a_quiet_moment() {
    let mut stage = Stage::small();
    stage.mission().proposes(1, card());
    assert!(stage.effects.contains(&Effect::Notify("A mission card waits for you.".into())));
    stage.press("enter");
    stage.wait(200).press("enter");
    assert_eq!(decisions(&stage), [], "typed for something else");
    stage.wait(301).press("enter");
    assert_eq!(decisions(&stage), [approve()]);
    stage.press("enter");
    assert_eq!(decisions(&stage).len(), 1, "an answered card takes no second answer");
    assert!(!stage.screen().contains("MISSION ──"));
}

#[test]
fn a_card_with_faults_says_what_they_are_and_is_not_approved() {
    let mut stage = Stage::small();
    let lint = vec!["Sub-task 2 has no done_check.".to_owned()];
    stage.mission().record(headwater_protocol::events::MissionProposed { lint, ..proposed(1, card()) });
    stage.wait(400).press("enter");
    assert_eq!(decisions(&stage), []);
    let screen = stage.screen();
    assert!(screen.contains("cannot be approved yet"), "{screen}");
    assert!(screen.contains("Sub-task 2 has no done_check."), "{screen}");
    assert!(!screen.contains("] approve"), "{screen}");
}

#[test]
fn numbers_switch_tasks_and_the_next_card_can_be_answered_at_once() {
    let mut stage = waiting();
    stage.types("39");
    assert_eq!(decisions(&stage), [MissionDecision::Toggle { subtask: 3 }]);
    assert!(stage.screen().contains("There is no sub-task 9"));
    stage.press("enter");
    assert_eq!(decisions(&stage).len(), 1, "the card is not the one that was seen any more");
    let mut next = card();
    next.subtasks[2].on = true;
    stage.record(MissionRevised { mission: MISSION.into(), words: "task 3 on".into() });
    stage.proposes(2, next.clone());
    assert!(stage.screen().contains("[x] 3 Draw a graph"), "{}", stage.screen());
    stage.types("d");
    let screen = stage.screen();
    assert!(screen.contains("rev 1 → rev 2"), "{screen}");
    assert!(screen.contains("- Tasks: [ ] 3") && screen.contains("+ Tasks: [x] 3"), "{screen}");
    stage.wait(300).types("d").press("enter");
    assert_eq!(decisions(&stage).last(), Some(&MissionDecision::Approve { hash: next.hash() }));
}

#[test]
fn a_card_that_the_engine_makes_anew_has_its_own_quiet_moment() {
    let mut stage = waiting();
    let mut next = card();
    next.goal = "Another goal.".into();
    stage.proposes(2, next).press("enter");
    assert_eq!(decisions(&stage), []);
}

#[test]
fn the_budget_is_edited_in_place() {
    let mut stage = waiting();
    stage.types("e").wait(300).types("25");
    stage.press("down");
    stage.press("down");
    stage.types("1.5x");
    let screen = stage.screen();
    assert!(screen.contains("▸ dollars   1.5▏"), "{screen}");
    assert_eq!(stage.press("tab"), [Effect::Send(Op::SetMode(ModeId::Plan))], "Tab is never part of a form");
    stage.press("shift+tab");
    stage.wait(400).types("e").wait(300).types("25");
    stage.press("down");
    stage.press("down");
    stage.types("1.5");
    stage.press("enter");
    let budget = headwater_protocol::MissionBudget { calls: 25, cost_usd: Some(Usd(1.5)), ..card().budget };
    assert_eq!(decisions(&stage), [MissionDecision::Budget(budget)]);
}

#[test]
fn a_budget_without_sense_is_not_sent() {
    let mut stage = waiting();
    stage.types("e").wait(300).press("backspace");
    stage.press("backspace");
    stage.press("enter");
    assert_eq!(decisions(&stage), []);
    assert!(stage.screen().contains("calls: a number, please"));
    stage.press("esc");
    assert_eq!(stage.app.desk.page, CardPage::Card);
}

#[test]
fn findings_open_and_close_and_enter_there_approves_nothing() {
    let mut stage = waiting();
    stage.types("v");
    let screen = stage.screen();
    assert!(screen.contains("▾ Gateway timeouts"), "{screen}");
    assert!(screen.contains("Only at night"), "{screen}");
    stage.press("down");
    stage.press("left");
    let screen = stage.screen();
    assert!(screen.contains("▸ Gateway timeouts") && !screen.contains("Only at night"), "{screen}");
    stage.press("enter");
    assert!(stage.screen().contains("Only at night"));
    assert_eq!(decisions(&stage), []);
    stage.press("esc");
    assert_eq!(stage.app.desk.page, CardPage::Card);
    assert_eq!(decisions(&stage), []);
}

#[test]
fn what_is_written_sends_the_card_back_even_when_it_begins_with_a_key() {
    for words in ["only the gateway", "do not write files", "every hour, please", "verify twice"] {
        let mut stage = waiting();
        stage.types(words);
        assert_eq!(stage.app.composer.text(), words);
        assert_eq!(stage.app.desk.page, CardPage::Card, "{words}");
        stage.press("enter");
        assert_eq!(decisions(&stage), [MissionDecision::Revise { words: words.into() }]);
    }
}

#[test]
fn a_draft_is_no_answer_and_comes_back() {
    let mut stage = Stage::small();
    stage.mission().types("half a thought");
    stage.proposes(1, card());
    assert_eq!(stage.app.composer.text(), "");
    stage.types("ught").wait(400).press("enter");
    assert_eq!(decisions(&stage), [approve()]);
    assert_eq!(stage.app.composer.text(), "half a thought");
}

#[test]
fn escape_asks_once_before_it_rejects() {
    let mut stage = waiting();
    stage.press("esc");
    assert_eq!(decisions(&stage), []);
    stage.types("too dear").press("esc");
    assert_eq!(decisions(&stage), [], "back to the card");
    stage.press("esc");
    stage.types("too dear").press("enter");
    assert_eq!(decisions(&stage), [MissionDecision::Reject { reason: "too dear".into() }]);
    stage.record(MissionRejected { mission: MISSION.into(), reason: "too dear".into() });
    let screen = stage.screen();
    assert!(screen.contains("mission rejected: too dear") && !screen.contains("MISSION ──"), "{screen}");
}

#[test]
fn escape_clears_words_first_and_never_interrupts_for_them() {
    let mut stage = waiting();
    stage.types("words").press("esc");
    assert_eq!(stage.app.composer.text(), "");
    assert_eq!(stage.ops(), []);
}

#[test]
fn another_mode_parks_the_card_with_what_was_written() {
    let mut stage = waiting();
    stage.types("words for later").press("tab");
    let screen = stage.screen();
    assert!(!screen.contains("MISSION ──"), "{screen}");
    assert!(screen.contains("1 mission waiting"), "{screen}");
    assert_eq!(stage.app.composer.text(), "");
    stage.end().record(ModeChanged { from: ModeId::Recursive, to: ModeId::Plan });
    stage.types("a message").press("enter");
    assert_eq!(stage.ops().last(), Some(&Op::Submit { text: "a message".into() }));
    stage.press("shift+tab");
    let screen = stage.screen();
    assert!(screen.contains("MISSION ──") && !screen.contains("1 mission waiting"), "{screen}");
    assert_eq!(stage.app.composer.text(), "words for later");
    stage.press("esc");
    stage.press("enter");
    assert_eq!(decisions(&stage), [], "it has its quiet moment again");
    stage.wait(400).press("enter");
    assert_eq!(decisions(&stage), [approve()]);
}

#[test]
fn the_card_leaves_scrolling_pasting_and_the_tree_alone() {
    let mut stage = waiting();
    assert_eq!(stage.press("pageup"), []);
    stage.take(Msg::Paste("pasted words".into()));
    assert_eq!(stage.app.composer.text(), "pasted words");
    stage.press("ctrl+t");
    assert!(stage.app.tree.is_some());
    stage.press("esc");
    assert!(stage.app.tree.is_none());
    assert_eq!(decisions(&stage), []);
    assert!(stage.screen().contains("MISSION ──"));
}

#[test]
fn a_refused_answer_can_be_given_again() {
    let mut stage = waiting();
    stage.press("enter");
    stage.delta(Delta::Notice { text: "The card has changed.".into() }).wait(400).press("enter");
    assert_eq!(decisions(&stage), [approve(), approve()]);
}
