//! Every repair over thousands of states: sessions as an engine records them, cut anywhere, with records lost, doubled
//! and moved.

mod stage;

use headwater_protocol::context_edit::{
    ContextEdit, ContextEditPlan, EditKind, EditReason, Passage, Replacement,
};
use headwater_protocol::events::{
    ContextEdited, RepairKind, RequestSent, ResultStatus, SummaryAsk, SummaryRequested, TurnEnded,
    TurnStarted, UserMessage,
};
use headwater_protocol::invariants::{self, Violation};
use headwater_protocol::views::{Phase, fold};
use headwater_protocol::{Block, CallId, EndReason, Message, ModeId, Record, Tokens, View as _};
use proptest::prelude::*;

use self::stage::{
    Step, answered, asked, called, gated, numbered, record, records_of, returned, said, session, step,
};
use super::*;
use crate::sessions::fit_together;

/// States of each property (HARNESS R-P).
const STATES: u32 = 10_000;

/// Repairs to the end; the records that were added.
fn mend(records: &mut Vec<Record>, moment: Moment) -> Vec<Record> {
    let before = records.len();
    let mut state: RunState = fold(&*records);
    loop {
        let events = next(&state, moment);
        if events.is_empty() {
            return records.split_at(before).1.to_vec();
        }
        for event in events {
            let record = record(records.len() as u64, event);
            state.apply(&record);
            records.push(record);
        }
        assert!(records.len() < before + 1_000, "repairs do not come to an end");
    }
}

/// What can become of the lines of a log.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Lost(usize),
    Doubled(usize),
    Moved(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (1usize..60).prop_map(Damage::Lost),
        (1usize..60).prop_map(Damage::Doubled),
        (1usize..60).prop_map(Damage::Moved),
    ]
}

impl Damage {
    fn strike(self, records: &mut Vec<Record>) {
        match self {
            Self::Lost(at) if at < records.len() => drop(records.remove(at)),
            Self::Doubled(at) if at < records.len() => records.insert(at, records[at].clone()),
            Self::Moved(at) if at + 1 < records.len() => records.swap(at, at + 1),
            Self::Lost(_) | Self::Doubled(_) | Self::Moved(_) => {}
        }
    }
}

fn turns() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 0..4), 1..4)
}

