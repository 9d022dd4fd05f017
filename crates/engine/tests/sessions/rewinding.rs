//! Going back through the engine's own door: what is refused, what is answered, and that the next request is the one that
//! would have been sent then.

use headwater_context::project;
use headwater_engine::{Running, Start, replay};
use headwater_protocol::events::RewindScope;
use headwater_protocol::op::{RewindPoint, RewindPreview};
use headwater_protocol::{Answer, ApprovalDecision, Delta, Event, Op, Query, Record, Update, invariants};
use headwater_testkit::{DEADLINE, Gate, Script, Turn};
use serde_json::json;
use tokio::time::timeout;

use crate::rig::{Rig, end, turn};

/// The next update that is wanted.
async fn next<T>(running: &mut Running, wanted: impl Fn(Update) -> Option<T>) -> T {
    loop {
        let update = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap();
        if let Some(found) = wanted(update) {
            return found;
        }
    }
}

fn notice(update: Update) -> Option<String> {
    if let Update::Delta(Delta::Notice { text }) = update { Some(text) } else { None }
}

fn rewound(update: Update) -> Option<u64> {
    let Update::Record(record) = update else { return None };
    matches!(record.event, Event::Rewound(_)).then_some(record.seq)
}

async fn send(running: &Running, op: Op) {
    running.ops.send(op).await.unwrap();
}

async fn points(running: &mut Running) -> Vec<RewindPoint> {
    send(running, Op::Query(Query::RewindPoints)).await;
    next(
        running,
        |update| if let Update::Answer(Answer::RewindPoints(points)) = update { Some(points) } else { None },
    )
    .await
}

async fn preview(running: &mut Running, to: u64, scope: RewindScope) -> RewindPreview {
    send(running, Op::Query(Query::RewindPreview { to, scope })).await;
    let answer = |update| {
        if let Update::Answer(Answer::RewindPreview(preview)) = update { Some(*preview) } else { None }
    };
    next(running, answer).await
}

/// A model that writes a file of another content at each message.
fn writing() -> Script {
    Script::responder(|place, request| {
        let is_answered = request.messages().last().is_some_and(|last| last["role"] == "tool");
        let content = json!({"path": "a.txt", "content": format!("{place}\n")});
        if is_answered { Turn::text("Done.") } else { Turn::text("").call("write", content) }
    })
}

#[tokio::test]
async fn s6_nothing_goes_back_within_a_turn_nor_to_what_is_no_message() {
    let gate = Gate::new();
    let rig = Rig::new(
        Script::new().turn(Turn::text("One.")).turn(Turn::text("Two.").hold_after(0, &gate)).repeat_last(),
    );
    let mut running = rig.start(Start::New { parent: None });
    turn(&mut running, "one", &ApprovalDecision::Allow).await;
    let to = points(&mut running).await[0].seq;
    send(&running, Op::Redo).await;
    assert!(next(&mut running, notice).await.contains("no rewind to take back"));

    send(&running, Op::Submit { text: "two".into() }).await;
    let is_sent =
        |update| matches!(update, Update::Record(record) if matches!(record.event, Event::RequestSent(_)));
    next(&mut running, |update| is_sent(update).then_some(())).await;
    let scope = RewindScope::Both;
    for op in [Op::Rewind { to, scope }, Op::Redo] {
        send(&running, op).await;
        assert!(next(&mut running, notice).await.contains("Press Esc or wait"));
    }
    gate.open();
    let is_over =
        |update| matches!(update, Update::Record(record) if matches!(record.event, Event::TurnEnded(_)));
    next(&mut running, |update| is_over(update).then_some(())).await;
    for to in [0, to + 1, 999] {
        send(&running, Op::Rewind { to, scope }).await;
        assert!(next(&mut running, notice).await.contains("no message one can go back to"));
    }
    end(&mut running).await;
    let records = rig.records(&running.session);
    assert!(!records.iter().any(|record| matches!(record.event, Event::Rewound(_))));
}

#[tokio::test]
async fn s6_the_request_after_a_rewind_is_the_one_of_then_byte_for_byte() {
    let rig = Rig::new(writing());
    let mut running = rig.start(Start::New { parent: None });
    for text in ["first", "second", "third"] {
        turn(&mut running, text, &ApprovalDecision::Allow).await;
    }
    let found = points(&mut running).await;
    assert_eq!(
        found.iter().map(|point| point.text.as_str()).collect::<Vec<_>>(),
        ["first", "second", "third"]
    );
    assert!(found.iter().all(|point| point.files == 1));
    for point in &found {
        let shown = preview(&mut running, point.seq, RewindScope::Conversation).await;
        assert_eq!(
            (shown.messages, shown.diff.as_str()),
            (points(&mut running).await.iter().filter(|other| other.seq >= point.seq).count(), "")
        );
        for scope in [RewindScope::Conversation, RewindScope::Both] {
            send(&running, Op::Rewind { to: point.seq, scope }).await;
            let went = next(&mut running, rewound).await;
            let records = rig.records(&running.session);
            let digest = |records: &[Record]| project(&replay(records).state).unwrap().digest();
            let (then, before) = (usize::try_from(point.seq).unwrap(), usize::try_from(went).unwrap());
            assert_eq!(digest(&records[..=before]), digest(&records[..then]), "to {}", point.seq);
            send(&running, Op::Redo).await;
            let again = usize::try_from(next(&mut running, rewound).await).unwrap();
            let records = rig.records(&running.session);
            assert_eq!(digest(&records[..=again]), digest(&records[..before]), "from {}", point.seq);
        }
    }
    assert_eq!(
        std::fs::read_to_string(rig.workspace().join("a.txt")).unwrap(),
        "4\n",
        "every redo put it back"
    );
    end(&mut running).await;
    let report = replay(&rig.records(&running.session));
    assert_eq!((report.mismatches, report.violations), (vec![], vec![]));
}

#[tokio::test]
async fn s6_a_log_that_went_back_is_whole_again_whatever_line_of_it_is_lost() {
    let rig = Rig::new(writing());
    let mut running = rig.start(Start::New { parent: None });
    turn(&mut running, "first", &ApprovalDecision::Allow).await;
    turn(&mut running, "second", &ApprovalDecision::Allow).await;
    let to = points(&mut running).await[1].seq;
    send(&running, Op::Rewind { to, scope: RewindScope::Both }).await;
    next(&mut running, rewound).await;
    turn(&mut running, "third", &ApprovalDecision::Allow).await;
    end(&mut running).await;
    let id = running.session.clone();
    let log = rig.log(&id);
    for lost in 1..log.lines().count() {
        let rest = log.lines().enumerate().filter(|(line, _)| *line != lost);
        let rest: String = rest.flat_map(|(_, line)| [line, "\n"]).collect();
        std::fs::write(rig.store().transcript(&id), rest).unwrap();
        let records = rig.resume(&id).await;
        assert_eq!(invariants::check(&records), [], "without line {lost}");
    }
}
