//! Missions: kept out of the conversation, shown as blocks and as a tree, counted against their budget.

use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, ChildStatus, FinalRefused, KeptFile, MissionAmended, MissionUndone,
    ToolCalled, TurnEnded, TurnStarted, UsageReported,
};
use headwater_protocol::{Delta, EndReason, Gap, ModeId, Op, StopSignal, Tokens, ToolCall, Usage};

use super::stage::Stage;
use super::voyage::{BELOW, MISSION, card};

fn running() -> Stage {
    let mut stage = Stage::new(120, 40, crate::theme::ColorDepth::Mono);
    stage.mission().proposes(1, card()).approved();
    stage
}

#[test]
fn records_of_a_mission_leave_the_conversation_alone() {
    let mut stage = running();
    let before = (stage.app.status.budget.clone(), stage.app.status.phase.clone(), stage.screen());
    let text = "words of the root".to_owned();
    let blocks = vec![AssistantBlock::Text { bytes: text.len() }];
    stage.record_of(
        MISSION,
        Some("s1"),
        AssistantMessage { text, blocks, origin: "v/m".into(), stop: StopSignal::EndTurn },
    );
    let usage = Usage { input: Tokens(9_000), output: Tokens(90), ..Usage::default() };
    stage.record_of(MISSION, None, UsageReported { usage, cost_usd: None, millis: 1 });
    let request =
        ToolCall { call: "c1".into(), name: "shell".into(), input: serde_json::json!({}), malformed: None };
    stage.record_of(MISSION, None, ToolCalled { request });
    stage.record_of(MISSION, None, TurnStarted { turn: 9, mode: ModeId::Plan });
    stage.record_of(
        MISSION,
        None,
        TurnEnded { turn: 9, reason: EndReason::Error, text: String::new(), denied: 0, steps: 1 },
    );
    stage.delta(Delta::Text { text: "words of the root".into() });
    assert_eq!(stage.app.status.budget, before.0);
    assert_eq!(stage.app.status.phase, before.1);
    assert_eq!(stage.screen(), before.2);
}

#[test]
fn a_turn_in_another_mode_streams_while_a_mission_waits() {
    let mut stage = Stage::small();
    stage.mission().proposes(1, card()).press("tab");
    stage.end().turn("something else").delta(Delta::Text { text: "words of the turn".into() });
    assert!(stage.screen().contains("words of the turn"));
}

#[test]
fn a_block_counts_its_calls_and_opens_with_details() {
    let mut stage = running();
    stage.block(MISSION, 1, "hits = grep('ERROR')\nout = llm_query_batched(hits)");
    stage.asks_child(MISSION, 1, Some(1)).asks_child(MISSION, 2, Some(1)).asks_child(MISSION, 3, Some(1));
    stage.delta(Delta::Children { queued: 34, running: 3, width: 16 });
    stage.child_answers(MISSION, 1, "timeout").wait(4_100);
    let screen = stage.screen();
    assert!(screen.contains("running · 1/37 calls · p50 1.9s · 4.1s"), "{screen}");
    assert!(screen.contains("3 of 16 calls at once · 34 wait"), "{screen}");
    assert!(!screen.contains("llm_query_batched"), "{screen}");
    stage.child_ends(MISSION, 2, ChildStatus::Error, 3).child_ends(MISSION, 3, ChildStatus::Ok, 0);
    stage.block_ends(MISSION, 1, "one\ntwo\n", None);
    let screen = stage.screen();
    assert!(screen.contains("2 lines · 3 calls ($0.0004) · 1 failed · 1 cached · 4.1s"), "{screen}");
    stage.press("ctrl+o");
    let jobs = stage.app.prepare();
    let wanted: Vec<_> = jobs.iter().map(|job| (job.language.as_str(), job.code.as_str())).collect();
    assert_eq!(wanted, [("python", "hits = grep('ERROR')\nout = llm_query_batched(hits)")]);
    let screen = stage.screen();
    assert!(screen.contains("▏ out = llm_query_batched(hits)") && screen.contains("│ two"), "{screen}");
}

#[test]
fn a_failed_block_unfolds_itself_and_a_refused_answer_is_told() {
    let mut stage = running();
    stage.block(MISSION, 2, "x = 1\ny = x / 0").block_ends(
        MISSION,
        2,
        "",
        Some("line 2: y = x / 0\nZeroDivisionError: division by zero"),
    );
    let gaps = vec![Gap { id: "table".into(), found: "out/causes.md is not there.".into() }];
    stage.record_of(MISSION, None, FinalRefused { gaps, text: String::new() });
    let screen = stage.screen();
    assert!(screen.contains("✗ repl #2") && screen.contains("│ ZeroDivisionError"), "{screen}");
    assert!(screen.contains("table: out/causes.md is not there."), "{screen}");
}

#[test]
fn blocks_of_a_recursive_child_stand_in_the_tree_only() {
    let mut stage = running();
    stage.block(MISSION, 1, "root = rlm_query('why?')").recurses(1, 1);
    stage.block(BELOW, 1, "below = peek()");
    assert!(!stage.screen().contains("below = peek()"));
    stage.press("ctrl+t");
    assert!(stage.screen().contains("below = peek()"));
}