/// Each call that the model sees has its result right behind the message that made it.
fn assert_paired(state: &RunState) -> Result<(), TestCaseError> {
    let messages = state.conversation.messages();
    for (at, message) in messages.iter().enumerate() {
        let Message::Assistant { blocks, .. } = message.as_ref() else { continue };
        let made = blocks.iter().filter(|block| matches!(block, Block::Call(_))).count();
        let behind =
            messages[at + 1..].iter().take_while(|m| matches!(***m, Message::ToolResult { .. })).count();
        prop_assert_eq!(made, behind);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(STATES))]

    #[test]
    fn r_p_a_log_cut_anywhere_is_mended_once_and_alike_and_then_breaks_no_invariant(
        turns in turns(), cut in 1usize..70,
    ) {
        let mut records = session(&turns);
        records.truncate(cut);
        let mut again = records.clone();
        let added = mend(&mut records, Moment::Load);
        prop_assert_eq!(&added, &mend(&mut again, Moment::Load), "two runs differ");
        prop_assert_eq!(mend(&mut records, Moment::Load), vec![], "a second load repairs");
        prop_assert_eq!(invariants::check(&records), vec![]);
        let state: RunState = fold(&records);
        prop_assert!(!state.budget.awaits_report());
        if state.is_held() {
            // It waits for the person: nothing of the message has a result that says it ran.
            prop_assert_eq!(added, vec![]);
            return Ok(());
        }
        prop_assert!(state.open_calls.is_empty() && !state.phase.is_running());
        assert_paired(&state)?;
    }

    #[test]
    fn w3_a_turn_that_waits_is_left_as_it_is_and_can_be_carried_to_its_end(
        turns in turns(), count in 1usize..4, is_answered in any::<bool>(), is_allowed in any::<bool>(),
    ) {
        let mut records = session(&turns);
        let all = records_of(Step::Calls { count, asks: true, is_allowed }, "w", 0);
        let is_gate = |event: &Event| matches!(event, Event::CallsGated(_));
        let gate = all.iter().position(is_gate).expect("a gate") + 2 + usize::from(is_answered);
        let begun: [Event; 2] =
            [UserMessage { text: "go".into() }.into(), TurnStarted { turn: 99, mode: ModeId::Agent }.into()];
        for event in begun.iter().chain(&all[..gate]) {
            records.push(record(records.len() as u64, event.clone()));
        }
        let mut again = records.clone();
        prop_assert_eq!(mend(&mut again, Moment::Load), vec![]);
        let state: RunState = fold(&records);
        prop_assert!(state.is_held());
        let phase = if is_answered { Phase::Running } else { Phase::WaitingHuman };
        prop_assert_eq!(state.phase.phase, phase);
        for event in &all[gate..] {
            again.push(record(again.len() as u64, event.clone()));
        }
        let ended = TurnEnded { turn: 99, reason: EndReason::Done, text: "ok".into(), denied: 0, steps: 1 };
        again.push(record(again.len() as u64, ended.into()));
        prop_assert_eq!(invariants::check(&again), vec![]);
        assert_paired(&fold(&again))?;
    }

    #[test]
    fn r_p_a_log_with_lines_lost_doubled_and_moved_is_whole_after_mending(
        turns in turns(), damages in prop::collection::vec(damage(), 1..5),
    ) {
        let mut records = session(&turns);
        for damage in damages {
            damage.strike(&mut records);
        }
        let mut records = fit_together(records);
        prop_assert_eq!(invariants::check(&records), vec![]);
        prop_assert_eq!(&fit_together(records.clone()), &records, "mended twice");
        mend(&mut records, Moment::Load);
        prop_assert_eq!(mend(&mut records, Moment::Load), vec![]);
        prop_assert_eq!(invariants::check(&records), vec![]);
        let state: RunState = fold(&records);
        if !state.is_held() {
            assert_paired(&state)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn t1_before_a_request_every_call_has_its_result_also_when_the_person_spoke_first(
        turns in turns(), cut in 2usize..70,
    ) {
        let mut records = session(&turns);
        records.truncate(cut);
        let late = record(records.len() as u64, UserMessage { text: "go on".into() }.into());
        records.push(late);
        mend(&mut records, Moment::Request);
        assert_paired(&fold(&records))?;
    }
}

fn begun() -> Vec<Event> {
    let turns: &[Vec<Step>] = &[vec![]];
    let mut events: Vec<Event> = session(turns).into_iter().map(|record| record.event).collect();
    events.pop();
    events
}

/// The kinds of repair and the statuses of results that a state of these events asks for.
fn plan(events: Vec<Event>) -> (Vec<RepairKind>, Vec<ResultStatus>, Phase) {
    let mut records = numbered([begun(), events].concat());
    let added = mend(&mut records, Moment::Load);
    let kind = |record: &Record| {
        if let Event::Repaired(repaired) = &record.event { Some(repaired.kind) } else { None }
    };
    let status = |record: &Record| {
        if let Event::ToolReturned(back) = &record.event { Some(back.status) } else { None }
    };
    let state: RunState = fold(&records);
    (added.iter().filter_map(kind).collect(), added.iter().filter_map(status).collect(), state.phase.phase)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn t4_which_repair_a_call_without_a_result_gets_is_a_function_of_the_state() {
    let (a, b) = (CallId::new("a"), CallId::new("b"));
    let sent = || Event::from(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(9) });
    let unreported = RepairKind::UnreportedUsage;
    let both = || vec![sent(), said(&[a.clone(), b.clone()])];
    let table = [
        (
            "it ran: an error result",
            [both(), vec![called(&a), called(&b), returned(&a, ResultStatus::Ran)]].concat(),
            (vec![RepairKind::DanglingCall, unreported, RepairKind::OpenTurn], vec![ResultStatus::Lost]),
        ),
        (
            "it waited: a denial",
            [both(), vec![called(&a), called(&b), asked(&a)]].concat(),
            (
                vec![RepairKind::DanglingCall, RepairKind::DanglingCall, unreported, RepairKind::OpenTurn],
                vec![ResultStatus::Denied, ResultStatus::Lost],
            ),
        ),
        (
            "it stood at the gate: it waits on",
            [both(), vec![called(&a), called(&b), gated(false), asked(&a)]].concat(),
            (vec![unreported], vec![]),
        ),
        (
            "it was answered, and not all of the message was decided on: it waits on as well",
            [both(), vec![called(&a), called(&b), gated(false), asked(&a), answered(&a, true)]].concat(),
            (vec![unreported], vec![]),
        ),
        (
            "it had passed the gate: it may have run",
            [both(), vec![called(&a), gated(false), asked(&a), answered(&a, true), gated(true), called(&b)]]
                .concat(),
            (
                vec![RepairKind::DanglingCall, RepairKind::DanglingCall, unreported, RepairKind::OpenTurn],
                vec![ResultStatus::Lost, ResultStatus::Lost],
            ),
        ),
        (
            "it was recorded in half: back to the checkpoint before it",
            [both(), vec![called(&a)]].concat(),
            (
                vec![RepairKind::UnfinishedMessage, unreported, RepairKind::OpenTurn],
                vec![ResultStatus::Cancelled],
            ),
        ),
        (
            "no call was recorded: back as well",
            both(),
            (vec![RepairKind::UnfinishedMessage, unreported, RepairKind::OpenTurn], vec![]),
        ),
    ];
    for (name, events, (kinds, statuses)) in table {
        let phase = match kinds.as_slice() {
            [only] if *only == unreported && name.contains("answered") => Phase::Running,
            [only] if *only == unreported => Phase::WaitingHuman,
            _ => Phase::Failed,
        };
        assert_eq!(plan(events), (kinds, statuses, phase), "{name}");
    }
    // A result without its call: set aside where it stands.
    let orphan = numbered([begun(), vec![returned(&a, ResultStatus::Ran)]].concat());
    let mended = fit_together(orphan.clone());
    assert_eq!(mended.len(), orphan.len());
    let Some(Event::Repaired(aside)) = mended.last().map(|record| &record.event) else {
        panic!("not set aside")
    };
    assert_eq!((aside.kind, aside.call.as_ref()), (RepairKind::Quarantined, Some(&a)));
}

#[test]
fn r_b_after_a_message_in_half_the_model_is_asked_as_if_it_had_not_answered() {
    let a = CallId::new("a");
    let sent = Event::from(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(9) });
    let before: RunState = fold(&numbered([begun(), vec![sent.clone()]].concat()));
    let mut records = numbered([begun(), vec![sent, said(&[a.clone(), "b".into()]), called(&a)]].concat());
    mend(&mut records, Moment::Load);
    let after: RunState = fold(&records);
    assert_eq!(after.conversation.messages(), before.conversation.messages());
    assert_eq!(after.lost_calls.iter().len(), 0, "nothing ran, so nothing is lost");
}

