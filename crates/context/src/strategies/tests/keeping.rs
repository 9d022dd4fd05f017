//! Properties of every plan on generated runs (HARNESS D3, X1, M2).

use headwater_protocol::events::{AssistantBlock, AssistantMessage, SummaryAsk, TodosChanged};
use headwater_protocol::views::{Conversation, PieceKind, RunState, fold};
use headwater_protocol::{ContextEdit, EditKind, Message, StopSignal, Todo, TodoStatus};
use proptest::prelude::*;

use super::super::{Caps, relieve};
use super::stage::{ALL, Stage, is_paired};
use crate::project::project;
use crate::summary::{summary_request, summary_text};
use crate::tokens::estimate;

/// One thing that happens in a run.
#[derive(Clone, Debug)]
enum Move {
    Says(usize),
    Answers(usize),
    Step(Vec<usize>),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let size = prop_oneof![3 => 1usize..200, 2 => 200usize..3_000, 1 => 3_000usize..30_000];
    let one = prop_oneof![
        1 => (1usize..400).prop_map(Move::Says),
        2 => size.clone().prop_map(Move::Answers),
        6 => prop::collection::vec(size, 1..4).prop_map(Move::Step),
    ];
    prop::collection::vec(one, 2..40)
}

fn text(size: usize) -> String {
    "some words in a line\n".repeat(size / 21 + 1)
}

