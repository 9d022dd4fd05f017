//! What a batch brings: its order, its answers, its errors.

use std::time::Duration;

use headwater_engine::children::WidthLimits;
use headwater_protocol::events::ChildStatus;
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{Delta, PromptPiece, Update, Usd};
use headwater_testkit::{DEADLINE, Finish, Gate, Script, Turn};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::rig::{Rig, Wishes, echo, question, questions};

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_kept_whatever_comes_first() {
    let script = Script::responder(|index, request| {
        // The same for every run, and in no order.
        let latency = Duration::from_millis((index as u64 * 7_919) % 40);
        echo(request).first_byte_after(latency)
    });
    let rig = Rig::new(script, Wishes::default());
    let results = rig.ask(questions(120)).await.unwrap();
    for (number, result) in results.iter().enumerate() {
        assert_eq!((result.text.as_str(), &result.error), (&*format!("answer {number}"), &None));
        assert_eq!((result.usage.input.0, result.cost), (100, Some(Usd(0.00012))));
    }
    assert_eq!((rig.requests().len(), rig.log.count(ChildStatus::Ok)), (120, 120));
    rig.log.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_are_in_flight_at_once_and_front_ends_hear_little_of_it() {
    let gate = Gate::new();
    let script = {
        let gate = gate.clone();
        Script::responder(move |_, request| echo(request).hold_after(0, &gate))
    };
    let widths = WidthLimits { start: 500, most: 500, ..WidthLimits::default() };
    let mut rig = Rig::new(script, Wishes { widths, ..Wishes::default() });
    let began = Instant::now();
    let pool = rig.pool.clone();
    let batch = crate::rig::batch(headwater_protocol::repl::ChildKind::Llm, questions(500));
    let asking = tokio::spawn(async move { pool.ask(batch, &headwater_protocol::Cancel::new()).await });
    let server = &rig.server;
    tokio::task::block_in_place(|| server.wait_for_requests(500, DEADLINE));
    gate.open();
    let results = asking.await.unwrap().unwrap();
    assert!(results.iter().all(|result| result.error.is_none()));
    let rest = Update::Delta(Delta::Children { queued: 0, running: 0, width: 500 });
    let mut reports = 1;
    while timeout(DEADLINE, rig.updates.recv()).await.unwrap().unwrap() != rest {
        reports += 1;
    }
    let most = 3 + began.elapsed().as_millis() / 100;
    assert!(reports <= most, "{reports} reports in {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_reaches_its_model_as_one_message_without_tools() {
    let text = "first line\nsecond line\n".to_owned();
    let rig = Rig::new(Script::new().turn(Turn::text("two")), Wishes { text, ..Wishes::default() });
    let about = vec![PromptPiece::Span { source: "digest".into(), start: 11, end: 22 }];
    let query = ChildQuery { about: about.clone(), max_tokens: Some(9), ..question("Which line?") };
    rig.ask(vec![query]).await.unwrap();
    let request = &rig.requests()[0];
    assert_eq!(request.messages().len(), 2, "{}", request.body);
    assert_eq!(request.last_text("user").unwrap(), "Which line?\n\n<text>\nsecond line\n</text>");
    assert_eq!((request.body.get("tools"), &request.body["max_tokens"]), (None, &json!(9)));
    let started = &rig.log.started()[0];
    assert_eq!(
        (started.cell, started.depth, started.model.as_str()),
        (Some(1), 1, "scripted/scripted-model")
    );
    assert_eq!(started.prompt, [vec![PromptPiece::text("Which line?")], about].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_answer_says_so() {
    let cut = Turn::text("a long sto").finish(Finish::Length);
    let silent = Turn::text("").thinking("hm").finish(Finish::Length);
    let rig = Rig::new(Script::new().turns([cut, silent]), Wishes::default());
    let cut = rig.ask(vec![question("tell")]).await.unwrap().remove(0);
    assert_eq!((cut.text.as_str(), cut.is_truncated, cut.error), ("a long sto", true, None));
    let silent = rig.ask(vec![question("think")]).await.unwrap().remove(0);
    assert!(silent.error.as_deref().unwrap().contains("max_tokens"), "{silent:?}");
    assert_eq!((rig.log.count(ChildStatus::Truncated), rig.log.count(ChildStatus::Error)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_fit_its_schema_is_asked_for_once_more() {
    let script = Script::responder(|_, request| {
        match (request.messages().len(), request.last_text("user").unwrap()) {
            (2, _) => Turn::text("It is spam, I think."),
            (_, told) => {
                assert!(told.contains("there is no JSON in it"), "{told}");
                let is_stubborn = request.messages()[1]["content"].to_string().contains("stubborn");
                Turn::text(if is_stubborn { "spam!" } else { "```json\n{\"label\": \"spam\"}\n```" })
            }
        }
    });
    let rig = Rig::new(script, Wishes::default());
    let schema =
        json!({"type": "object", "required": ["label"], "properties": {"label": {"type": "string"}}});
    let ask = |words: &str| ChildQuery { schema: Some(schema.clone()), ..question(words) };
    let results = rig.ask(vec![ask("willing"), ask("stubborn")]).await.unwrap();
    assert_eq!((results[0].text.as_str(), &results[0].error), ("{\"label\":\"spam\"}", &None));
    let why = results[1].error.as_deref().unwrap();
    assert!(why.contains("does not fit the schema") && results[1].text.is_empty(), "{why}");
    assert_eq!(rig.requests().len(), 4);
    let attempts: Vec<u32> = rig.log.returned().iter().map(|returned| returned.attempts).collect();
    assert_eq!(attempts, [2, 2]);
    assert_eq!(rig.pool.budget().calls, 2, "a repetition is no call of its own");
    let none = ChildQuery { schema: Some(json!({"type": 7})), ..question("x") };
    assert!(rig.ask(vec![none]).await.unwrap()[0].error.as_deref().unwrap().contains("the schema is none"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_does_not_fit_is_refused_alone_with_the_number_of_chunks() {
    let wishes = Wishes { text: "word ".repeat(60_000), ..Wishes::default() };
    let rig = Rig::new(Script::responder(|_, request| echo(request)), wishes);
    let whole = vec![PromptPiece::Span { source: "digest".into(), start: 0, end: 300_000 }];
    let large = ChildQuery { about: whole, ..question("How many words?") };
    let results = rig.ask(vec![large, question("question 1")]).await.unwrap();
    let why = results[0].error.as_deref().unwrap();
    assert!(why.contains("split it into 3 chunks or more"), "{why}");
    assert_eq!((results[1].text.as_str(), rig.requests().len()), ("answer 1", 1));
    assert_eq!((rig.log.started().len(), rig.pool.budget().calls), (1, 1));
}
