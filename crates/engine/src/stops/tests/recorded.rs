//! Sessions on record that came to a good end: no turn of theirs is stopped on its way, and no call is a repetition too many.

use std::fs;
use std::path::{Path, PathBuf};

use headwater_protocol::views::Progress;
use headwater_protocol::{EndReason, Event, Limit, Record, RunState, View as _};

use crate::stops::{StopFacts, person, stalled};

macro_rules! logs {
    ($($path:literal),* $(,)?) => { [$(($path, include_str!(concat!("../../../../../tests/", $path)))),*] };
}

const LOGS: [(&str, &str); 11] = logs![
    "cassettes/openai-chat/code.jsonl",
    "cassettes/openai-chat/compacted.jsonl",
    "cassettes/openai-chat/documents.jsonl",
    "transcripts/schema-1/approval.jsonl",
    "transcripts/schema-1/compaction.jsonl",
    "transcripts/schema-1/mission.part-1.jsonl",
    "transcripts/schema-1/plain.jsonl",
    "transcripts/schema-2/approval.jsonl",
    "transcripts/schema-2/compaction.jsonl",
    "transcripts/schema-2/mission.part-1.jsonl",
    "transcripts/schema-2/plain.jsonl",
];

/// Asks the stops before each request of a log; counts its requests, and its turns, which all ended well.
fn played(name: &str, log: &str) -> (u32, u32) {
    let limit = Limit::default();
    let (mut state, mut requests, mut turns) = (RunState::default(), 0, 0);
    for line in log.lines() {
        let record = Record::from_line(line).unwrap();
        let facts = StopFacts { state: &state, limit: &limit, now: record.at };
        if let Event::RequestSent(_) = &record.event {
            let said = person(&facts).or_else(|| stalled(&facts));
            assert_eq!(said, None, "{name}: before record {}", record.seq);
            requests += 1;
        } else if let Event::ToolCalled(called) = &record.event {
            let wanted = Progress::call_digest(&called.request.name, &called.request.input);
            assert!(state.progress.times(wanted) < 3, "{name}: record {}", record.seq);
        } else if let Event::TurnEnded(ended) = &record.event {
            assert_eq!(ended.reason, EndReason::Done, "{name}: {}", ended.text);
            turns += 1;
        }
        state.apply(&record);
    }
    (requests, turns)
}

#[test]
fn z6_no_recorded_run_is_stopped() {
    let (mut requests, mut turns) = (0, 0);
    for (name, log) in LOGS {
        let (sent, ended) = played(name, log);
        requests += sent;
        turns += ended;
    }
    assert!(requests > 80 && turns >= 15, "{requests} requests in {turns} turns");
}

/// The runs of a real model that did what they were asked, by the conditions of `tests/evals/errands.toml`: over each wire, in
/// `tests/cassettes/<wire>/errands/`.
fn errands() -> Vec<PathBuf> {
    let cassettes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cassettes");
    let wires =
        ["openai-chat", "openai-responses", "anthropic"].map(|wire| cassettes.join(wire).join("errands"));
    let logs = wires.iter().flat_map(|wire| fs::read_dir(wire).unwrap());
    let mut paths: Vec<PathBuf> = logs.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn z6_no_good_run_of_a_real_model_is_stopped() {
    let (errands, mut requests) = (errands(), 0);
    for path in &errands {
        let (sent, turns) = played(&path.display().to_string(), &fs::read_to_string(path).unwrap());
        assert_eq!(turns, 1, "{}", path.display());
        requests += sent;
    }
    assert!(errands.len() >= 50 && requests >= 120, "{requests} requests in {} runs", errands.len());
}
