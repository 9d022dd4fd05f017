//! S5, X5: which plans a server can realise, and what a request says of them.

use headwater_protocol::events::{ClearingDelegated, ClearingWithdrawn, WithdrawalCause};
use headwater_protocol::views::Held;
use headwater_protocol::{ContextEdit, ContextEditPlan, EditKind, Passage, Replacement};

use super::super::relieve;
use super::stage::{ALL, Stage};
use crate::clearing::delegable;
use crate::project::project;

const LONG: &str = "a long result, which a line can stand for ";

/// A session of a model whose servers clear: long results, and behind each a short one of another tool where it is wanted.
fn stage(steps: usize, has_short: bool) -> Stage {
    let mut stage = Stage::new(16_000);
    stage.state.session.model.as_mut().unwrap().clears_results = true;
    stage.says("do it");
    for _ in 0..steps {
        stage.step(&[&LONG.repeat(60)]);
        if has_short {
            stage.write("x");
        }
    }
    stage
}

/// A plan that puts this in the place of the results of calls.
fn plan(stage: &Stage, cleared: &[(&str, &str)]) -> ContextEditPlan {
    let replacement = |(call, text): &(&str, &str)| Replacement {
        passage: Passage::Result((*call).into()),
        text: (*text).into(),
    };
    stage
        .scene(ALL)
        .plan(vec![ContextEdit::ClearResults { cleared: cleared.iter().map(replacement).collect() }])
}

fn delegate(stage: &mut Stage, plan: ContextEditPlan) {
    let results = delegable(&stage.state, &plan).unwrap();
    stage.edit(EditKind::ClearResults, plan);
    stage.record(ClearingDelegated { results });
}

#[test]
fn s5_a_server_is_left_what_it_can_be_told_and_nothing_else() {
    let line = "[cleared]";
    /// A name, whether another tool has a short result, the calls whose results are cleared and by what, how many the server clears.
    type Row<'a> = (&'a str, bool, &'a [(&'a str, &'a str)], Option<u32>);
    let table: [Row<'_>; 6] = [
        ("the oldest", false, &[("c1", line), ("c2", line)], Some(2)),
        ("one between", false, &[("c2", line)], None),
        ("all, the newest too", false, &[("c1", line), ("c2", line), ("c3", line)], None),
        ("none of another tool", true, &[("c1", line), ("c3", line)], Some(2)),
        ("one of another tool", true, &[("c1", line), ("c2", line), ("c3", line)], Some(3)),
        ("with the way to all of it", false, &[("c1", "[cleared; all of it: read blob:context-4.]")], None),
    ];
    for (name, has_short, cleared, expected) in table {
        let stage = stage(3, has_short);
        let plan = plan(&stage, cleared);
        assert_eq!(delegable(&stage.state, &plan), expected, "{name}");
        let mut other = stage;
        other.state.session.model.as_mut().unwrap().clears_results = false;
        assert_eq!(delegable(&other.state, &plan), None, "{name}: a server that cannot");
    }
    let stage = stage(3, false);
    let mut both = plan(&stage, &[("c1", line)]);
    both.edits.push(ContextEdit::Drop { before: 1, text: "gone".into(), keep: vec![] });
    assert_eq!(delegable(&stage.state, &both), None, "a plan that does something else too");
}

#[test]
fn s5_x5_a_request_says_what_is_kept_and_holds_the_rest_whole() {
    let mut stage = stage(4, true);
    let cleared = plan(&stage, &[("c1", "[one]"), ("c3", "[two]")]);
    let before = project(&stage.state).unwrap();
    delegate(&mut stage, cleared);
    let request = project(&stage.state).unwrap();
    let clearing = request.clearing.clone().unwrap();
    // Of eight uses the first three are old: the second is of a tool whose results stay.
    assert_eq!(
        (clearing.keep, clearing.cleared, clearing.exclude.as_slice()),
        (5, 2, &["write".to_owned()][..])
    );
    assert_eq!(request.uncleared(), before.messages);
    assert_ne!(request.messages, before.messages);
    // What is measured is what the model reads.
    let mut here = stage.state.clone();
    here.session.model.as_mut().unwrap().clears_results = false;
    let local = project(&here).unwrap();
    assert_eq!((local.clearing.as_ref(), &local.messages), (None, &request.messages));
    assert_eq!(crate::tokens::estimate(&local, 1.0), crate::tokens::estimate(&request, 1.0));
    // One more use is one more that is kept.
    stage.step(&["short"]);
    let later = project(&stage.state).unwrap().clearing.unwrap();
    assert_eq!((later.keep, later.cleared), (6, 2));
}

#[test]
fn s5_what_was_left_to_the_server_ends_with_another_edit_or_its_failure() {
    let is_left = |stage: &Stage| project(&stage.state).unwrap().clearing.is_some();
    let withdrawn =
        ClearingWithdrawn { cause: WithdrawalCause::Differs, planned: 1, cleared: 0, detail: String::new() };
    let mut stage = stage(4, false);
    let first = plan(&stage, &[("c1", "[one]")]);
    delegate(&mut stage, first);
    assert!(is_left(&stage));
    let second = plan(&stage, &[("c2", "[two]")]);
    stage.edit(EditKind::ClearResults, second);
    assert!(!is_left(&stage), "nobody has left the second to the server");
    let third = plan(&stage, &[("c3", "[three]")]);
    delegate(&mut stage, third);
    let whole = project(&stage.state).unwrap().clearing.unwrap();
    assert_eq!((whole.cleared, whole.whole.len(), whole.keep), (3, 3, 1));
    stage.record(withdrawn);
    assert!(!is_left(&stage));
    let held = |stage: &Stage| {
        let pieces = stage.state.conversation.entries().iter().flat_map(|entry| &entry.pieces);
        pieces.filter(|piece| piece.held == Held::Cleared).count()
    };
    assert_eq!(held(&stage), 3);
    stage.step(&[&LONG.repeat(60)]);
    let fourth = plan(&stage, &[("c4", "[four]")]);
    assert_eq!(delegable(&stage.state, &fourth), None, "it is not asked again");
}

#[test]
fn x5_the_policys_plan_is_the_same_whoever_carries_it_out() {
    for has_short in [true, false] {
        let (with, mut without) = (stage(30, has_short), stage(30, has_short));
        without.state.session.model.as_mut().unwrap().clears_results = false;
        let relieved = relieve(&with.scene(ALL));
        assert_eq!(relieved, relieve(&without.scene(ALL)));
        let plan = relieved.unwrap().plan;
        assert!(delegable(&with.state, &plan).is_some(), "{has_short}");
    }
}
