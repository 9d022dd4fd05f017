//! What arrives when all is well, and the request it took.

use headwater_protocol::{ModelDelta, StopSignal, Tokens, Usage};
use headwater_testkit::{Call, Finish, Turn};
use serde_json::json;

use crate::kit::{ask, provider, server};

#[tokio::test]
async fn text_thinking_and_usage_arrive_in_order() {
    let turn =
        Turn::text("größer, 漢字, 👩‍💻").thinking("Hm, 漢.").usage(1000, 900, 20).deltas_of(2).chunked_every(3);
    let server = server([turn]);
    let came = ask(&*provider(&server)).await;
    assert_eq!((came.thinking().as_str(), came.text().as_str()), ("Hm, 漢.", "größer, 漢字, 👩‍💻"));
    assert_eq!(came.finished(), Some(StopSignal::EndTurn));
    let usage = Usage { input: Tokens(1000), cached: Tokens(900), output: Tokens(20), ..Usage::default() };
    let reports: Vec<_> = came.deltas.iter().filter(|delta| matches!(delta, ModelDelta::Usage(_))).collect();
    assert_eq!(reports, [&ModelDelta::Usage(usage)], "told once");
}

#[tokio::test]
async fn the_request_is_what_the_wire_says() {
    let server = server([Turn::text("Hi")]);
    ask(&*provider(&server)).await;
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(request.header("authorization"), Some("Bearer sk-secret"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("headwater/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.body["model"], "scripted-model");
    assert_eq!(request.last_text("user").as_deref(), Some("Hello"));
}

#[tokio::test]
async fn parallel_calls_arrive_whole_however_they_are_cut() {
    for fragment in [1, 3, 7, 1000] {
        let turn = Turn::text("Reading.")
            .with_call(Call::new("read", json!({"path": "größer 👩‍💻.txt"})).escaped())
            .call("read", json!({"path": "b"}))
            .raw_call("list", "")
            .fragments_of(fragment)
            .interleaved()
            .chunked_every(fragment * 2 + 1);
        let server = server([turn]);
        let came = ask(&*provider(&server)).await;
        let calls = came.calls();
        assert_eq!(calls.len(), 3, "{calls:?}");
        let arguments = calls[0].strip_prefix("0 call_0_0 read ").unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(arguments).unwrap()["path"], "größer 👩‍💻.txt");
        assert_eq!(&calls[1..], ["1 call_0_1 read {\"path\":\"b\"}", "2 call_0_2 list "]);
        assert_eq!(came.finished(), Some(StopSignal::ToolCalls));
    }
}

#[tokio::test]
async fn ids_come_as_they_are_and_the_finish_is_understood() {
    let read = |id: &str| Call::new("read", json!({})).id(id);
    let cases = [
        (Turn::empty().with_call(read("")).with_call(read("")), StopSignal::ToolCalls),
        (Turn::empty().with_call(read("x")).with_call(read("x")).finish(Finish::Stop), StopSignal::ToolCalls),
        (Turn::empty().call("read", json!({})).finish(Finish::Missing), StopSignal::ToolCalls),
        (Turn::text("cut").finish(Finish::Length), StopSignal::Length),
        (Turn::text("no").finish(Finish::ContentFilter), StopSignal::Filtered),
        (Turn::text("ok").finish(Finish::Missing), StopSignal::EndTurn),
        (Turn::text("ok").finish(Finish::Other("eos".to_owned())), StopSignal::EndTurn),
        (Turn::empty(), StopSignal::EndTurn),
    ];
    let server = server(cases.iter().map(|(turn, _)| turn.clone()));
    let provider = provider(&server);
    for (turn, expected) in cases {
        let came = ask(&*provider).await;
        assert_eq!(came.finished(), Some(expected), "{turn:?}: {came:?}");
    }
}
