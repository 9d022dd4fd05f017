//! A fork at every record of a session: whole, its own, and alike in everything that is not the conversation.

use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, ContractDeclared, Coverage, CoverageChanged, Header, MissionProposed,
    MissionRejected, RequestSent, SessionStarted, TodosChanged, ToolCalled, ToolReturned, TurnEnded,
    TurnStarted, Uncertainty, UncertaintyNoted, UserMessage,
};
use headwater_protocol::{
    Block, CallId, ContractSource, EndReason, Message, ModeId, ModelInfo, StopSignal, TaskContract,
    Timestamp, Todo, TodoStatus, Tokens, ToolCall, View as _, invariants,
};

use super::*;
use crate::repairs::{self, Moment};

fn called(call: &str) -> [Event; 2] {
    let (call, input) = (CallId::new(call), serde_json::json!({}));
    let request = ToolCall { call: call.clone(), name: "write".into(), input, malformed: None };
    let returned = ToolReturned::ran(call, "write".into(), "written".into());
    [ToolCalled { request }.into(), returned.into()]
}

fn turn(turn: u32) -> Vec<Event> {
    let ids = [format!("a{turn}"), format!("b{turn}")];
    let [(a, a_back), (b, b_back)] = ids.clone().map(|id| called(&id).into());
    let blocks = ids.iter().map(|id| AssistantBlock::Call { call: CallId::new(id.as_str()) }).collect();
    let said =
        AssistantMessage { text: String::new(), blocks, origin: "v/m".into(), stop: StopSignal::ToolCalls };
    let todos = vec![Todo { text: format!("finish {turn}"), status: TodoStatus::InProgress }];
    let required = serde_json::json!({"id": "R1", "what": "", "predicate": {"kind": "answer_nonempty"}});
    let contract: TaskContract = serde_json::from_value(
        serde_json::json!({"goal": format!("goal {turn}"), "required_outputs": [required]}),
    )
    .unwrap();
    let met = Coverage { id: "R1".into(), is_met: true, found: String::new(), evidence: vec![3] };
    let unsure: Uncertainty = serde_json::from_value(
        serde_json::json!({"id": format!("U{turn}"), "kind": "assumption", "text": "so", "status": "open"}),
    )
    .unwrap();
    let (text, reason) = (String::new(), EndReason::Done);
    vec![
        UserMessage { text: format!("message {turn}") }.into(),
        TurnStarted { turn, mode: ModeId::Agent }.into(),
        RequestSent { turn, step: 1, digest: String::new(), tokens: Tokens(1) }.into(),
        said.into(),
        a,
        b,
        a_back,
        TodosChanged { todos }.into(),
        b_back,
        ContractDeclared { contract, by: ContractSource::default(), left_to_model: vec![] }.into(),
        CoverageChanged { coverage: vec![met] }.into(),
        UncertaintyNoted { uncertainty: unsure }.into(),
        TurnEnded { turn, reason, text, denied: 0, steps: 1 }.into(),
    ]
}

/// A session on the disk, with contents that lie beside its log.
fn session(store: &SessionStore) -> (SessionId, Vec<Record>) {
    let (id, lock) = store.create(clock::system()).unwrap();
    let started = SessionStarted {
        schema: resumable::SCHEMA,
        version: String::new(),
        workspace: "/w".into(),
        vendor: "v".into(),
        model: ModelInfo::unknown("m"),
        mode: ModeId::Agent,
        header: Header { system: "".into(), tools: [].into() },
    };
    let events = [vec![started.into()], turn(1), turn(2)].concat();
    let record =
        |(seq, event)| Record { seq, at: Timestamp::default(), session: id.clone(), parent: None, event };
    let records: Vec<Record> = (0..).zip(events).map(record).collect();
    store.write(&id, &records).unwrap();
    for (directory, name) in [("blobs", "a1.txt"), ("checkpoint", "0123")] {
        crate::sessions::private_directories(&store.directory(&id).join(directory)).unwrap();
        std::fs::write(store.directory(&id).join(directory).join(name), "content").unwrap();
    }
    drop(lock);
    (id, records)
}

/// What resuming makes of records.
fn resumed(mut records: Vec<Record>) -> (RunState, Vec<Record>) {
    let mut state: RunState = fold(&records);
    loop {
        let events = repairs::next(&state, Moment::Load);
        if events.is_empty() {
            return (state, records);
        }
        for event in events {
            let (seq, last) = (records.len() as u64, records.last().unwrap());
            let record = Record { seq, event, ..last.clone() };
            state.apply(&record);
            records.push(record);
        }
    }
}

