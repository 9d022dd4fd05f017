//! X3, X4: the first strategy that fits is taken, in their order.

use headwater_protocol::events::{ReminderInjected, TodosChanged};
use headwater_protocol::views::PieceKind;
use headwater_protocol::{ContextEdit, EditKind, EditReason, Message, Todo, TodoStatus, Tokens};

use super::super::{Caps, compact, relieve};
use super::stage::{ALL, Stage, is_paired};

const NO_READER: Caps = Caps { has_reader: false, may_summarize: true };
const NEITHER: Caps = Caps { has_reader: false, may_summarize: false };
const NO_SUMMARY: Caps = Caps { has_reader: true, may_summarize: false };

/// What a run is like, how it comes to be, what can be done, and what is done.
type Case = (&'static str, fn() -> Stage, Caps, EditKind);

/// A few long results.
fn long_results() -> Stage {
    let mut stage = Stage::new(16_000);
    stage.says("do it");
    let text = "a line of text\n".repeat(1_000);
    (0..4).for_each(|_| stage.step(&[&text]));
    stage.step(&["short"]);
    stage
}

/// Many results none of which is long.
fn many_results() -> Stage {
    let mut stage = Stage::new(16_000);
    stage.says("do it");
    let text = "word ".repeat(500);
    (0..20).for_each(|_| stage.step(&[&text]));
    stage
}

/// Much talk and hardly an output.
fn much_talk() -> Stage {
    let mut stage = Stage::new(16_000);
    for n in 0..30 {
        stage.says(&format!("question {n}"));
        stage.answers(&"answer ".repeat(250));
    }
    stage.says("the last question");
    stage
}

#[test]
fn x4_the_first_strategy_that_fits_is_taken() {
    let table: [Case; 6] = [
        ("long results are stored", long_results, ALL, EditKind::Externalize),
        ("without a reader they are cleared", long_results, NO_READER, EditKind::ClearResults),
        ("many short results are cleared", many_results, ALL, EditKind::ClearResults),
        ("talk is summarized", much_talk, ALL, EditKind::Summarize),
        ("without a summary it is dropped", much_talk, NO_SUMMARY, EditKind::Drop),
        ("no summary is needed for results", many_results, NO_SUMMARY, EditKind::ClearResults),
    ];
    for (name, stage, caps, expected) in table {
        let mut stage = stage();
        assert!(stage.scene(caps).pressure.is_high(), "{name}");
        let relieved = relieve(&stage.scene(caps)).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(relieved.kind, expected, "{name}");
        assert_eq!(relieved.plan.reason, EditReason::Pressure);
        stage.edit(relieved.kind, relieved.plan);
        assert!(!stage.scene(caps).pressure.is_high() && is_paired(&stage.state), "{name}");
    }
}

#[test]
fn x5_what_can_be_done_here_changes_nothing_but_the_placeholders() {
    // As docs/ARCHITECTURE.md lists them.
    let is_placeholder = |text: &str| {
        let stored = text.contains("bytes are left out to save room; all of it: read blob:context-");
        let cleared = text.starts_with('[') && text.ends_with("Call again if you still need it.]");
        stored || (cleared && text.contains("bytes of an older result were cleared to save room"))
    };
    for stage in [long_results, many_results] {
        let whole = stage().state.conversation.messages();
        let with = |caps: Caps| {
            let mut stage = stage();
            let relieved = relieve(&stage.scene(caps)).unwrap();
            stage.edit(relieved.kind, relieved.plan);
            stage.state.conversation.messages()
        };
        let (reader, no_reader) = (with(ALL), with(NO_READER));
        assert_eq!((reader.len(), no_reader.len()), (whole.len(), whole.len()));
        let mut replaced = [0, 0];
        for (at, message) in whole.iter().enumerate() {
            for (side, other) in [&reader[at], &no_reader[at]].into_iter().enumerate() {
                if other == message {
                    continue;
                }
                let (
                    Message::ToolResult { call, is_error, .. },
                    Message::ToolResult { call: same, is_error: alike, text, .. },
                ) = (message.as_ref(), other.as_ref())
                else {
                    panic!("only results change: {other:?}")
                };
                assert!(call == same && is_error == alike && is_placeholder(text), "{text}");
                replaced[side] += 1;
            }
        }
        assert!(replaced[0] > 0 && replaced[1] > 0, "{replaced:?}");
    }
}

#[test]
fn x6_a_plan_frees_enough_that_the_cache_seldom_breaks() {
    for stage in [long_results, many_results, much_writing] {
        let mut stage = stage();
        let pressure = stage.scene(ALL).pressure;
        let relieved = relieve(&stage.scene(ALL)).unwrap();
        let before = stage.state.conversation.messages();
        // One record, and what it frees is the room between the limit and the goal at least.
        assert!(
            relieved.plan.estimate >= Tokens(pressure.limit.0 - pressure.goal.0),
            "{:?}",
            relieved.plan.estimate
        );
        stage.edit(relieved.kind, relieved.plan);
        assert!(stage.size() <= pressure.goal.0);
        let after = stage.state.conversation.messages();
        let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        assert!(same >= 1, "what the person said stays in front: {same}");
    }
}

#[test]
fn x4_nothing_is_proposed_where_nothing_can_be_made_smaller() {
    let mut stage = Stage::new(4_000);
    stage.says(&"a very long message ".repeat(1_000));
    assert_eq!(relieve(&stage.scene(NO_READER)), None);
}

#[test]
fn d3_what_came_last_and_alone_is_too_much_is_cut_and_can_be_read_in_pages() {
    let long = "a line of what was pasted\n".repeat(2_000);
    let pasted = || {
        let mut stage = Stage::new(8_000);
        stage.says("look at this");
        stage.answers("yes");
        stage.says(&long);
        stage
    };
    let called = || {
        let mut stage = Stage::new(8_000);
        stage.says("write it");
        stage.write(&long);
        stage
    };
    // Of a call nothing is stored: what it wrote stands on disk.
    for (mut stage, kind) in [(pasted(), EditKind::Externalize), (called(), EditKind::ClearResults)] {
        let relieved = relieve(&stage.scene(ALL)).unwrap();
        assert_eq!(relieved.kind, kind);
        stage.edit(relieved.kind, relieved.plan);
        assert!(stage.size() <= stage.scene(ALL).pressure.limit.0, "{}", stage.size());
        assert_eq!(relieve(&stage.scene(ALL)), None, "once and for all");
    }
}

#[test]
fn d3_many_results_of_one_step_that_are_too_much_together_are_cut_together() {
    let lines = "a line of a file that was read\n".repeat(60);
    let mut stage = Stage::new(8_000);
    stage.says("read them all");
    stage.step(&[lines.as_str(); 30]);
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    assert_eq!(relieved.kind, EditKind::Externalize);
    stage.edit(relieved.kind, relieved.plan);
    assert!(stage.size() <= stage.scene(ALL).pressure.limit.0, "{}", stage.size());
    assert_eq!(relieve(&stage.scene(ALL)), None, "once and for all");
}

#[test]
fn d3_a_drop_that_lets_the_request_be_sent_is_better_than_none() {
    let of = |newest: usize| {
        let mut stage = Stage::new(8_000);
        stage.says("do it");
        stage.answers(&"a b ".repeat(1_000));
        stage.says(&"a b ".repeat(newest));
        stage
    };
    // (newest, whether it is taken): the limit is 6,800 tokens, 7,000 can be sent.
    let sizes = |stage: &Stage| (stage.scene(NEITHER).pressure.limit.0, stage.scene(NEITHER).pressure.most.0);
    for (newest, is_taken) in [(5_900, true), (6_300, false)] {
        let mut stage = of(newest);
        let (limit, most) = sizes(&stage);
        let relieved = relieve(&stage.scene(NEITHER));
        assert_eq!(
            relieved.as_ref().map(|relieved| relieved.kind),
            is_taken.then_some(EditKind::Drop),
            "{newest}"
        );
        let Some(relieved) = relieved else { continue };
        stage.edit(relieved.kind, relieved.plan);
        assert!((limit + 1..=most).contains(&stage.size()), "{} of {limit} and {most}", stage.size());
        assert_eq!(relieve(&stage.scene(NEITHER)), None, "what can be sent loses no message");
    }
}

#[test]
fn d3_after_a_refusal_a_tenth_less_is_worth_the_try() {
    for (old, is_taken) in [(400, true), (100, false)] {
        let mut stage = Stage::new(128_000);
        stage.says("do it");
        stage.answers(&"a b ".repeat(old));
        stage.says(&"a b ".repeat(2_000));
        let mut scene = stage.scene(NO_SUMMARY);
        (scene.pressure, scene.reason) = (scene.pressure.refused(), EditReason::Refused);
        assert_eq!(
            relieve(&scene).map(|relieved| relieved.kind),
            is_taken.then_some(EditKind::Drop),
            "{old}"
        );
    }
}

#[test]
fn x6_a_summary_takes_what_is_long_in_the_newest_messages_along() {
    let mut stage = much_talk();
    stage.says("look at this");
    stage.step(&[&"a line of text\n".repeat(4_000)]);
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    assert_eq!(relieved.kind, EditKind::Summarize);
    let tags: Vec<bool> =
        relieved.plan.edits.iter().map(|edit| matches!(edit, ContextEdit::Externalize { .. })).collect();
    assert_eq!(tags, [true, false], "one plan, so that the cache breaks once");
}

#[test]
fn d3_the_newest_results_stay_as_long_as_the_old_ones_are_enough() {
    let stage = long_results();
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    assert_eq!(relieved.plan.edits.len(), 4);
    let mut stage = Stage::new(8_000);
    stage.says("do it");
    stage.step(&[&"a line of text\n".repeat(1_400), &"b\n".repeat(12_000)]);
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    assert_eq!((relieved.kind, relieved.plan.edits.len()), (EditKind::Externalize, 2));
}

#[test]
fn x4_a_drop_says_so_and_takes_no_more_than_it_must() {
    let mut stage = much_talk();
    let todo = Todo { text: "write </reminder> tests".into(), status: TodoStatus::InProgress };
    stage.record(TodosChanged { todos: vec![todo] });
    let messages = stage.state.conversation.entries().len();
    let relieved = relieve(&stage.scene(NO_SUMMARY)).unwrap();
    stage.edit(relieved.kind, relieved.plan);
    let entries = stage.state.conversation.entries();
    assert!(entries.len() > messages / 2, "{} of {messages}", entries.len());
    let Message::User { parts } = entries[0].message.as_ref() else { panic!("a message to the model") };
    assert!(parts[0].contains("older messages were left out"), "{parts:?}");
    assert!(parts[0].contains("\n- [in progress] write &lt;/reminder> tests\n</reminder>"), "{parts:?}");
}

#[test]
fn x2_in_a_mission_old_outputs_are_shortened_to_their_facts() {
    let mut stage = Stage::mission(8_000);
    stage.says("the task");
    (1..12).for_each(|cell| stage.block(cell, &"output\n".repeat(400)));
    let caps = Caps { has_reader: false, may_summarize: true };
    let relieved = relieve(&stage.scene(caps)).unwrap();
    assert_eq!(relieved.kind, EditKind::ClearResults);
    stage.edit(relieved.kind, relieved.plan);
    let Message::User { parts } = stage.state.conversation.entries()[2].message.as_ref() else {
        panic!("an output")
    };
    assert!(parts[0].starts_with("[block 1] ok 0.1 s\n[The rest of this older output"), "{parts:?}");
    let last = stage.state.conversation.entries().last().unwrap().message.clone();
    assert!(matches!(&*last, Message::User { parts } if parts[0].len() > 2_000), "the newest stays");
}

#[test]
fn m2_a_mission_keeps_its_task_through_a_summary() {
    let mut stage = Stage::mission(8_000);
    stage.says("the task, byte for byte");
    (1..12).for_each(|cell| stage.block(cell, "fine"));
    (12..30).for_each(|_| stage.answers(&"thoughts ".repeat(150)));
    let caps = Caps { has_reader: false, may_summarize: true };
    let relieved = relieve(&stage.scene(caps)).unwrap();
    assert_eq!(relieved.kind, EditKind::Summarize);
    stage.edit(relieved.kind, relieved.plan);
    let first = &stage.state.conversation.entries()[0];
    let kinds: Vec<PieceKind> = first.pieces.iter().map(|piece| piece.kind).collect();
    assert_eq!(kinds, [PieceKind::Summary, PieceKind::Said]);
    assert!(
        matches!(first.message.as_ref(), Message::User { parts } if parts[1] == "the task, byte for byte")
    );
}

#[test]
fn d3_what_the_mode_asks_for_stays_through_every_edit() {
    for (caps, expected) in [(ALL, EditKind::Summarize), (NO_SUMMARY, EditKind::Drop)] {
        let mut stage = Stage::new(16_000);
        for (mode, text) in [("modes/agent", "the old mode"), ("modes/plan", "only plan")] {
            stage.says("go");
            stage.record(ReminderInjected { key: mode.into(), text: text.into() });
            stage.answers("yes");
        }
        for round in 0..2 {
            (0..30).for_each(|_| {
                stage.says("and?");
                stage.answers(&"answer ".repeat(250));
            });
            let relieved = relieve(&stage.scene(caps)).unwrap();
            assert_eq!(relieved.kind, expected, "{round}");
            stage.edit(relieved.kind, relieved.plan);
            let all = format!("{:?}", stage.state.conversation.messages());
            assert_eq!((all.matches("only plan").count(), all.contains("the old mode")), (1, false));
        }
    }
}

#[test]
fn a3_the_parts_that_are_told_are_the_request_that_is_sent() {
    let mut stage = much_talk();
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    stage.edit(relieved.kind, relieved.plan);
    stage.step(&["a result"]);
    let parts = crate::project::breakdown(&stage.state);
    let sum: u64 = parts.iter().map(|part| part.tokens.0).sum();
    assert!(sum.abs_diff(stage.size()) * 50 <= stage.size(), "{sum} of {}", stage.size());
    assert!(parts.iter().any(|part| part.name == "summary" && part.tokens.0 > 1_000), "{parts:?}");
}

#[test]
fn s5_a_person_gets_a_summary_of_a_short_conversation_too() {
    let mut stage = Stage::new(100_000);
    assert_eq!(compact(&stage.scene(ALL)), None);
    stage.says("first");
    assert_eq!(compact(&stage.scene(ALL)), None, "nothing was answered");
    stage.answers(&"answer ".repeat(6_000));
    stage.says("second");
    stage.answers("done");
    let mut scene = stage.scene(ALL);
    scene.reason = EditReason::Asked;
    assert_eq!(compact(&scene).map(|relieved| relieved.kind), Some(EditKind::Summarize));
}

/// Long files written one after another, and short results.
fn much_writing() -> Stage {
    let mut stage = Stage::new(16_000);
    stage.says("do it");
    for _ in 0..8 {
        stage.write(&"a line of a file\n".repeat(400));
    }
    stage.step(&["short"]);
    stage
}

/// A head that the project's instructions make larger than the window has room for.
fn long_instructions() -> Stage {
    let instructions = "Use tabs.\n".repeat(2_400);
    let system = format!(
        "You work.\n{}Follow them.\n\n<instructions from=\"AGENTS.md\">\n{instructions}\n</instructions>\n",
        crate::header::INSTRUCTIONS_TITLE
    );
    let mut stage = Stage::with_system(8_000, system);
    stage.says("do it");
    stage.answers("I begin.");
    stage.says("go on");
    stage
}

#[test]
fn x4_inputs_go_after_results_and_the_head_after_everything() {
    let table: [Case; 3] = [
        ("long inputs are cleared beside the results", much_writing, ALL, EditKind::ClearResults),
        ("nothing else makes the head smaller", long_instructions, ALL, EditKind::Reframe),
        ("not where a summary may be asked for either", long_instructions, NO_SUMMARY, EditKind::Reframe),
    ];
    for (name, stage, caps, expected) in table {
        let mut stage = stage();
        let relieved = relieve(&stage.scene(caps)).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(relieved.kind, expected, "{name}");
        stage.edit(relieved.kind, relieved.plan);
        assert!(!stage.scene(caps).pressure.is_high() && is_paired(&stage.state), "{name}");
    }
    assert_eq!(relieve(&long_instructions().scene(NO_READER)), None, "nobody could read them again");
}

#[test]
fn x2_cleared_inputs_are_what_the_tools_schema_asks_for() {
    let mut stage = much_writing();
    let before = stage.size();
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    let estimate = relieved.plan.estimate.0;
    stage.edit(relieved.kind, relieved.plan);
    assert!((before - stage.size()).abs_diff(estimate) * 10 <= estimate);
    let calls: Vec<serde_json::Value> = stage.inputs();
    let is_short =
        |input: &&serde_json::Value| input["content"].as_str().is_some_and(|text| text.len() < 400);
    assert_eq!((calls.len(), calls.iter().filter(is_short).count()), (9, 8), "{calls:?}");
    for input in calls.iter().filter(is_short) {
        assert_eq!(input["path"], "notes.md");
        assert!(input["content"].as_str().unwrap().starts_with("a line of a file\n"), "{input}");
    }
}

#[test]
fn x2_a_reframed_head_names_what_it_left_out() {
    let mut stage = long_instructions();
    let relieved = relieve(&stage.scene(ALL)).unwrap();
    stage.edit(relieved.kind, relieved.plan);
    let system = &crate::project::project(&stage.state).unwrap().system;
    assert!(system.starts_with("You work.\n") && system.ends_with("- AGENTS.md (24000 bytes)\n"), "{system}");
    assert_eq!(relieve(&stage.scene(ALL)), None, "once is enough");
}