#[test]
fn r_c_fourteen_tails_of_a_log_and_the_phase_they_come_to() {
    let a = CallId::new("a");
    let sent = || Event::from(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(9) });
    let ended = |reason| Event::from(TurnEnded { turn: 1, reason, text: String::new(), denied: 0, steps: 1 });
    let call = || vec![sent(), said(std::slice::from_ref(&a)), called(&a)];
    let back = |status| vec![returned(&a, status)];
    let asks = || [call(), vec![asked(&a)]].concat();
    let allowed = || [asks(), vec![answered(&a, true)]].concat();
    let ran = || [call(), back(ResultStatus::Ran)].concat();
    let gate = |mut events: Vec<Event>| {
        events.insert(call().len(), gated(false));
        events
    };
    use Phase::{Completed, Failed as NotDone, Running, WaitingHuman};
    // What the log says, the phase as it is folded, and the phase once the session is loaded.
    let table = [
        ("nothing of the turn", vec![], Running, NotDone),
        ("a request without an answer", vec![sent()], Running, NotDone),
        ("a call that runs", call(), Running, NotDone),
        ("a call that waits", asks(), WaitingHuman, NotDone),
        ("at the gate, waiting", gate(asks()), WaitingHuman, WaitingHuman),
        ("at the gate, answered", gate(allowed()), Running, Running),
        ("a call that was allowed", allowed(), Running, NotDone),
        ("a call that was denied", [asks(), vec![answered(&a, false)]].concat(), Running, NotDone),
        (
            "waiting, with a result and no answer",
            [asks(), back(ResultStatus::Cancelled)].concat(),
            Running,
            NotDone,
        ),
        ("an answer that nobody asked for", vec![answered(&a, true)], Running, NotDone),
        ("a call that ran", ran(), Running, NotDone),
        (
            "a call that ran, and the end",
            [ran(), vec![ended(EndReason::Done)]].concat(),
            Completed,
            Completed,
        ),
        ("interrupted", vec![ended(EndReason::Interrupted)], NotDone, NotDone),
        (
            "an approval asked for behind the end",
            vec![ended(EndReason::Done), asked(&a)],
            Completed,
            Completed,
        ),
    ];
    for (name, events, folded, loaded) in table {
        let state: RunState = fold(&numbered([begun(), events.clone()].concat()));
        assert_eq!(state.phase.phase, folded, "{name}: as it is folded");
        assert_eq!(plan(events).2, loaded, "{name}: once loaded");
    }
}

