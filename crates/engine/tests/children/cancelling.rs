//! One branch, all of them, or nobody waiting any more.

use headwater_protocol::events::ChildStatus;
use headwater_protocol::repl::{ChildKind, QueryResult};
use headwater_protocol::{Cancel, ChildId};
use headwater_testkit::{DEADLINE, Gate, Outcome, Script};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::rig::{Rig, Wishes, batch, echo, questions};

type Asking = JoinHandle<Result<Vec<QueryResult>, String>>;

/// Three questions of which those are held at the gate whose number is not in `free`.
fn held(free: &'static [usize], gate: &Gate, cancel: &Cancel) -> (Rig, Asking) {
    let gate = gate.clone();
    let script = Script::responder(move |_, request| {
        let asked = request.last_text("user").unwrap();
        let is_free = free.iter().any(|number| asked.ends_with(&number.to_string()));
        if is_free { echo(request) } else { echo(request).deltas_of(4).hold_after(1, &gate) }
    });
    let rig = Rig::new(script, Wishes::default());
    let (pool, cancel) = (rig.pool.clone(), cancel.clone());
    let asking = tokio::spawn(async move { pool.ask(batch(ChildKind::Llm, questions(3)), &cancel).await });
    (rig, asking)
}

/// Waits until the log has so many ends, and the server so many requests.
async fn wait_for(rig: &Rig, requests: usize, ended: usize) {
    let is_there = async {
        while rig.requests().len() < requests || rig.log.returned().len() < ended {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, is_there).await.unwrap();
}

async fn results(asking: Asking) -> Vec<QueryResult> {
    timeout(DEADLINE, asking).await.unwrap().unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_branch_is_cancelled_and_the_others_go_on() {
    let (gate, cancel) = (Gate::new(), Cancel::new());
    let (rig, asking) = held(&[], &gate, &cancel);
    wait_for(&rig, 3, 0).await;
    assert!(rig.pool.cancel_child(&ChildId::new("c2")));
    wait_for(&rig, 3, 1).await;
    gate.open();
    let results = results(asking).await;
    assert_eq!((results[0].text.as_str(), results[2].text.as_str()), ("answer 0", "answer 2"));
    assert_eq!(results[1].error.as_deref(), Some("cancelled"));
    assert_eq!((rig.log.count(ChildStatus::Ok), rig.log.count(ChildStatus::Cancelled)), (2, 1));
    assert!(!rig.pool.cancel_child(&ChildId::new("c2")), "it is not asked any more");
    rig.log.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_all_keeps_what_came_back() {
    let (gate, cancel) = (Gate::new(), Cancel::new());
    let (rig, asking) = held(&[0, 2], &gate, &cancel);
    wait_for(&rig, 3, 2).await;
    cancel.cancel();
    let results = results(asking).await;
    assert_eq!((results[0].text.as_str(), results[2].text.as_str()), ("answer 0", "answer 2"));
    assert_eq!(results[1].error.as_deref(), Some("cancelled"));
    rig.log.assert_whole();
    let server = &rig.server;
    tokio::task::block_in_place(|| {
        server.wait_until("the client to hang up", DEADLINE, |requests| {
            requests.iter().any(|request| request.outcome == Outcome::ClientLeft)
        })
    });
    // A cancelled question is no answer: it is asked again when it is needed again.
    gate.open();
    let again = rig.ask(questions(3)).await.unwrap();
    assert_eq!(again.iter().map(|result| result.is_cached).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(again[1].text, "answer 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_nobody_waits_for_ends_in_the_log() {
    let (gate, cancel) = (Gate::new(), Cancel::new());
    let (rig, asking) = held(&[], &gate, &cancel);
    wait_for(&rig, 3, 0).await;
    asking.abort();
    wait_for(&rig, 3, 3).await;
    assert_eq!(rig.log.count(ChildStatus::Cancelled), 3);
    rig.log.assert_whole();
}
