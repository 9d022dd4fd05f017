//! What a log answers again.

use headwater_engine::children::Memo;
use headwater_protocol::repl::ChildQuery;
use headwater_testkit::{Fault, Script, Turn};

use crate::rig::{Rig, Wishes, echo, questions};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_log_answers_and_nobody_pays_twice() {
    let script = || {
        Script::responder(|_, request| match request.last_text("user").unwrap().as_str() {
            "question 4" => Turn::fault(Fault::BadRequest { message: "not this one".into() }),
            _ => echo(request),
        })
    };
    let first = Rig::new(script(), Wishes::default());
    let before = first.ask(questions(6)).await.unwrap();
    let memo = Memo::of(&first.log.children());
    let second = Rig::new(script(), Wishes { memo, ..Wishes::default() });
    let after = second.ask(questions(6)).await.unwrap();
    for (number, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before.text, after.text);
        assert_eq!(after.is_cached, number != 4, "only what has no answer is asked again");
    }
    let asked: Vec<String> =
        second.requests().iter().filter_map(|request| request.last_text("user")).collect();
    assert_eq!(asked, ["question 4"]);
    assert_eq!((second.pool.budget().calls, second.pool.budget().cost_usd), (1, 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_limit_is_another_question() {
    let rig = Rig::new(Script::responder(|_, request| echo(request)), Wishes::default());
    let limited = |max_tokens| ChildQuery { max_tokens, ..questions(1).remove(0) };
    let results = rig.ask(vec![limited(None), limited(Some(50)), limited(None)]).await.unwrap();
    assert_eq!(results.iter().map(|result| result.is_cached).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(rig.requests().len(), 2);
}