fn play(stage: &mut Stage, moves: &[Move]) {
    stage.says("the first wish");
    for one in moves {
        match one {
            Move::Says(size) => {
                stage.says(&text(*size));
            }
            Move::Answers(size) => stage.answers(&text(*size)),
            Move::Step(sizes) => {
                let results: Vec<String> = sizes.iter().map(|size| text(*size)).collect();
                stage.step(&results.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
    }
    let todos = vec![Todo { text: "write «the» tests".into(), status: TodoStatus::InProgress }];
    stage.record(TodosChanged { todos });
}

/// What the person said last, as the model reads it.
fn last_said(state: &RunState) -> Option<String> {
    let mut all = state.conversation.entries().iter().flat_map(|entry| {
        let Message::User { parts } = entry.message.as_ref() else { return Vec::new() };
        entry.pieces.iter().zip(parts).collect()
    });
    all.rfind(|(piece, _)| piece.kind == PieceKind::Said).map(|(_, text)| text.clone())
}

fn summaries(state: &RunState) -> usize {
    let pieces = state.conversation.entries().iter().flat_map(|entry| &entry.pieces);
    pieces.filter(|piece| piece.kind == PieceKind::Summary).count()
}

/// What a request holds when it is written as JSON: every value in it, and none of the keys, which a server leaves out.
fn written(state: &RunState) -> f64 {
    fn weight(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Object(fields) => fields.values().map(weight).sum(),
            serde_json::Value::Array(items) => items.iter().map(weight).sum(),
            serde_json::Value::String(text) => text.len(),
            plain => plain.to_string().len(),
        }
    }
    weight(&serde_json::to_value(project(state).unwrap()).unwrap()) as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn d3_x1_m2_every_plan_keeps_what_it_must(
        moves in moves(),
        window in prop_oneof![Just(4_000u64), Just(8_192), Just(32_768)],
        has_reader in any::<bool>(),
        may_summarize in any::<bool>(),
        rounds in 1usize..4,
    ) {
        let mut stage = Stage::new(window);
        let caps = Caps { has_reader, may_summarize };
        for _ in 0..rounds {
            play(&mut stage, &moves);
            let scene = stage.scene(caps);
            if !scene.pressure.is_high() {
                continue;
            }
            let Some(relieved) = relieve(&scene) else { continue };
            let said = last_said(&stage.state);
            // Where nothing is enough, a drop may leave what can just be sent.
            let is_drop = relieved.kind == EditKind::Drop && scene.pressure.is_too_large();
            let limit = if is_drop { scene.pressure.most } else { scene.pressure.limit };
            let (before, bytes) = (stage.size(), written(&stage.state));
            let estimate = relieved.plan.estimate.0;
            let again = relieve(&stage.scene(caps));
            prop_assert_eq!(again.as_ref(), Some(&relieved), "the same state gives the same plan");
            stage.edit(relieved.kind, relieved.plan);

            prop_assert!(is_paired(&stage.state));
            prop_assert_eq!(last_said(&stage.state), said);
            prop_assert!(summaries(&stage.state) <= 1);
            prop_assert!(stage.size() <= limit.0, "{} of {}", stage.size(), limit.0);
            // X1: within 10 % of what is really saved, by our own measure and by what goes out.
            let saved = before - stage.size();
            prop_assert!(estimate.abs_diff(saved) * 10 <= saved, "{} against {}", estimate, saved);
            let saved = (bytes - written(&stage.state)) / 3.7;
            prop_assert!((estimate as f64 - saved).abs() <= saved * 0.1, "{} against {}", estimate, saved);
            if relieved.kind == EditKind::Summarize {
                let Message::User { parts } = stage.state.conversation.entries()[0].message.as_ref() else {
                    panic!("a summary speaks for the harness")
                };
                prop_assert!(parts[0].contains("- [in progress] write «the» tests"));
            }
        }
        let all: Conversation = fold(&stage.records);
        prop_assert_eq!(all, stage.state.conversation);
    }

    #[test]
    fn p4_the_request_for_a_summary_fits_the_window_at_each_attempt(
        moves in moves(),
        window in prop_oneof![Just(4_000u64), Just(8_192), Just(32_768)],
        attempt in 1u32..4,
    ) {
        let mut stage = Stage::new(window);
        play(&mut stage, &moves);
        stage.says("the newest");
        let before = stage.state.conversation.entries().last().unwrap().seq;
        let ask = SummaryAsk { before, focus: Some("the names".into()), words: 100, attempt, ..SummaryAsk::default() };
        let request = summary_request(&stage.state, &ask).unwrap();
        let reserve = request.hints.max_output.unwrap();
        // A single message that no clearing makes shorter is sent as it is.
        let is_bare = request.messages.iter().filter(|m| !matches!(m.as_ref(), Message::ToolResult { .. })).count() == 2;
        prop_assert!(is_bare || estimate(&request, 1.0).0 + reserve.0 <= window);
        let last = request.messages.last().unwrap();
        let Message::User { parts } = last.as_ref() else { panic!("the harness asks") };
        prop_assert!(parts[0].contains("## Goal") && parts[0].ends_with("the names"));
        prop_assert_eq!(request.tools.len(), usize::from(attempt == 1));
    }
}

#[test]
fn d7_the_request_for_a_summary_begins_with_the_last_request() {
    let mut stage = Stage::new(32_768);
    play(&mut stage, &[Move::Step(vec![300]), Move::Answers(500), Move::Step(vec![100])]);
    let before = stage.state.conversation.entries().last().unwrap().seq;
    let ask = SummaryAsk { before, words: 100, attempt: 1, ..SummaryAsk::default() };
    let (request, turn) = (summary_request(&stage.state, &ask).unwrap(), project(&stage.state).unwrap());
    let count = request.messages.len() - 1;
    assert_eq!(request.messages[..count], turn.messages[..count]);
    assert_eq!((request.system, request.tools), (turn.system, turn.tools));
}

#[test]
fn m2_the_request_for_a_second_summary_carries_the_first_however_much_has_come_since() {
    let mut stage = Stage::new(8_192);
    play(&mut stage, &[Move::Answers(500), Move::Says(100)]);
    let edit = |before| ContextEdit::Summarize { before, text: "what was done".into(), keep: vec![] };
    let before = stage.state.conversation.entries().last().unwrap().seq;
    let plan = stage.scene(ALL).plan(vec![edit(before)]);
    stage.edit(EditKind::Summarize, plan);
    play(&mut stage, &[Move::Answers(15_000), Move::Answers(15_000), Move::Says(100)]);
    let before = stage.state.conversation.entries().last().unwrap().seq;
    for attempt in 1..4 {
        let ask = SummaryAsk { before, words: 100, attempt, ..SummaryAsk::default() };
        let request = summary_request(&stage.state, &ask).unwrap();
        let Message::User { parts } = request.messages[0].as_ref() else { panic!("the summary") };
        assert_eq!(parts[0], "what was done", "attempt {attempt}");
    }
}

#[test]
fn d3_the_request_for_a_summary_after_a_refusal_is_smaller_than_what_was_refused() {
    let mut stage = Stage::new(128_000);
    let many: Vec<Move> = (0..20).map(|_| Move::Answers(3_000)).collect();
    play(&mut stage, &many);
    let before = stage.says("the newest");
    let refused = stage.scene(ALL).pressure.refused();
    let ask =
        SummaryAsk { before, words: 100, attempt: 1, most: Some(refused.most), ..SummaryAsk::default() };
    let size = |ask: &SummaryAsk| estimate(&summary_request(&stage.state, ask).unwrap(), 1.0);
    assert!(size(&ask) <= refused.most, "{:?} of {:?}", size(&ask), refused.most);
    assert!(size(&SummaryAsk { most: None, ..ask }) > refused.most);
}

#[test]
fn the_request_for_a_summary_carries_no_call_that_the_log_does_not_hold() {
    let mut stage = Stage::new(32_768);
    stage.says("do it");
    let blocks = vec![AssistantBlock::Text { bytes: 2 }, AssistantBlock::Call { call: "lost".into() }];
    let stop = StopSignal::ToolCalls;
    stage.record(AssistantMessage { text: "so".into(), blocks, origin: "v/m".into(), stop });
    let before = stage.says("go on");
    let ask = SummaryAsk { before, words: 100, attempt: 1, ..SummaryAsk::default() };
    let (request, turn) = (summary_request(&stage.state, &ask).unwrap(), project(&stage.state).unwrap());
    assert_eq!(request.messages[..2], turn.messages[..2]);
}

#[test]
fn e3_other_words_for_a_summary_leave_the_logs_as_they_are() {
    let mut stage = Stage::new(32_768);
    play(&mut stage, &[Move::Answers(500)]);
    let before = stage.says("the newest");
    let asked = |prompt: Option<&str>| {
        let prompt = prompt.map(str::to_owned);
        let ask = SummaryAsk { before, words: 100, attempt: 1, prompt, ..SummaryAsk::default() };
        summary_request(&stage.state, &ask).unwrap()
    };
    let last = |request: &headwater_protocol::Projection| match request.messages.last().unwrap().as_ref() {
        Message::User { parts } => parts.concat(),
        other => panic!("{other:?}"),
    };
    assert_eq!(last(&asked(Some("Say what was done."))), "Say what was done.");
    // What was not recorded was asked with the words of the first schema.
    let usual = crate::summary::summary_prompt(100, None);
    assert_eq!(asked(None).digest(), asked(Some(&usual)).digest());
    assert_ne!(asked(None).digest(), asked(Some("Say what was done.")).digest());
}

#[test]
fn the_summary_stands_for_what_it_says_it_does() {
    let mut stage = Stage::new(32_768);
    assert!(!summary_text(&stage.state, " text ").contains("todo"));
    play(&mut stage, &[]);
    assert!(
        summary_text(&stage.state, " text ").ends_with(
            "\n\ntext\n\nThe todo list as it stands:\n- [in progress] write «the» tests\n</summary>"
        )
    );
}
