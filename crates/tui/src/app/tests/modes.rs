//! Modes: Tab cycles and never sends; what holds comes from records.

use headwater_protocol::events::ModeChanged;
use headwater_protocol::{ModeId, Op};

use super::stage::Stage;
use crate::app::Effect;

#[test]
fn tab_goes_round_and_shift_tab_back() {
    let mut stage = Stage::small();
    stage.session().types("a draft");
    for mode in [ModeId::Yolo, ModeId::Recursive, ModeId::Plan, ModeId::Agent] {
        assert_eq!(stage.press("tab"), [Effect::Send(Op::SetMode(mode))]);
    }
    assert_eq!(stage.press("shift+tab"), [Effect::Send(Op::SetMode(ModeId::Plan))]);
    assert_eq!(stage.app.composer.text(), "a draft");
}

#[test]
fn the_mode_that_holds_is_the_recorded_one() {
    let mut stage = Stage::small();
    stage.session().turn("go").press("tab");
    let screen = stage.screen();
    assert!(screen.contains("AGENT → YOLO from the next turn on"), "{screen}");
    stage.record(ModeChanged { from: ModeId::Agent, to: ModeId::Yolo }).wait(5_000);
    let screen = stage.screen();
    assert!(screen.contains("YOLO") && !screen.contains("→"), "{screen}");
    assert!(screen.contains("workspace-write · network"), "what is enforced changes with the mode: {screen}");
}

#[test]
fn commands_change_the_mode_but_none_leads_into_recursive() {
    let mut stage = Stage::small();
    stage.session();
    stage.types("/plan ").press("enter");
    stage.types("/mode yolo").press("enter");
    stage.types("/mode recursive").press("enter");
    assert_eq!(stage.ops(), [Op::SetMode(ModeId::Plan), Op::SetMode(ModeId::Yolo)]);
}

#[test]
fn the_status_line_says_all_five_things_down_to_sixty_columns() {
    for width in [60, 80, 120] {
        let mut stage = Stage::new(width, 24, crate::theme::ColorDepth::Mono);
        stage.session().turn("go").answer("done").end();
        let screen = stage.screen();
        let last = screen.lines().last().unwrap();
        for part in ["AGENT", "qwen2.5-coder", "42%", "$0.0042", "workspace"] {
            assert!(last.contains(part), "{part} at {width}: {last}");
        }
    }
}
