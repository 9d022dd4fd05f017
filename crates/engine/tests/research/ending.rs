//! Money, calls, time, silence, interruption: each ends research in order, and keeps what was found.

use std::time::Duration;

use headwater_engine::children::Memo;
use headwater_engine::mission::research::ResearchBudget;
use headwater_engine::mission::sampling::SamplingEnd;
use headwater_protocol::{Cancel, Usd};
use headwater_testkit::{DEADLINE, Fault, Gate, Script, Turn};
use tokio::time::timeout;

use super::reader::answer;
use super::rig::{Rig, library};

fn reader() -> Script {
    Script::responder(|_, request| answer(request))
}

#[tokio::test]
async fn without_calls_nothing_is_asked() {
    let rig = Rig::new(reader(), library(), Memo::default());
    let none = ResearchBudget { cheap: 0, strong: 0, ..ResearchBudget::default() };
    let (found, card) = rig.run(none).await;
    assert_eq!((found.end, found.claims), (SamplingEnd::Calls, vec![]));
    assert_eq!(card, Err("No model answered: The calls for research are used up.".into()));
    assert_eq!(rig.server.requests().len(), 0);
}

#[tokio::test]
async fn calls_are_never_more_than_the_budget() {
    for cheap in [1, 5, 9, 13] {
        let rig = Rig::new(reader(), library(), Memo::default());
        let (found, _) = rig.run(ResearchBudget { cheap, strong: 1, ..ResearchBudget::default() }).await;
        assert!(found.summary.calls.0 <= cheap);
        assert!(rig.server.requests().len() <= cheap as usize + 1, "{cheap}");
    }
}

#[tokio::test]
async fn spent_money_ends_it_after_the_batch() {
    let rig = Rig::new(reader(), library(), Memo::default());
    let (found, card) = rig.run(ResearchBudget { cost: Usd(0.000_1), ..ResearchBudget::default() }).await;
    assert_eq!(found.end, SamplingEnd::Stopped("The money for research is spent.".into()));
    assert_eq!(rig.server.requests().len(), 8);
    assert!(!found.claims.is_empty(), "what was found stays");
    assert_eq!(card, Err("No model answered: The money for research is spent.".into()));
}

#[tokio::test]
async fn a_server_that_is_down_is_said_in_one_sentence() {
    let script = Script::responder(|_, _| Turn::fault(Fault::CutBeforeAnything));
    let rig = Rig::new(script, library(), Memo::default());
    let (found, card) = timeout(DEADLINE, rig.run(ResearchBudget::default())).await.unwrap();
    let SamplingEnd::Stopped(why) = found.end else { unreachable!("{:?}", found.end) };
    assert!(why.starts_with("No model answered: "), "{why}");
    assert!(card.unwrap_err().starts_with("No model answered: "));
}

#[tokio::test]
async fn a_deadline_keeps_what_came_back() {
    let gate = Gate::new();
    let held = gate.clone();
    let script = Script::responder(move |nth, request| {
        let turn = answer(request);
        if nth < 8 { turn } else { turn.hold_after(0, &held) }
    });
    let rig = Rig::new(script, library(), Memo::default());
    let short = ResearchBudget { time: Duration::from_secs(6), ..ResearchBudget::default() };
    let (found, card) = timeout(DEADLINE, rig.run(short)).await.unwrap();
    assert!(!found.observations.is_empty());
    assert_eq!(found.summary.novelty.len(), 8, "the first batch came back");
    assert!(card.is_err());
    gate.open();
}

#[tokio::test]
async fn an_interruption_keeps_what_came_back() {
    let (gate, cancel) = (Gate::new(), Cancel::new());
    let (held, cancelled) = (gate.clone(), cancel.clone());
    let script = Script::responder(move |nth, request| {
        let turn = answer(request);
        if nth < 8 {
            return turn;
        }
        // The person interrupts while the second batch is out.
        cancelled.cancel();
        turn.hold_after(0, &held)
    });
    let mut rig = Rig::new(script, library(), Memo::default());
    rig.cancel = cancel;
    let (found, card) = timeout(DEADLINE, rig.run(ResearchBudget::default())).await.unwrap();
    assert_eq!(found.summary.novelty.len(), 8);
    assert!(!found.claims.is_empty());
    assert_eq!(card, Err("No model answered: It was interrupted.".into()));
    gate.open();
}
