//! Recorded sessions: what is estimated against what was counted (HARNESS A3, D3, X1). The usage in the cassettes is that of
//! real tokenizers over each request, counted as the vendors of that wire say; in those of `REAL` a real server reported it.

use headwater_protocol::views::RunState;
use headwater_protocol::{Event, Record, Tokens, View as _};

use crate::pressure::{Pressure, Thresholds, room_of};
use crate::project::{breakdown, project};
use crate::tokens::{bytes_of, estimate};

const CASSETTES: [(&str, &str); 3] = [
    ("code", include_str!("../../../../../tests/cassettes/openai-chat/code.jsonl")),
    ("documents", include_str!("../../../../../tests/cassettes/openai-chat/documents.jsonl")),
    ("compacted", include_str!("../../../../../tests/cassettes/openai-chat/compacted.jsonl")),
];
/// One conversation with a real model, over each wire.
const REAL: [(&str, &str); 3] = [
    ("openai-chat", include_str!("../../../../../tests/cassettes/openai-chat/rate.jsonl")),
    ("openai-responses", include_str!("../../../../../tests/cassettes/openai-responses/rate.jsonl")),
    ("anthropic", include_str!("../../../../../tests/cassettes/anthropic/rate.jsonl")),
];
/// A session of the first schema with several edits.
const FIRST_SCHEMA: (&str, &str) =
    ("compaction", include_str!("../../../../../tests/transcripts/schema-1/compaction.jsonl"));

/// Plays a recorded session; `see` gets the state before each record and the record.
fn play(log: &str, mut see: impl FnMut(&RunState, &Record)) -> RunState {
    let mut state = RunState::default();
    for line in log.lines() {
        let record = Record::from_line(line).unwrap();
        see(&state, &record);
        state.apply(&record);
    }
    state
}

#[test]
fn a3_what_context_tells_is_within_2_percent_of_what_the_provider_counted() {
    let mut compared = 0;
    for (name, log) in CASSETTES.into_iter().chain(REAL) {
        let mut sent = RunState::default();
        play(log, |state, record| {
            if let Event::RequestSent(_) = &record.event {
                sent = state.clone();
            } else if let Event::UsageReported(report) = &record.event {
                let mut now = state.clone();
                now.apply(record);
                // The request that was counted, by the factor that is known since.
                sent.budget = now.budget;
                let told: u64 = breakdown(&sent).iter().map(|part| part.tokens.0).sum();
                let counted = report.usage.input.0;
                assert!(told.abs_diff(counted) * 50 <= counted, "{name}: {told} of {counted}");
                compared += 1;
            }
        });
    }
    assert!(compared >= 53, "{compared} requests");
}

/// Before the next report comes, what `/context` says goes by the last one: on a real server's figures it is as near.
#[test]
fn a3_what_context_tells_of_a_request_before_it_is_counted_is_within_2_percent_too() {
    for (name, log) in REAL {
        let (mut told, mut compared) = (0, 0);
        play(log, |state, record| {
            if let Event::RequestSent(_) = &record.event {
                told = breakdown(state).iter().map(|part| part.tokens.0).sum();
            } else if let Event::UsageReported(report) = &record.event {
                let counted = report.usage.input.0;
                let is_first = compared == 0;
                assert!(is_first || told.abs_diff(counted) * 50 <= counted, "{name}: {told} of {counted}");
                compared += 1;
            }
        });
        assert!(compared >= 6, "{name}: {compared} requests");
    }
}

#[test]
fn d3_no_recorded_session_exceeds_its_window() {
    for (name, log) in CASSETTES.into_iter().chain([FIRST_SCHEMA]) {
        let mut requests = 0;
        play(log, |state, record| {
            if let Event::RequestSent(_) = &record.event {
                let (_, most) = room_of(state).unwrap();
                let size = estimate(&project(state).unwrap(), state.budget.calibration);
                assert!(size <= most, "{name}: {size:?} of {most:?}");
                requests += 1;
            } else if let Event::UsageReported(report) = &record.event {
                let window = state.session.model.as_ref().unwrap().window;
                assert!(report.usage.input <= window, "{name}: {:?} of {window:?}", report.usage.input);
            }
        });
        assert!(requests > 10, "{name}");
    }
}

#[test]
fn x1_what_was_estimated_is_within_10_percent_of_what_was_saved() {
    let mut edits = 0;
    for (name, log) in CASSETTES.into_iter().chain([FIRST_SCHEMA]) {
        play(log, |state, record| {
            let Event::ContextEdited(edited) = &record.event else { return };
            let mut after = state.clone();
            after.apply(record);
            let bytes = |state: &RunState| bytes_of(&project(state).unwrap());
            let factor = state.budget.calibration / 3.7;
            let saved = (bytes(state) - bytes(&after)) as f64 * factor;
            let estimate = edited.plan.estimate.0 as f64;
            assert!((estimate - saved).abs() <= saved * 0.1, "{name}: {estimate} against {saved}");
            let told = Tokens(edited.before.0 - edited.after.0);
            assert_eq!(told, edited.plan.estimate, "{name}");
            let pressure = Pressure::of(&after, Thresholds::default()).unwrap();
            assert!(!pressure.is_high(), "{name}: {pressure:?}");
            edits += 1;
        });
    }
    assert!(edits >= 5, "{edits} edits");
}
