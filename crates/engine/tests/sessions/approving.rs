//! An answer to an approval request is what was offered, or it is none.

use headwater_engine::{Running, Start};
use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::{ApprovalDecision, ApprovalScope, CallId, Delta, Event, Op, Update};
use headwater_testkit::{DEADLINE, Script, Turn};
use serde_json::json;
use tokio::time::timeout;

use crate::rig::{Rig, end};

/// A model that writes once where a person is asked for each call by itself.
fn model() -> Script {
    Script::responder(|_, request| {
        let has_result = request.messages().iter().any(|message| message["role"] == "tool");
        if has_result {
            return Turn::text("Done.");
        }
        let input = json!({"path": ".headwater/commands/hello.md", "content": "Say hello."});
        Turn::text("Write.").call("write", input)
    })
}

async fn next(running: &mut Running) -> Update {
    timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap()
}

async fn asked(running: &mut Running) -> ApprovalRequested {
    loop {
        if let Update::Record(record) = next(running).await
            && let Event::ApprovalRequested(asked) = &record.event
        {
            return asked.clone();
        }
    }
}

async fn answer(running: &Running, call: &CallId, scope: ApprovalScope) {
    let decision = ApprovalDecision::Allow;
    running.ops.send(Op::Approve { call: call.clone(), decision, scope }).await.unwrap();
}

#[tokio::test]
async fn b9_a_lasting_yes_that_was_not_offered_is_no_answer_and_the_call_waits_on() {
    for scope in [ApprovalScope::Session, ApprovalScope::Project] {
        let rig = Rig::new(model());
        let mut running = rig.start(Start::New { parent: None });
        running.ops.send(Op::Submit { text: "go".into() }).await.unwrap();
        let asked = asked(&mut running).await;
        assert_eq!(asked.offers, Vec::<String>::new(), "nothing that lasts is offered");

        answer(&running, &asked.call, scope).await;
        loop {
            match next(&mut running).await {
                Update::Delta(Delta::Notice { text }) if text.contains("was not offered") => break,
                Update::Record(record) => {
                    assert!(!matches!(record.event, Event::ApprovalGiven(_) | Event::ToolReturned(_)));
                }
                Update::Delta(_) | Update::Answer(_) => {}
                Update::Closed => panic!("the session ended"),
            }
        }
        assert!(!rig.workspace().join(".headwater").exists(), "nothing has run");

        answer(&running, &asked.call, ApprovalScope::Once).await;
        while !matches!(next(&mut running).await, Update::Record(record) if matches!(record.event, Event::TurnEnded(_)))
        {
        }
        assert!(rig.workspace().join(".headwater/commands/hello.md").exists());
        end(&mut running).await;

        let given: Vec<_> = rig
            .records(&running.session)
            .into_iter()
            .filter_map(|record| match record.event {
                Event::ApprovalGiven(given) => {
                    assert_eq!(given.rules, Vec::<String>::new(), "no rule is kept");
                    Some(given.scope)
                }
                Event::RuleAdded(rule) => panic!("a rule was kept: {rule:?}"),
                _ => None,
            })
            .collect();
        assert_eq!(given, [ApprovalScope::Once]);
    }
}
