//! How a vendor that complains is treated.

use std::time::Duration;

use headwater_engine::children::WidthLimits;
use headwater_protocol::events::ChildStatus;
use headwater_testkit::server::refused_base_url;
use headwater_testkit::{Fault, Script, Turn};

use crate::rig::{Log, Rig, Wishes, echo, questions};

fn limited(wait: Option<u64>) -> Turn {
    Turn::fault(Fault::RateLimited { retry_after: wait.map(Duration::from_secs) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_refusals_halves_the_width_and_everything_is_answered() {
    // The first refusal may come before the first round is all out: then 8 and 4 of the next two make it full.
    const REFUSED: usize = 14;
    let script =
        Script::responder(|index, request| if index < REFUSED { limited(None) } else { echo(request) });
    let rig = Rig::new(script, Wishes::default());
    let results = rig.ask(questions(60)).await.unwrap();
    for (number, result) in results.iter().enumerate() {
        assert_eq!((result.text.as_str(), &result.error), (&*format!("answer {number}"), &None));
    }
    assert_eq!(rig.requests().len(), 60 + REFUSED);
    let width = rig.kin.widths.of("scripted").now();
    assert!((1..16).contains(&width), "{width}");
    let attempts: u32 = rig.log.returned().iter().map(|returned| returned.attempts).sum();
    assert_eq!(attempts as usize, 60 + REFUSED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_everything_is_given_up() {
    let rig = Rig::new(Script::new().turn(limited(None)).repeat_last(), Wishes::default());
    let results = rig.ask(questions(200)).await.unwrap();
    for result in &results {
        let why = result.error.as_deref().unwrap();
        assert!(why.contains("limits the rate of requests"), "{why}");
    }
    assert!(rig.requests().len() < 60, "{}", rig.requests().len());
    rig.log.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_waits_as_long_as_the_vendor_asks() {
    let script =
        Script::responder(|index, request| if index == 0 { limited(Some(1)) } else { echo(request) });
    let widths = WidthLimits { start: 1, most: 8, pause: Duration::ZERO };
    let rig = Rig::new(script, Wishes { widths, ..Wishes::default() });
    let results = rig.ask(questions(5)).await.unwrap();
    assert!(results.iter().all(|result| result.error.is_none()));
    let requests = rig.requests();
    for request in &requests[1..] {
        let waited = request.at.duration_since(requests[0].at);
        assert!(waited >= Duration::from_secs(1), "{waited:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_a_sentence_and_soon() {
    let rig = Rig::new(Script::new(), Wishes::default());
    let provider = crate::rig::provider(&refused_base_url());
    let (log, journal) = Log::open();
    let pool = headwater_engine::children::Pool::new(headwater_engine::children::PoolSetup {
        cheap: std::sync::Arc::clone(&provider),
        strong: provider,
        corpus: crate::rig::corpus(""),
        kin: rig.kin.clone(),
        journal,
        children: 0,
        depth: 1,
        recursion: None,
    });
    let batch = crate::rig::batch(headwater_protocol::repl::ChildKind::Llm, questions(300));
    let results = pool.ask(batch, &headwater_protocol::Cancel::new()).await.unwrap();
    for result in &results {
        let why = result.error.as_deref().unwrap();
        assert!(why.contains("nothing answers at"), "{why}");
    }
    assert!(log.started().len() <= 16, "only the first round was asked: {}", log.started().len());
    assert_eq!(log.count(ChildStatus::Error), log.started().len());
    assert_eq!(pool.budget().calls as usize, log.started().len(), "what was not asked is no call");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_once_and_not_tried_a_hundred_times() {
    let script = Script::new().turn(Turn::fault(Fault::Unauthorized)).repeat_last();
    let rig = Rig::new(script, Wishes::default());
    let results = rig.ask(questions(100)).await.unwrap();
    assert!(results.iter().all(|result| result.error.as_deref().unwrap().contains("refuses the key")));
    assert!(rig.requests().len() <= 16, "{}", rig.requests().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_beyond_the_end_of_the_mission_is_not_waited_for() {
    let script = Script::new().turn(limited(Some(7_200))).repeat_last();
    let rig = Rig::new(script, Wishes::default());
    let results = rig.ask(questions(40)).await.unwrap();
    for result in &results {
        let why = result.error.as_deref().unwrap();
        assert!(why.contains("asks to wait 7200 s"), "{why}");
    }
    rig.log.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_wrong_is_final_and_the_others_are_answered() {
    let script = Script::responder(|_, request| match request.last_text("user").unwrap().as_str() {
        "question 3" => Turn::fault(Fault::BadRequest { message: "no such thing".into() }),
        _ => echo(request),
    });
    let rig = Rig::new(script, Wishes::default());
    let results = rig.ask(questions(8)).await.unwrap();
    assert!(results[3].error.as_deref().unwrap().contains("no such thing"));
    assert_eq!(results.iter().filter(|result| result.error.is_none()).count(), 7);
    assert_eq!(rig.requests().len(), 8);
}