#[test]
fn the_footer_counts_calls_and_money_against_the_budget() {
    let mut stage = running();
    stage.block(MISSION, 1, "x = 1");
    for number in 0..12 {
        stage.asks_child(MISSION, number, Some(1)).child_answers(MISSION, number, "timeout");
    }
    let footer = |stage: &mut Stage| stage.screen().lines().last().unwrap().to_owned();
    let line = footer(&mut stage);
    assert!(line.contains("calls 12/40 $0.0048/$0.50"), "{line}");
    assert_eq!(stage.app.running_cost().to_string(), "$0.0048");
    stage.mission_ends(EndReason::Done);
    let line = footer(&mut stage);
    assert!(!line.contains("calls") && line.contains("$0.12"), "{line}");
}

#[test]
fn research_shows_its_curve_until_the_card_is_there() {
    let mut stage = Stage::small();
    stage.mission().researches("probing", 12);
    let screen = stage.screen();
    assert!(screen.contains("research: probing · 12/24 cheap · 0/2 strong · █▆▅▂"), "{screen}");
    stage.proposes(1, card());
    assert!(!stage.screen().contains("probing"));
}

#[test]
fn the_end_says_what_it_took_against_the_estimate_and_the_report_is_an_answer() {
    let mut stage = running();
    stage.mission_ends(EndReason::Done);
    let screen = stage.screen();
    assert!(screen.contains("mission done · 37 calls · 50.0k tok · $0.12"), "{screen}");
    assert!(screen.contains("(estimate 22–40 calls, $0.11–$0.19)"), "{screen}");
    assert!(screen.contains("31 requests failed by timeouts."), "{screen}");
    assert!(stage.app.pane.last_answer().unwrap().contains("**timeouts**"));
    stage.delta(Delta::Text { text: "words after the mission".into() });
    assert!(stage.screen().contains("words after the mission"));
}

#[test]
fn an_amendment_waits_as_a_card_of_its_own() {
    let mut stage = running();
    let mut amended = card();
    amended.budget.calls = 80;
    stage.record(MissionAmended { mission: MISSION.into(), change: "calls 40 → 80".into() });
    stage.proposes(2, amended.clone()).wait(400);
    let screen = stage.screen();
    assert!(screen.contains("would go beyond its card and waits: calls 40 → 80"), "{screen}");
    assert!(screen.contains("MISSION ── rev 2"), "{screen}");
    stage.press("enter");
    let hash = amended.hash();
    let expected = headwater_protocol::op::MissionDecision::Approve { hash };
    assert_eq!(stage.ops().last(), Some(&Op::DecideMission(expected)));
}

#[test]
fn a_call_is_cancelled_from_the_tree() {
    let mut stage = running();
    stage.block(MISSION, 1, "x = 1").asks_child(MISSION, 1, Some(1)).asks_child(MISSION, 2, Some(1));
    stage.child_answers(MISSION, 1, "timeout").press("ctrl+t");
    stage.screen();
    stage.types("x");
    assert!(stage.screen().contains("Choose a single call"), "the root is no call");
    stage.types("jjj");
    stage.types("x");
    assert_eq!(stage.ops(), [Op::CancelChild { session: MISSION.into(), child: "c2".into() }]);
    stage.types("kx");
    assert_eq!(stage.ops().len(), 1);
    assert!(stage.screen().contains("has come to its end already"));
}

#[test]
fn commands_show_the_card_and_the_tree_and_lead_into_no_mode() {
    let mut stage = Stage::small();
    stage.session().types("/tree").press("enter");
    assert!(stage.app.tree.is_none());
    assert!(stage.screen().contains("There is no mission and no sub-agent yet"));
    stage.mission().proposes(1, card()).press("tab");
    stage.types("/mission").press("enter");
    let screen = stage.screen();
    assert!(screen.contains("Tab to RECURSIVE to decide"), "{screen}");
    assert!(screen.contains("Find which requests failed"), "{screen}");
    stage.press("esc");
    stage.types("/tree").press("enter");
    assert!(stage.app.tree.is_some());
    assert!(!stage.ops().contains(&Op::SetMode(ModeId::Recursive)));
}

#[test]
fn the_mission_command_takes_back_what_a_mission_changed() {
    let mut stage = running();
    stage.types("/mission undo").press("enter");
    assert_eq!(stage.ops(), [Op::UndoMission]);
    let kept = vec![KeptFile { path: "b.md".into(), why: "it was changed after the mission left it".into() }];
    stage.record(MissionUndone { mission: MISSION.into(), restored: vec!["a.md".into()], kept });
    let screen = stage.screen();
    assert!(screen.contains("As before the mission again: a.md."), "{screen}");
    assert!(screen.contains("Left alone: b.md: it was changed after the mission left it."), "{screen}");
    stage.types("/mission redo").press("enter");
    assert!(stage.screen().contains("/mission redo is unknown"));
    assert_eq!(stage.ops().len(), 1);
}

#[test]
fn hundreds_of_children_in_flight_ask_for_no_frame_of_their_own() {
    let mut stage = running();
    stage.block(MISSION, 1, "x = 1");
    for number in 0..500 {
        let effects = stage.effects.len();
        stage.asks_child(MISSION, number, Some(1));
        stage.delta(Delta::Children { queued: 0, running: 500, width: 500 });
        assert_eq!(stage.effects.len(), effects);
    }
    assert!(stage.screen().contains("0/500 calls"));
}
