//! The tree: what is shown, what is folded, and that nothing jumps.

use ratatui::layout::Rect;

use super::{Chosen, RecursionTree};
use crate::app::tests::stage::Stage;
use crate::app::tests::voyage::{BELOW, MISSION};
use headwater_protocol::EndReason;
use headwater_protocol::events::ChildStatus;

const AREA: Rect = Rect { x: 0, y: 0, width: 100, height: 10 };

fn stage() -> Stage {
    let mut stage = Stage::small();
    stage.mission();
    stage
}

fn lines(tree: &mut RecursionTree, stage: &Stage) -> Vec<String> {
    tree.plain(&stage.app.missions, 0)
}

#[test]
fn many_siblings_are_one_line_until_it_is_opened() {
    let mut stage = stage();
    stage.block(MISSION, 1, "x = 1");
    for number in 0..64 {
        stage.asks_child(MISSION, number, Some(1));
    }
    for number in 0..58 {
        stage.child_answers(MISSION, number, "timeout");
    }
    for number in 58..61 {
        stage.child_ends(MISSION, number, ChildStatus::Error, 1);
    }
    let mut tree = RecursionTree::new(&stage.app.missions);
    let shown = lines(&mut tree, &stage);
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert_eq!(shown[2], "  └─●●●✓✓✓✓✓✓✓✓✗✗✗ 61/64 · 3 failed");
    tree.step(2);
    tree.toggle(&stage.app.missions);
    let shown = lines(&mut tree, &stage);
    assert_eq!(shown.len(), 2 + 64);
    assert!(shown[2 + 58].contains("✗ #59 429: too many requests"), "{}", shown[60]);
    tree.prepare(&stage.app.missions, AREA);
    tree.toggle(&stage.app.missions);
    assert_eq!(lines(&mut tree, &stage).len(), 3, "the block's own line folds them again");
    tree.toggle(&stage.app.missions);
    assert_eq!(lines(&mut tree, &stage).len(), 2);
    tree.toggle(&stage.app.missions);
    assert_eq!(lines(&mut tree, &stage).len(), 3);
}

#[test]
fn a_call_opens_to_what_it_was_asked_and_said() {
    let mut stage = stage();
    stage.block(MISSION, 1, "x = 1").asks_child(MISSION, 2, Some(1));
    let mut tree = RecursionTree::new(&stage.app.missions);
    tree.prepare(&stage.app.missions, AREA);
    tree.step(2);
    tree.toggle(&stage.app.missions);
    let text = lines(&mut tree, &stage).join("\n");
    assert!(text.contains("┊ Label each failed request with its cause."), "{text}");
    assert!(text.contains("┊ app.log bytes 209714..314571 (102 KB)"), "{text}");
    assert!(text.contains("┊ no answer yet"), "{text}");
    stage.child_answers(MISSION, 2, "gateway: timeout\nauth: token");
    tree.prepare(&stage.app.missions, AREA);
    let text = lines(&mut tree, &stage).join("\n");
    assert!(text.contains("┊ answered") && text.contains("┊ auth: token"), "{text}");
    assert!(text.contains("1.2k→84  $0.0004    1.9s  0.9%"), "{text}");
    tree.toggle(&stage.app.missions);
    assert_eq!(lines(&mut tree, &stage).len(), 3);
}

#[test]
fn the_chosen_call_stays_chosen_when_others_come_above_it() {
    let mut stage = stage();
    stage.block(MISSION, 1, "x = 1").asks_child(MISSION, 1, Some(1));
    stage.block(MISSION, 2, "y = 1").asks_child(MISSION, 2, Some(2));
    let mut tree = RecursionTree::new(&stage.app.missions);
    tree.prepare(&stage.app.missions, AREA);
    tree.step(4);
    let expected = Chosen::Running { session: MISSION.into(), child: "c2".into() };
    assert_eq!(tree.chosen(&stage.app.missions), expected);
    for number in 10..18 {
        stage.asks_child(MISSION, number, Some(1));
    }
    tree.prepare(&stage.app.missions, AREA);
    assert_eq!(tree.chosen(&stage.app.missions), expected);
    stage.child_answers(MISSION, 2, "timeout");
    assert_eq!(tree.chosen(&stage.app.missions), Chosen::Ended);
}