#[test]
fn r_e_a_session_that_was_killed_between_request_and_report_counts_it_once() {
    let sent = Event::from(RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(900) });
    let mut records = numbered([begun(), vec![sent]].concat());
    for _load in 0..3 {
        mend(&mut records, Moment::Load);
        let state: RunState = fold(&records);
        assert_eq!((state.budget.unreported, state.budget.total.input), (1, Tokens(900)));
    }
}

#[test]
fn r_f_a_summary_that_never_came_is_rolled_back_and_no_failure() {
    let ask = SummaryAsk { before: 1, words: 9, attempt: 1, ..SummaryAsk::default() };
    let asked = Event::from(SummaryRequested { ask, digest: String::new(), tokens: Tokens(5) });
    let before: RunState = fold(&numbered(begun()));
    let mut records = numbered([begun(), vec![asked]].concat());
    mend(&mut records, Moment::Load);
    let after: RunState = fold(&records);
    assert_eq!(after.conversation.messages(), before.conversation.messages());
    assert_eq!(after.relief.failed_summaries, 0);
    assert!(!after.relief.is_asking());
}

#[test]
fn r_g_a_log_of_the_first_schema_is_migrated_once_and_before_anything_else() {
    let mut events = begun();
    let Some(Event::SessionStarted(started)) = events.first_mut() else { panic!("it begins") };
    started.schema = 1;
    let mut records = numbered(events);
    let added = mend(&mut records, Moment::Load);
    assert_eq!(added[0].event, headwater_protocol::events::Migrated { from: 1, to: 2 }.into());
    assert_eq!(mend(&mut records, Moment::Load), vec![]);
}

#[test]
fn r_i_a_reference_to_what_is_lost_is_set_aside_with_its_place() {
    let replacement = Replacement { passage: Passage::Result("gone".into()), text: String::new() };
    let edits = vec![ContextEdit::ClearResults { cleared: vec![replacement] }];
    let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits };
    let edited = ContextEdited { kind: EditKind::ClearResults, before: Tokens(2), after: Tokens(1), plan };
    let records = numbered([begun(), vec![edited.into()]].concat());
    let seq = records.len() as u64 - 1;
    assert_eq!(invariants::check(&records), [Violation::Missing { seq, what: "call gone".into() }]);
    let mended = fit_together(records);
    assert_eq!(invariants::check(&mended), []);
    let Some(Event::Repaired(aside)) = mended.last().map(|record| &record.event) else {
        panic!("not set aside")
    };
    assert!(aside.detail.starts_with("context_edited was set aside"), "{}", aside.detail);
}
