//! Going back on the screen: Esc twice, the pages, the message to be written anew, what is shown afterwards.

use headwater_protocol::events::{Forked, KeptFile, RewindScope, Rewound, Uncovered};
use headwater_protocol::op::{RewindPoint, RewindPreview};
use headwater_protocol::{Answer, Op, Query, Timestamp, Update};

use super::stage::Stage;
use crate::app::{Effect, Msg};
use crate::setup::Exit;
use crate::theme::ColorDepth;

/// A session of two messages, at records 1 and 6.
fn talked(width: u16, height: u16) -> Stage {
    let mut stage = Stage::new(width, height, ColorDepth::Mono);
    stage.session().turn("the first message").answer("The first answer.").end();
    stage.turn("the second message").answer("The second answer.").end();
    stage.effects.clear();
    stage
}

fn points() -> Vec<RewindPoint> {
    let point = |seq, text: &str, files| RewindPoint {
        seq,
        at: Timestamp::from_millis(1_795_233_600_000),
        text: text.into(),
        files,
    };
    vec![point(1, "the first message", 2), point(6, "the second message", 1)]
}

fn preview(scope: RewindScope) -> RewindPreview {
    let diff = (0..60).map(|line| format!("-new {line}\n")).collect::<Vec<_>>().concat();
    RewindPreview {
        to: 6,
        scope,
        messages: 1,
        files: vec!["src/a.rs goes back".into()],
        diff: format!("--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,60 +1 @@\n{diff}+old\n"),
        kept: vec![KeptFile { path: "b.rs".into(), why: "it was changed after the agent left it".into() }],
        uncovered: vec![Uncovered {
            why: "made or changed while `make` ran".into(),
            paths: vec!["c".into()],
            count: 1,
        }],
    }
}

fn rewound(to: u64, redoes: Option<u64>) -> Rewound {
    let scope = RewindScope::Both;
    Rewound { to, scope, redoes, restored: vec!["src/a.rs".into()], kept: vec![], uncovered: vec![] }
}

fn answer(stage: &mut Stage, answer: Answer) -> Vec<Effect> {
    stage.take(Msg::Engine(Update::Answer(answer)))
}

#[test]
fn s6_esc_twice_goes_through_the_pages_back_to_a_message_that_is_written_anew() {
    let mut stage = talked(80, 24);
    stage.press("esc");
    assert!(stage.screen().contains("Esc again goes back"));
    stage.wait(1_001);
    assert!(!stage.screen().contains("Esc again goes back"), "it no longer does");
    stage.press("esc");
    stage.press("esc");
    assert_eq!(stage.ops(), [Op::Query(Query::RewindPoints)]);
    assert!(!stage.screen().contains("Esc again goes back"));
    answer(&mut stage, Answer::RewindPoints(points()));
    let screen = stage.screen();
    assert!(screen.contains("the second message  1 file changed after it"), "{screen}");
    assert!(screen.contains("Without this page: /rewind 6 shows what would change"), "{screen}");
    assert!(screen.find("second").unwrap() < screen.find("first message").unwrap(), "the newest comes first");
    stage.press("enter");
    assert!(stage.screen().contains("back with conversation and code"));
    stage.press("enter");
    let scope = RewindScope::Both;
    assert_eq!(stage.ops().last(), Some(&Op::Query(Query::RewindPreview { to: 6, scope })));
    answer(&mut stage, Answer::RewindPreview(Box::new(preview(scope))));
    let screen = stage.screen();
    for line in [
        "Go back now: conversation and code",
        "left alone: b.rs",
        "not covered: c",
        "src/a.rs goes back",
        "-new 0",
    ] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
    (0..70).for_each(|_| drop(stage.press("down")));
    assert!(stage.screen().contains("+old"), "the preview scrolls");
    (0..70).for_each(|_| drop(stage.press("up")));
    stage.press("enter");
    assert_eq!(stage.ops().last(), Some(&Op::Rewind { to: 6, scope }));

    stage.record(rewound(6, None));
    assert_eq!(stage.app.composer.text(), "the second message");
    let screen = stage.screen();
    assert!(screen.contains("The first answer.") && !screen.contains("The second answer."), "{screen}");
    assert!(screen.contains("/redo takes this back") && screen.contains("Put back: src/a.rs."), "{screen}");
    assert_eq!(stage.app.pane.last_answer().as_deref(), Some("The first answer."));
}

#[test]
fn s6_a_replay_shows_the_same_and_writes_nothing_into_the_line() {
    let mut stage = talked(80, 24);
    stage.record(rewound(6, None));
    assert_eq!(stage.app.composer.text(), "");
    assert!(!stage.screen().contains("The second answer."));
    stage.record(rewound(1, None));
    assert!(!stage.screen().contains("The first answer."));
    // One after the other comes again, and only what it had taken away.
    stage.record(rewound(1, Some(12)));
    let screen = stage.screen();
    assert!(screen.contains("The first answer.") && !screen.contains("The second answer."), "{screen}");
    stage.record(rewound(6, Some(11)));
    assert!(stage.screen().contains("The second answer."));
}

#[test]
fn s6_esc_still_closes_interrupts_and_clears_first() {
    let mut stage = talked(80, 24);
    stage.types("half a thought");
    stage.press("esc");
    assert_eq!((stage.app.composer.text(), stage.ops()), ("", vec![]));
    stage.press("esc");
    assert_eq!(stage.ops(), [], "the one that cleared the line is not the first of two");
    stage.wait(2_000).press("esc");
    assert_eq!(stage.ops(), [], "two that are far apart are not one");
    stage.turn("go");
    stage.press("esc");
    stage.press("esc");
    assert_eq!(stage.ops(), [Op::Interrupt, Op::Interrupt]);
    for line in ["/rewind", "/redo", "/fork"] {
        stage.types(line).press("enter");
        assert!(stage.screen().contains("Something runs"), "{line}");
    }
    assert_eq!(stage.ops().len(), 2);
}

#[test]
fn m4_a_fork_opens_and_says_where_it_comes_from() {
    let mut stage = talked(80, 24);
    stage.types("/fork").press("enter");
    assert_eq!(stage.ops(), [Op::Fork { at: None }]);
    let effects = answer(&mut stage, Answer::Forked("s2".into()));
    assert_eq!(effects, [Effect::Exit(Exit::Resume("s2".into()))]);
    stage.record(Forked { from: "s1".into(), at: 11 });
    assert!(stage.screen().contains("forked from s1; /resume s1 goes back to it"));
    // From the page of a message too: what is before it is shared.
    answer(&mut stage, Answer::RewindPoints(points()));
    stage.press("enter");
    (0..3).for_each(|_| drop(stage.press("down")));
    stage.press("enter");
    assert_eq!(stage.ops().last(), Some(&Op::Fork { at: Some(6) }));
}

#[test]
fn s6_the_pages_fit_the_smallest_screen() {
    let mut stage = talked(20, 5);
    let scope = RewindScope::Both;
    for page in [
        Answer::RewindPoints(vec![]),
        Answer::RewindPoints(points()),
        Answer::RewindPreview(Box::new(preview(scope))),
    ] {
        answer(&mut stage, page);
        for key in ["down", "up", "pageup", "enter", "down"] {
            assert!(!stage.screen().trim().is_empty());
            stage.press(key);
        }
    }
    stage.record(rewound(6, None));
    assert!(!stage.screen().contains("second answer"));
}