#[test]
fn three_levels_hang_together_and_a_circle_of_sessions_ends() {
    let mut stage = stage();
    stage.block(MISSION, 1, "a = rlm_query('why?')").recurses(1, 1);
    stage.block(BELOW, 1, "b = llm_query('?')").asks_child(BELOW, 1, Some(1)).asks_child(MISSION, 2, Some(1));
    let shown = lines(&mut RecursionTree::new(&stage.app.missions), &stage);
    let beginnings: Vec<String> = shown.iter().map(|line| line.chars().take(26).collect()).collect();
    assert_eq!(
        beginnings,
        [
            "● which requests failed, wh",
            "└─● repl #1 a = rlm_query('",
            "  ├─● #1 rlm Why do tokens ",
            "  │ └─● repl #1 b = llm_que",
            "  │   └─● #1 app.log 0.9–1.9%",
            "  └─● #2 app.log 1.9–2.9% · ",
        ]
        .map(|line| line.chars().take(26).collect::<String>())
    );
    let mut wrong = headwater_protocol::events::ChildStarted {
        opened: Some(MISSION.into()),
        ..stage.app.missions.session(&BELOW.into()).unwrap().child(0).unwrap().started.as_ref().clone()
    };
    wrong.child = "circle".into();
    stage.record_of(BELOW, None, wrong);
    assert!(lines(&mut RecursionTree::new(&stage.app.missions), &stage).len() < 500);
    assert!(stage.app.missions.spent(&MISSION.into()).calls < 500);
}

#[test]
fn d2_sub_agents_are_rows_that_open_to_task_and_report_and_can_be_cancelled_one_by_one() {
    let mut stage = Stage::small();
    stage.begin().agent_starts("b", 2, "general", "Fix it").agent_starts("a", 1, "explore", "Find it");
    stage.agent_asks("a", "grep", "foo");
    let mut tree = RecursionTree::new(&stage.app.missions);
    let shown = |tree: &mut RecursionTree, stage: &Stage| -> Vec<String> {
        let lines = lines(tree, stage);
        lines.iter().map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(
        shown(&mut tree, &stage),
        ["● explore Find it · step 1 · grep foo", "● general Fix it · step 1"]
    );
    let chosen = |tree: &RecursionTree, stage: &Stage| tree.chosen(&stage.app.missions);
    assert_eq!(chosen(&tree, &stage), Chosen::Agent { session: "a".into() });
    stage.agent_returns("a", EndReason::MaxSteps, "As far as I came.");
    assert_eq!(chosen(&tree, &stage), Chosen::Ended);
    tree.toggle(&stage.app.missions);
    let opened = shown(&mut tree, &stage);
    assert_eq!(opened[0], "✗ explore Find it · 1 step");
    assert!(opened.iter().any(|line| line.contains("As far as I came.")), "{opened:?}");
    tree.step(100);
    assert_eq!(chosen(&tree, &stage), Chosen::Agent { session: "b".into() });
}

#[test]
fn complaint_10_a_hundred_sub_agents_cost_no_more_than_their_rows_in_view() {
    let mut stage = Stage::small();
    stage.begin();
    for number in 1..=100 {
        stage.agent_starts(&format!("n{number}"), number, "explore", "Look");
        stage.agent_asks(&format!("n{number}"), "grep", "foo");
    }
    assert_eq!(stage.app.missions.agents().running(), 100);
    stage.press("ctrl+t");
    let screen = stage.screen();
    assert!(screen.contains("SUB-AGENTS ── 100 · 100 running"), "{screen}");
    assert_eq!(screen.matches("● explore Look").count(), 22, "{screen}");
    // Each can be cancelled: the key sends the session that is chosen.
    for _ in 0..100 {
        stage.types("x").press("down");
    }
    let cancelled: std::collections::BTreeSet<String> =
        stage.ops().iter().map(|op| format!("{op:?}")).collect();
    assert_eq!(cancelled.len(), 100);
}
