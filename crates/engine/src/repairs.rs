//! Repairs: pure functions from the state to the records that make it whole. They run when a session is
//! loaded and before each request; what they find is recorded, so that a second run finds nothing.
//!
//! To add one: a file here and a line in the list.

mod dangling_call;
mod lost_child;
mod open_turn;

use headwater_protocol::{Event, RunState};

/// A repair: the events that mend what it is about; none when nothing is wrong.
type Repair = fn(&RunState, Moment) -> Vec<Event>;

/// When a repair runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A session was loaded: nothing of it runs any more.
    Load,
    /// Within a turn, before a request.
    Request,
}

const REPAIRS: &[Repair] = &[dangling_call::repair, lost_child::repair, open_turn::repair];

/// The next events that mend `state`; empty when it is whole. The caller applies them and asks again.
pub fn next(state: &RunState, moment: Moment) -> Vec<Event> {
    REPAIRS.iter().map(|repair| repair(state, moment)).find(|events| !events.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{
        ApprovalRequested, AssistantBlock, AssistantMessage, RequestSent, ResultStatus, ToolCalled,
        ToolReturned, TurnEnded, TurnStarted, UserMessage,
    };
    use headwater_protocol::{
        CallId, EndReason, Message, ModeId, Record, StopSignal, Timestamp, Tokens, ToolCall, View as _,
        invariants,
    };
    use proptest::prelude::*;

    use super::*;

    /// A turn of `calls` parallel calls, as an undisturbed engine records it.
    fn turn(number: u32, calls: usize, asks: bool) -> Vec<Event> {
        let ids: Vec<CallId> = (0..calls).map(|call| CallId::new(format!("t{number}c{call}"))).collect();
        let mut events: Vec<Event> = vec![
            UserMessage { text: "go".into() }.into(),
            TurnStarted { turn: number, mode: ModeId::Agent }.into(),
            RequestSent { turn: number, step: 1, digest: String::new(), tokens: Tokens(1) }.into(),
            AssistantMessage {
                text: "ok".into(),
                blocks: std::iter::once(AssistantBlock::Text { bytes: 2 })
                    .chain(ids.iter().map(|call| AssistantBlock::Call { call: call.clone() }))
                    .collect(),
                origin: "v/m".into(),
                stop: StopSignal::ToolCalls,
            }
            .into(),
        ];
        let request = |call: &CallId| ToolCall {
            call: call.clone(),
            name: "shell".into(),
            input: serde_json::json!({}),
            malformed: None,
        };
        events.extend(ids.iter().map(|call| ToolCalled { request: request(call) }.into()));
        if asks && let Some(call) = ids.first() {
            let call = call.clone();
            let asked = ApprovalRequested {
                call,
                rule: "r".into(),
                why: "w".into(),
                offers: vec![],
                effect: String::new(),
                is_catastrophic: false,
            };
            events.push(asked.into());
        }
        events.extend(ids.iter().map(|call| returned(call).into()));
        let ended =
            TurnEnded { turn: number, reason: EndReason::Done, text: "ok".into(), denied: 0, steps: 1 };
        events.push(ended.into());
        events
    }

    fn returned(call: &CallId) -> ToolReturned {
        ToolReturned {
            call: call.clone(),
            name: "shell".into(),
            is_error: true,
            status: ResultStatus::Denied,
            text: "r".into(),
            data: serde_json::Value::Null,
            reminders: vec![],
            blobs: vec![],
            files: vec![],
            millis: 0,
        }
    }

    fn record(seq: u64, event: Event) -> Record {
        Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event }
    }

    /// Repairs to the end; the records that were added.
    fn mend(state: &mut RunState, records: &mut Vec<Record>, moment: Moment) -> usize {
        let before = records.len();
        loop {
            let events = next(state, moment);
            if events.is_empty() {
                return records.len() - before;
            }
            for event in events {
                let record = record(records.len() as u64, event);
                state.apply(&record);
                records.push(record);
            }
            assert!(records.len() < before + 1_000, "repairs do not come to an end");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_log_cut_anywhere_is_mended_once_and_for_all(
            turns in prop::collection::vec((0usize..4, any::<bool>()), 1..5),
            cut in 0usize..60,
        ) {
            let events: Vec<Event> =
                turns.iter().zip(1u32..).flat_map(|((calls, asks), number)| turn(number, *calls, *asks)).collect();
            let mut records: Vec<Record> =
                (0u64..).zip(events).map(|(seq, event)| record(seq, event)).take(cut).collect();
            let mut state = RunState::default();
            for record in &records {
                state.apply(record);
            }
            mend(&mut state, &mut records, Moment::Load);
            prop_assert_eq!(mend(&mut state, &mut records, Moment::Load), 0);
            prop_assert!(state.open_calls.is_empty() && !state.phase.is_running());
            let broken: Vec<_> = invariants::check(&records)
                .into_iter()
                .filter(|violation| !matches!(violation, invariants::Violation::Start { .. }))
                .collect();
            prop_assert_eq!(broken, vec![]);
        }

        #[test]
        fn every_call_the_model_sees_has_its_result_behind_it(cut in 0usize..40, calls in 1usize..5) {
            let events = [turn(1, calls, false), turn(2, calls, true)].concat();
            let mut records: Vec<Record> =
                (0u64..).zip(events).map(|(seq, event)| record(seq, event)).take(cut).collect();
            let mut state = RunState::default();
            for record in &records {
                state.apply(record);
            }
            // The person writes before the session is mended: the result still stands behind its call.
            let late = record(records.len() as u64, UserMessage { text: "go on".into() }.into());
            state.apply(&late);
            records.push(late);
            mend(&mut state, &mut records, Moment::Request);
            let entries = state.conversation.entries();
            for (at, entry) in entries.iter().enumerate() {
                let Message::Assistant { blocks, .. } = entry.message.as_ref() else { continue };
                let made = blocks.iter().filter(|b| matches!(b, headwater_protocol::Block::Call(c) if !c.name.is_empty())).count();
                let behind = entries[at + 1..].iter().take_while(|e| matches!(*e.message, Message::ToolResult { .. })).count();
                prop_assert_eq!(made, behind);
            }
        }
    }
}
