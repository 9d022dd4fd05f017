//! W3: a turn that stands at the gate when its front end goes.

use headwater_engine::{Running, Start, replay};
use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::views::{Phase, fold};
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Event, Op, Record, RunState, SessionId, Update, invariants,
};
use headwater_testkit::{DEADLINE, Recorded, Script, Turn};
use serde_json::json;
use tokio::time::timeout;

use crate::rig::{Rig, end};

/// A model that wants two commands in one message; without a sandbox both ask.
fn model(_index: usize, request: &Recorded) -> Turn {
    if request.messages().iter().any(|message| message["role"] == "tool") {
        return Turn::text("Done.");
    }
    let call = |turn: Turn, name: &str| turn.call("shell", json!({"command": format!("touch {name}")}));
    call(call(Turn::text("Look."), "one"), "two")
}

/// The next question of the log.
async fn next_question(running: &mut Running) -> ApprovalRequested {
    loop {
        let update = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap();
        let Update::Record(record) = update else { continue };
        if let Event::ApprovalRequested(asked) = &record.event {
            return asked.clone();
        }
    }
}

async fn say(running: &Running, asked: &ApprovalRequested, decision: ApprovalDecision) {
    let (call, scope) = (asked.call.clone(), ApprovalScope::Once);
    running.ops.send(Op::Approve { call, decision, scope }).await.unwrap();
}

async fn to_the_end(running: &mut Running) {
    loop {
        let update = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap();
        let is_end = |record: &Record| matches!(record.event, Event::TurnEnded(_));
        if matches!(&update, Update::Record(record) if is_end(record)) {
            return end(running).await;
        }
    }
}

/// A session whose first call has its yes, and whose second one waits.
async fn held(rig: &Rig) -> SessionId {
    let mut running = rig.start(Start::New { parent: None });
    running.ops.send(Op::Submit { text: "go".into() }).await.unwrap();
    let first = next_question(&mut running).await;
    say(&running, &first, ApprovalDecision::Allow).await;
    next_question(&mut running).await;
    end(&mut running).await;
    running.session
}

fn assert_sound(records: &[Record]) {
    assert_eq!(invariants::check(records), vec![]);
    assert_eq!(replay(records).mismatches, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn w3_a_turn_waits_through_any_number_of_processes_and_keeps_its_answers() {
    let rig = Rig::new(Script::responder(model));
    let session = held(&rig).await;
    for _ in 0..3 {
        let records = rig.resume(&session).await;
        let state: RunState = fold(&records);
        assert_eq!((state.is_held(), state.phase.phase), (true, Phase::WaitingHuman));
        assert_eq!(state.approvals.waiting.len(), 1, "a question is put once");
        assert_sound(&records);
    }
    assert!(!rig.workspace().join("one").exists(), "nothing begins before all of it is decided on");
    assert_eq!(rig.requests().len(), 1, "the model is not asked while a call waits");
    let mut running = rig.start(Start::Resume(session.clone()));
    let asked = next_question(&mut running).await;
    // The first question is told again too, with its answer; the one that is open is the last.
    let open = next_question(&mut running).await;
    assert_ne!(asked.call, open.call);
    say(&running, &open, ApprovalDecision::Allow).await;
    to_the_end(&mut running).await;
    assert!(["one", "two"].iter().all(|name| rig.workspace().join(name).exists()));
    let records = rig.records(&session);
    let count = |is: fn(&Event) -> bool| records.iter().filter(|record| is(&record.event)).count();
    assert_eq!(count(|event| matches!(event, Event::ApprovalRequested(_))), 2);
    assert_eq!(count(|event| matches!(event, Event::TurnStarted(_))), 1);
    assert_sound(&records);
}

#[tokio::test(flavor = "multi_thread")]
async fn w3_an_answer_that_is_there_before_the_turn_goes_on_is_heard_and_another_call_is_not_answered_by_it()
{
    let rig = Rig::new(Script::responder(model));
    let session = held(&rig).await;
    let waiting = fold::<RunState>(&rig.records(&session)).approvals.waiting;
    let mut running = rig.start(Start::Resume(session.clone()));
    let of_none = ApprovalRequested { call: "c99".into(), ..waiting[0].clone() };
    say(&running, &of_none, ApprovalDecision::Allow).await;
    let deny = ApprovalDecision::Deny { reason: "not this one".into() };
    say(&running, &waiting[0], deny).await;
    to_the_end(&mut running).await;
    assert!(rig.workspace().join("one").exists(), "the first had its yes before");
    assert!(!rig.workspace().join("two").exists());
    assert_sound(&rig.records(&session));
}

#[tokio::test(flavor = "multi_thread")]
async fn w3_what_is_said_meanwhile_waits_and_an_interrupt_ends_the_turn_without_running_anything() {
    let rig = Rig::new(Script::responder(model));
    let session = held(&rig).await;
    let mut running = rig.start(Start::Resume(session.clone()));
    running.ops.send(Op::Submit { text: "and more".into() }).await.unwrap();
    running.ops.send(Op::Interrupt).await.unwrap();
    to_the_end(&mut running).await;
    assert!(["one", "two"].iter().all(|name| !rig.workspace().join(name).exists()));
    let state: RunState = fold(&rig.records(&session));
    assert!(state.open_calls.is_empty() && !state.is_held());
    assert_sound(&rig.records(&session));
}

#[tokio::test(flavor = "multi_thread")]
async fn w3_a_fork_of_a_turn_that_waits_waits_too_and_does_not_touch_the_other() {
    let rig = Rig::new(Script::responder(model));
    let session = held(&rig).await;
    let before = rig.log(&session);
    let fork = rig.store().fork(&session, None).unwrap();
    assert!(fold::<RunState>(&rig.resume(&fork).await).is_held());
    let mut running = rig.start(Start::Resume(fork.clone()));
    let waiting = fold::<RunState>(&rig.records(&fork)).approvals.waiting;
    say(&running, &waiting[0], ApprovalDecision::Allow).await;
    to_the_end(&mut running).await;
    assert_sound(&rig.records(&fork));
    assert_eq!(rig.log(&session), before);
}
