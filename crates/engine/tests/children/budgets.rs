//! Calls, tokens and money: refused before, enforced during.

use std::time::Duration;

use headwater_engine::children::WidthLimits;
use headwater_protocol::{MissionBudget, Tokens, Usd};
use headwater_testkit::{Gate, Script};

use crate::rig::{Rig, Wishes, echo, questions};

fn rig(budget: MissionBudget) -> Rig {
    // One at a time, so that what is spent is known before the next is asked.
    let widths = WidthLimits { start: 1, most: 1, ..WidthLimits::default() };
    Rig::new(Script::responder(|_, request| echo(request)), Wishes { budget, widths, ..Wishes::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_more_new_questions_than_calls_asks_none() {
    let rig = rig(MissionBudget { calls: 10, ..MissionBudget::default() });
    let why = rig.ask(questions(11)).await.unwrap_err();
    assert!(
        why.contains("11 new questions and 10 calls are left") && why.contains("nothing was asked"),
        "{why}"
    );
    assert_eq!((rig.requests().len(), rig.log.events().len(), rig.pool.budget().calls_left), (0, 0, 10));
    // What is asked twice counts once, and what is known counts nothing.
    let twice = [questions(10), questions(10)].concat();
    assert_eq!(rig.ask(twice).await.unwrap().len(), 20);
    assert_eq!((rig.requests().len(), rig.pool.budget().calls_left), (10, 0));
    let known = rig.ask(questions(10)).await.unwrap();
    assert!(known.iter().all(|result| result.is_cached && result.cost == Some(Usd(0.0))));
    assert!(rig.ask(questions(11)).await.unwrap_err().contains("1 new questions and 0 calls"));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_ends_a_batch_and_keeps_what_came_back() {
    // A call costs 0.00012 dollars and may cost about 0.0022.
    let cost_usd = Some(Usd(0.0026));
    let rig = rig(MissionBudget { calls: 100, cost_usd, ..MissionBudget::default() });
    let results = rig.ask(questions(20)).await.unwrap();
    // Which of them goes first is nobody's business.
    let left: Vec<&str> = results.iter().filter_map(|result| result.error.as_deref()).collect();
    let answered = results.len() - left.len();
    assert!((2..20).contains(&answered), "{answered} answered");
    for why in left {
        assert!(why.starts_with("the budget is spent") && why.ends_with("it was not asked"), "{why}");
    }
    let budget = rig.pool.budget();
    assert!(budget.cost_usd <= 0.0026 && budget.cost_left_usd.unwrap() >= 0.0, "{budget:?}");
    assert_eq!((rig.requests().len(), budget.calls as usize), (answered, answered));
    rig.log.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_a_budget_too_and_none_means_none() {
    let rig = rig(MissionBudget { tokens: Some(Tokens(0)), ..MissionBudget::default() });
    let results = rig.ask(questions(2)).await.unwrap();
    assert!(results.iter().all(|result| result.error.as_deref().unwrap().contains("0 of 0 tokens are used")));
    assert_eq!((rig.requests().len(), rig.pool.budget().calls), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_is_up_ends_what_is_out() {
    let gate = Gate::new();
    let script = Script::responder(move |index, request| match index {
        0 => echo(request),
        _ => echo(request).hold_after(0, &gate),
    });
    let budget = MissionBudget { seconds: 5, ..MissionBudget::default() };
    let widths = WidthLimits { start: 1, most: 1, pause: Duration::ZERO };
    let rig = Rig::new(script, Wishes { budget, widths, ..Wishes::default() });
    let results = rig.ask(questions(3)).await.unwrap();
    // Which of them goes first is nobody's business.
    let answered = (0..).zip(&results).filter(|(n, result)| result.text == format!("answer {n}")).count();
    let mut why: Vec<&str> = results.iter().filter_map(|result| result.error.as_deref()).collect();
    why.sort_unstable();
    let up = "the time of the mission is up";
    assert_eq!((answered, why), (1, vec![up, &*format!("{up} before it was asked")]));
    rig.log.assert_whole();
}