#[test]
fn s10_a_fork_at_any_record_keeps_every_call_with_its_one_result() {
    let directory = tempfile::tempdir().unwrap();
    let store = SessionStore::new(directory.path().to_owned());
    let (id, records) = session(&store);
    for at in 1..=records.len() as u64 {
        let fork = store.fork(&id, Some(at)).unwrap();
        let loaded = store.load(&fork).unwrap();
        assert!(!loaded.is_damaged(), "at {at}: {:?}", invariants::check(&loaded.records));
        assert!(loaded.records.iter().all(|one| one.session == fork && one.parent.as_ref() == Some(&id)));
        let last = &loaded.records.last().unwrap().event;
        assert_eq!(*last, Forked { from: id.clone(), at }.into());
        let (state, whole) = resumed(loaded.records);
        assert_eq!(invariants::check(&whole), [], "at {at}");
        assert!(state.open_calls.is_empty() && !state.phase.is_running());
        let messages = state.conversation.messages();
        let results =
            messages.iter().filter(|one| matches!(one.as_ref(), Message::ToolResult { .. })).count();
        let blocks = messages.iter().flat_map(|one| match one.as_ref() {
            Message::Assistant { blocks, .. } => blocks.as_slice(),
            Message::User { .. } | Message::ToolResult { .. } => &[],
        });
        let calls = blocks.filter(|block| matches!(block, Block::Call(_))).count();
        assert_eq!(results, calls, "at {at}");
    }
    for (at, is_there) in [(0, false), (records.len() as u64 + 1, false), (1, true)] {
        assert_eq!(store.fork(&id, Some(at)).is_ok(), is_there, "at {at}");
    }
}

#[test]
fn z5_d5_todos_contract_coverage_and_uncertainties_are_the_forks_too() {
    let directory = tempfile::tempdir().unwrap();
    let store = SessionStore::new(directory.path().to_owned());
    let (id, records) = session(&store);
    for at in [14, records.len()] {
        let fork = store.fork(&id, Some(at as u64)).unwrap();
        let (then, now): (RunState, RunState) =
            (fold(&records[..at]), fold(&store.load(&fork).unwrap().records));
        assert_eq!(now.todos, then.todos);
        assert_eq!(now.contract, then.contract);
        assert_eq!(now.uncertainties, then.uncertainties);
        let bytes = |state: &RunState| serde_json::to_vec(&state.contract.coverage).unwrap();
        assert!(!then.contract.coverage.is_empty() && bytes(&now) == bytes(&then));
    }
}

#[test]
fn m4_a_fork_can_be_read_when_the_other_is_gone_and_neither_changes_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let store = SessionStore::new(directory.path().to_owned());
    let (id, records) = session(&store);
    let fork = store.fork(&id, None).unwrap();
    let content = |session: &SessionId, path: &str| {
        std::fs::read_to_string(store.directory(session).join(path)).unwrap()
    };
    std::fs::write(store.directory(&fork).join("blobs/a1.txt"), "of the fork").unwrap();
    assert_eq!(content(&id, "blobs/a1.txt"), "content");
    store.remove(&id).unwrap();
    assert_eq!(content(&fork, "checkpoint/0123"), "content");
    assert_eq!(store.load(&fork).unwrap().records.len(), records.len() + 1);
    let conversations = store.conversations(Path::new("/w")).unwrap();
    assert_eq!(conversations.iter().map(|one| &one.id).collect::<Vec<_>>(), [&fork]);
}

#[test]
fn m4_a_mission_that_waits_in_one_session_does_not_wait_in_the_other() {
    let (from, id) = (SessionId::new("s"), SessionId::new("f"));
    let record =
        |event| Record { seq: 0, at: Timestamp::default(), session: from.clone(), parent: None, event };
    let card = Box::default();
    let proposed =
        MissionProposed { mission: "m".into(), revision: 1, card, hash: String::new(), lint: vec![] };
    let waiting: RunState = fold(&own(vec![record(proposed.clone().into())], &from, &id, 1));
    assert_eq!(waiting.mission.phase, MissionPhase::Ended);
    assert!(waiting.mission.waiting().is_none());
    let rejected = MissionRejected { mission: "m".into(), reason: String::new() };
    let over = own(vec![record(proposed.into()), record(rejected.into())], &from, &id, 2);
    assert_eq!(over.len(), 3, "one that is over needs no word");
}

#[test]
fn a5_a_fork_of_a_changed_log_has_no_freedom_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = SessionStore::new(directory.path().to_owned());
    let (id, records) = session(&store);
    let log = std::fs::read_to_string(store.transcript(&id)).unwrap();
    let changed = log.replacen("\"mode\":\"agent\"", "\"mode\":\"yolo\"", 1);
    assert_ne!(changed, log);
    std::fs::write(store.transcript(&id), &changed).unwrap();
    let forked = |at| store.load(&store.fork(&id, at).unwrap()).unwrap();
    for at in [None, Some(1), Some(records.len() as u64)] {
        let loaded = forked(at);
        assert!(!loaded.is_damaged(), "{:?}", invariants::check(&loaded.records));
        assert!(loaded.records.iter().any(|one| matches!(one.event, Event::Repaired(_))));
        assert_eq!(fold::<RunState>(&loaded.records).session.mode, ModeId::Agent);
    }
    // A line in the middle that cannot be read is one record less, and no number is taken twice.
    let lost = log.replacen("\"type\":\"todos_changed\"", "\"type\":\"todos", 1);
    std::fs::write(store.transcript(&id), lost).unwrap();
    assert!(!forked(None).is_damaged());
}
