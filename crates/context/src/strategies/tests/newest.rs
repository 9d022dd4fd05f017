//! What the model said or thought last and is more than the window holds (HARNESS D3).

use headwater_protocol::events::SummaryAsk;
use headwater_protocol::{ContextEdit, EditKind, Passage};
use proptest::prelude::*;

use super::super::{Caps, relieve};
use super::stage::{ALL, Stage, is_paired};
use crate::project::project;
use crate::summary::summary_request;
use crate::tokens::estimate;

const NO_READER: Caps = Caps { has_reader: false, may_summarize: true };

fn long() -> String {
    "a line of what was said\n".repeat(2_000)
}

/// Relieves it and says what was done; what is left can be sent, and nothing is done twice.
fn relieved(stage: &mut Stage, caps: Caps) -> (EditKind, Vec<ContextEdit>) {
    let relieved = relieve(&stage.scene(caps)).unwrap();
    let edits = relieved.plan.edits.clone();
    stage.edit(relieved.kind, relieved.plan);
    assert!(stage.size() <= stage.scene(caps).pressure.limit.0, "{}", stage.size());
    let again = format!("{:?}", relieve(&stage.scene(caps)));
    assert!(!again.contains("Said(") && !again.contains("Thought("), "once and for all: {again}");
    assert!(is_paired(&stage.state));
    (relieved.kind, edits)
}

#[test]
fn d3_words_longer_than_the_window_are_stored_and_their_call_stays() {
    let mut stage = Stage::new(8_000);
    stage.says("explain all of it");
    let record = stage.thinks("", None, &long(), &["found"]);
    let (kind, edits) = relieved(&mut stage, ALL);
    assert_eq!(kind, EditKind::Externalize);
    let [ContextEdit::Externalize { replacement, blob }] = edits.as_slice() else { panic!("{edits:?}") };
    assert_eq!(replacement.passage, Passage::Said(record));
    assert_eq!((blob.id.as_str(), blob.bytes.0), (&*format!("context-{record}"), long().len() as u64));
    assert!(replacement.text.contains(&format!("read blob:context-{record} with")), "{}", replacement.text);
}

#[test]
fn d3_thoughts_longer_than_the_window_are_stored_beside_the_words() {
    let mut stage = Stage::new(8_000);
    stage.says("explain all of it");
    let record = stage.thinks(&long(), Some("signed"), &long(), &["found"]);
    let (_, edits) = relieved(&mut stage, ALL);
    let stored = edits.iter().map(|edit| match edit {
        ContextEdit::Externalize { replacement, blob } => (replacement.passage.clone(), blob.id.to_string()),
        other => panic!("{other:?}"),
    });
    let words = (Passage::Said(record), format!("context-{record}"));
    let thoughts = (Passage::Thought(record), format!("context-{record}-thoughts"));
    let mut stored: Vec<_> = stored.collect();
    stored.sort_by_key(|(_, id)| id.len());
    assert_eq!(stored, [words, thoughts]);
}

#[test]
fn d3_a_signature_longer_than_the_window_goes_and_the_thought_stays() {
    let mut stage = Stage::new(8_000);
    stage.says("think");
    let record = stage.thinks("I see.", Some(&"x".repeat(60_000)), "So.", &["found"]);
    let (kind, edits) = relieved(&mut stage, ALL);
    assert_eq!(kind, EditKind::ClearResults);
    let [ContextEdit::ClearResults { cleared }] = edits.as_slice() else { panic!("{edits:?}") };
    assert_eq!((&cleared[0].passage, &*cleared[0].text), (&Passage::Thought(record), "I see."));
}

#[test]
fn d3_where_nothing_can_be_stored_the_models_words_are_cut() {
    let in_mission = || {
        let mut stage = Stage::mission(8_000);
        stage.says("the task");
        stage.block_after(&long(), 1, "42");
        stage
    };
    let without_reader = || {
        let mut stage = Stage::new(8_000);
        stage.says("go");
        stage.thinks(&long(), None, &long(), &["found"]);
        stage
    };
    for mut stage in [in_mission(), without_reader()] {
        let (kind, edits) = relieved(&mut stage, NO_READER);
        assert_eq!(kind, EditKind::ClearResults);
        let text = format!("{edits:?}");
        assert!(text.contains("bytes are left out to save room …]") && !text.contains("blob:"), "{text}");
    }
}

#[test]
fn d3_much_in_one_step_that_is_too_much_together_is_cut_together() {
    let mut stage = Stage::new(8_000);
    stage.says("go");
    let each = "a line of what was said\n".repeat(180);
    stage.thinks(&each, None, &each, &[&*each, &*each, &*each, &*each]);
    relieved(&mut stage, ALL);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Whatever the model says and thinks and whatever comes of it: the next request can be sent, and so can the one for a
    /// summary of it.
    #[test]
    fn d3_nothing_that_a_model_says_is_more_than_can_be_relieved(
        sizes in prop::collection::vec((0usize..60_000, 0usize..60_000, 1usize..20_000), 1..5),
        window in prop_oneof![Just(8_192u64), Just(32_768)],
        may_summarize in any::<bool>(),
    ) {
        let mut stage = Stage::new(window);
        stage.says("the wish");
        for (thought, said, result) in sizes {
            stage.thinks(&"so it is\n".repeat(thought / 9), None, &"thus it is\n".repeat(said / 11), &[&*"x ".repeat(result / 2)]);
            let scene = stage.scene(Caps { has_reader: true, may_summarize });
            if scene.pressure.is_high() {
                let relieved = relieve(&scene).unwrap();
                let most = scene.pressure.most.0;
                stage.edit(relieved.kind, relieved.plan);
                prop_assert!(stage.size() <= most, "{} of {most}", stage.size());
            }
            prop_assert!(is_paired(&stage.state));
        }
    }

    #[test]
    fn p4_the_request_for_a_summary_of_one_long_message_fits_the_window(
        thought in 0usize..80_000,
        said in 0usize..80_000,
        attempt in 1u32..4,
    ) {
        let mut stage = Stage::new(8_192);
        stage.says(&"paste ".repeat(said / 6));
        stage.thinks(&"t".repeat(thought), None, &"s".repeat(said), &[&*"r".repeat(said)]);
        let before = stage.says("the newest");
        let ask = SummaryAsk { before, words: 100, attempt, ..SummaryAsk::default() };
        let request = summary_request(&stage.state, &ask).unwrap();
        let reserve = request.hints.max_output.unwrap();
        prop_assert!(estimate(&request, 1.0).0 + reserve.0 <= 8_192);
        prop_assert!(project(&stage.state).is_some());
    }
}
