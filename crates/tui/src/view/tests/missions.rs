//! The states of a mission on the screen.

use headwater_protocol::events::{ChildStatus, MissionProposed, MissionRevised};

use super::compare;
use crate::app::tests::stage::Stage;
use crate::app::tests::voyage::{BELOW, MISSION, card, proposed};

#[test]
fn card_waiting() {
    compare("mission_card", |stage| {
        stage.mission().proposes(1, card()).wait(400);
    });
}

#[test]
fn card_with_faults() {
    compare("mission_card_lint", |stage| {
        let lint = vec![
            "Sub-task 2 has no done_check.".to_owned(),
            "Claim f5 is unsupported and in no note.".to_owned(),
        ];
        stage.mission().record(MissionProposed { lint, ..proposed(1, card()) }).wait(400);
    });
}

#[test]
fn card_pages() {
    compare("mission_card_findings", |stage| {
        stage.mission().proposes(1, card()).wait(400).types("v").press("down");
    });
    compare("mission_card_diff", |stage| {
        let mut next = card();
        next.subtasks[2].on = true;
        next.budget.calls = 60;
        next.estimate.calls = (30, 60);
        stage.mission().proposes(1, card());
        stage.record(MissionRevised { mission: MISSION.into(), words: "with the graph".into() });
        stage.proposes(2, next).wait(400).types("d");
    });
    compare("mission_card_budget", |stage| {
        stage.mission().proposes(1, card()).wait(400).types("e").wait(300).types("6").press("down");
    });
}

#[test]
fn block_running() {
    compare("mission_block", |stage| {
        stage.mission().proposes(1, card()).approved();
        stage.block(MISSION, 1, "errors = grep(r'status=5..', max=1000)").block_ends(
            MISSION,
            1,
            "40 hits\n",
            None,
        );
        stage.block(MISSION, 2, "rows = parse(errors)\nrows[99]").block_ends(
            MISSION,
            2,
            "",
            Some("line 2: rows[99]\nIndexError: list index out of range"),
        );
        stage.block(MISSION, 3, "windows = chunk(50_000)\nout = llm_query_batched(windows)");
        for number in 0..25 {
            stage.asks_child(MISSION, number, Some(3));
        }
        for number in 0..22 {
            stage.child_answers(MISSION, number, "timeout");
        }
        let delta = headwater_protocol::Delta::Children { queued: 12, running: 3, width: 16 };
        stage.delta(delta).wait(4_100);
    });
}

/// Three levels and a failure.
fn tree(stage: &mut Stage) {
    stage.mission();
    for number in 0..3 {
        stage.asks_child(MISSION, number, None).child_answers(MISSION, number, "seen");
    }
    stage.proposes(1, card()).approved();
    stage.block(MISSION, 1, "out = llm_query_batched(windows)");
    for number in 10..74 {
        stage.asks_child(MISSION, number, Some(1));
    }
    for number in 10..70 {
        stage.child_answers(MISSION, number, "timeout");
    }
    stage.child_ends(MISSION, 70, ChildStatus::Error, 3);
    stage.block(MISSION, 2, "why = rlm_query('Why do tokens break?', auth)").recurses(80, 2);
    stage.block(BELOW, 1, "votes = llm_query_batched(pieces)");
    stage.asks_child(BELOW, 1, Some(1)).asks_child(BELOW, 2, Some(1)).asks_child(BELOW, 3, Some(1));
    stage.child_answers(BELOW, 1, "old keys").child_ends(BELOW, 2, ChildStatus::Error, 3);
    stage.asks_child(MISSION, 81, Some(2)).child_ends(MISSION, 81, ChildStatus::Ok, 0);
    stage.wait(4_100).press("ctrl+t");
}

#[test]
fn recursion_tree() {
    compare("mission_tree", |stage| {
        tree(stage);
    });
    compare("mission_tree_opened", |stage| {
        tree(stage);
        stage.screen();
        stage.types("jjjjjjjjjj").press("enter");
    });
}

#[test]
fn research() {
    compare("mission_research", |stage| {
        stage.mission().researches("probing", 12).wait(3_000);
    });
}

#[test]
fn parked() {
    compare("mission_parked", |stage| {
        stage.mission().proposes(1, card()).end().wait(400).press("tab");
        stage.wait(5_000);
    });
}

#[test]
fn ended() {
    compare("mission_ended", |stage| {
        stage.mission().proposes(1, card()).approved();
        stage.block(MISSION, 1, "x = 1").block_ends(MISSION, 1, "done\n", None);
        stage.mission_ends(headwater_protocol::EndReason::Done).end();
    });
}

#[test]
fn small_screens_keep_what_decides() {
    let mut stage = Stage::new(40, 10, crate::theme::ColorDepth::Mono);
    stage.mission().proposes(1, card()).wait(400);
    insta::assert_snapshot!(stage.screen());
    for (width, height) in [(0, 0), (1, 1), (3, 2), (20, 5), (40, 10), (10, 50), (200, 4)] {
        let mut stage = Stage::new(width, height, crate::theme::ColorDepth::Truecolor);
        stage.mission().proposes(1, card()).wait(400);
        for page in ["", "d", "v", "e"] {
            stage.types(page).wait(400);
            stage.draw();
            stage.press("esc");
        }
        stage.block(MISSION, 1, "x = 1").asks_child(MISSION, 1, Some(1)).press("ctrl+t");
        stage.draw();
    }
}
