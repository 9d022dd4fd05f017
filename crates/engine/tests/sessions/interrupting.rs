//! T1, T2: whatever is said at whatever moment of a turn, each call has exactly one result, and what the model is
//! sent next is well formed.

use std::collections::HashSet;

use headwater_engine::{Running, Start, replay};
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Event, Op, Record, RunState, SessionId, Update, View as _, invariants,
};
use headwater_testkit::{DEADLINE, Recorded, Script, Turn};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::rig::{Rig, end, turn};

/// More updates than a whole turn has.
const MOST_UPDATES: usize = 80;

/// How a turn is disturbed.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Interrupt,
    Shutdown,
    Leave,
}

/// A model that reads in parallel, runs a command that asks, asks a question, and is done.
fn model(_index: usize, request: &Recorded) -> Turn {
    let results = request.messages().iter().filter(|message| message["role"] == "tool").count();
    match results {
        0 => Turn::text("Look.")
            .thinking("hm")
            .call("list", json!({"path": "."}))
            .call("read", json!({"path": "a.txt"})),
        2 => Turn::text("").call("shell", json!({"command": "echo run"})),
        3 => Turn::text("").call("ask_user", json!({"question": "Which?", "options": ["red", "blue"]})),
        _ => Turn::text("Done."),
    }
    .usage(100, 50, 10)
    .deltas_of(2)
}

/// Plays the person, and disturbs the turn after so many updates. Whether the turn lasted that long.
async fn disturbed(running: &mut Running, after: usize, disturbance: Disturbance) -> bool {
    running.ops.send(Op::Submit { text: "go".into() }).await.unwrap();
    for count in 0.. {
        if count == after {
            disturb(running, disturbance).await;
            return true;
        }
        let update = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap();
        let Update::Record(record) = update else { continue };
        if let Event::ApprovalRequested(asked) = &record.event {
            let (call, decision) = (asked.call.clone(), ApprovalDecision::Allow);
            running.ops.send(Op::Approve { call, decision, scope: ApprovalScope::Once }).await.unwrap();
        } else if let Event::QuestionAsked(asked) = &record.event {
            let call = asked.question.call.clone();
            running.ops.send(Op::AnswerQuestion { call, text: Some("blue".into()) }).await.unwrap();
        } else if matches!(record.event, Event::TurnEnded(_)) {
            return false;
        }
    }
    false
}

async fn disturb(running: &mut Running, disturbance: Disturbance) {
    match disturbance {
        Disturbance::Interrupt => {
            running.ops.send(Op::Interrupt).await.unwrap();
            let is_end = |update: &Update| matches!(update, Update::Record(record) if matches!(record.event, Event::TurnEnded(_)));
            while !is_end(&timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap()) {}
        }
        Disturbance::Shutdown => end(running).await,
        Disturbance::Leave => {
            running.updates.close();
            while running.updates.recv().await.is_some() {}
            running.ops.send(Op::Shutdown).await.unwrap();
            timeout(DEADLINE, &mut running.finished).await.unwrap().unwrap();
        }
    }
}

/// Every call has its result, but for what waits for a person who has left.
fn assert_whole(records: &[Record], is_left: bool, what: &str) {
    assert_eq!(invariants::check(records), vec![], "{what}");
    let mut state = RunState::default();
    for record in records {
        state.apply(record);
    }
    assert_eq!(replay(records).mismatches, vec![], "{what}");
    if state.is_held() && is_left {
        // It waits for the person.
        return;
    }
    assert!(state.open_calls.is_empty(), "{what}: {:?}", state.open_calls);
    assert!(!state.phase.is_running(), "{what}");
}

/// Every call of a request is answered right behind it, once; no result without its call.
fn assert_paired(messages: &[Value], what: &str) {
    let mut open: HashSet<&str> = HashSet::new();
    for message in messages {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap();
            assert!(open.remove(id), "{what}: a result without its call: {message}");
            continue;
        }
        assert!(open.is_empty(), "{what}: calls without results before {message}: {open:?}");
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        open.extend(calls.filter_map(|call| call["id"].as_str()));
    }
    assert!(open.is_empty(), "{what}: calls without results at the end: {open:?}");
}

/// One session: a disturbed turn, then an undisturbed one, in this process or after a resume.
async fn session(after: usize, disturbance: Disturbance) -> bool {
    let what = format!("{disturbance:?} after {after} updates");
    let rig = Rig::new(Script::responder(model));
    std::fs::write(rig.workspace().join("a.txt"), "a\n").unwrap();
    let mut running = rig.start(Start::New { parent: None });
    let id: SessionId = running.session.clone();
    let lasted = disturbed(&mut running, after, disturbance).await;
    if !lasted || matches!(disturbance, Disturbance::Interrupt) {
        turn(&mut running, "go on", &ApprovalDecision::Allow).await;
        end(&mut running).await;
    } else {
        assert_whole(&rig.resume(&id).await, true, &what);
        let mut again = rig.start(Start::Resume(id.clone()));
        turn(&mut again, "go on", &ApprovalDecision::Allow).await;
        end(&mut again).await;
    }
    assert_whole(&rig.records(&id), false, &what);
    for request in rig.requests() {
        assert_paired(request.messages(), &what);
    }
    lasted
}

async fn at_every_moment(disturbance: Disturbance) {
    let mut after = 0;
    while session(after, disturbance).await {
        after += 1;
        assert!(after < MOST_UPDATES, "a turn that never ends");
    }
    assert!(after > 20, "a turn of {after} updates shows little");
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_an_interrupt_at_any_moment_leaves_no_call_open() {
    at_every_moment(Disturbance::Interrupt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_a_shutdown_at_any_moment_leaves_no_call_open() {
    at_every_moment(Disturbance::Shutdown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_a_front_end_that_leaves_at_any_moment_leaves_no_call_open() {
    at_every_moment(Disturbance::Leave).await;
}
