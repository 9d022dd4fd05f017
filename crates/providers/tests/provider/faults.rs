//! Everything a server can do wrong: how it is named, and whether it is tried again.

use std::time::Duration;

use headwater_protocol::ProviderError;
use headwater_testkit::{DEADLINE, Fault, Turn};

use crate::kit::{Came, ask, connection, provider, server};

/// One request that meets this fault each time.
async fn meets(fault: Fault) -> (Came, usize) {
    let server = headwater_testkit::ModelServer::start(
        headwater_testkit::Script::new().turn(Turn::fault(fault)).repeat_last(),
    );
    let came = ask(&*provider(&server)).await;
    (came, server.requests().len())
}

fn status(code: u16, body: &str) -> Fault {
    Fault::Status { code, headers: vec![], body: body.to_owned() }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let bad = |message: &str| Fault::BadRequest { message: message.to_owned() };
    let cases = [
        (Fault::QuotaExhausted, "quota_exhausted", "You exceeded your current quota", 1),
        (
            status(402, r#"{"error":{"message":"Insufficient Balance"}}"#),
            "quota_exhausted",
            "Insufficient Balance",
            1,
        ),
        (Fault::RateLimited { retry_after: None }, "rate_limited", "limits the rate", 5),
        (Fault::Overloaded { code: 503 }, "overloaded", "HTTP 503", 5),
        (Fault::Overloaded { code: 529 }, "overloaded", "HTTP 529", 5),
        (status(500, "oops"), "overloaded", "oops", 5),
        (
            status(502, "<html><title>Bad gateway</title></html>"),
            "overloaded",
            "a page of HTML: Bad gateway",
            5,
        ),
        (Fault::Unauthorized, "unauthorized", "headwater login scripted", 1),
        (status(403, r#"{"detail":"no"}"#), "unauthorized", "(HTTP 403): no", 1),
        (bad("tools: too many"), "bad_request", "tools: too many", 1),
        (
            status(404, r#"{"error":{"message":"The model does not exist"}}"#),
            "bad_request",
            "\"scripted-model\"",
            1,
        ),
        (status(404, "404 page not found"), "not_understood", "404 page not found", 1),
        (Fault::WindowExceeded, "window_exceeded", "scripted-model", 1),
        (bad("the request exceeds the available context size (8192 tokens)"), "window_exceeded", "8192", 1),
        (bad("This model's maximum context length is 1000 tokens"), "window_exceeded", "1000", 1),
        (Fault::Html, "not_understood", "a page of HTML: Sign in", 1),
        (Fault::Garbage, "not_understood", "no events", 1),
        (
            status(200, r#"{"error":{"message":"upstream is busy","code":503}}"#),
            "overloaded",
            "upstream is busy",
            5,
        ),
        (Fault::ErrorInStream { deltas: 0, message: "it broke".to_owned() }, "overloaded", "it broke", 5),
        (Fault::CutBeforeAnything, "unreachable", "closed before an answer came", 5),
        (Fault::CutAfterBytes(0), "unreachable", "closed before an answer came", 5),
        (Fault::CutAfterBytes(50), "unreachable", "closed before an answer came", 5),
        (Fault::BadJsonInEvent { deltas: 0 }, "not_understood", "EOF", 1),
        (Fault::BadUtf8InEvent { deltas: 0 }, "not_understood", "", 1),
    ];
    for (fault, kind, words, requests) in cases {
        let (came, sent) = meets(fault.clone()).await;
        let (found, sentence) = came.failure();
        assert_eq!((found, sent), (kind, requests), "{fault:?}: {came:?}");
        assert!(sentence.contains(words), "{fault:?}: {sentence}");
        assert_eq!(came.retries(), sent - 1, "{fault:?}: each retry is told");
    }
}

#[tokio::test]
async fn what_breaks_later_is_cut_at_once_and_keeps_what_came() {
    let cases = [
        Fault::CutAfterDeltas(3),
        Fault::CutMidUtf8,
        Fault::BadJsonInEvent { deltas: 3 },
        Fault::BadUtf8InEvent { deltas: 3 },
        Fault::ErrorInStream { deltas: 3, message: "it broke".to_owned() },
    ];
    for fault in cases {
        let (came, sent) = meets(fault.clone()).await;
        assert_eq!((came.failure().0, sent), ("cut", 1), "{fault:?}: {came:?}");
        assert!(came.text().starts_with("This ans"), "{fault:?}: {:?}", came.text());
        assert_eq!(came.finished(), None);
    }
}

#[tokio::test]
async fn an_answer_without_its_last_event_is_whole() {
    let (came, sent) = meets(Fault::CloseWithoutDone).await;
    assert_eq!((came.error.is_none(), sent), (true, 1), "{came:?}");
    assert!(came.finished().is_some() && came.text().ends_with("to the end."));
    let (came, _) = meets(Fault::SlowBytes(Duration::from_micros(20))).await;
    assert!(came.finished().is_some() && came.text().ends_with("to the end."), "{came:?}");
}

#[tokio::test]
async fn silence_ends_at_its_deadline() {
    let short = Duration::from_millis(150);
    let cases = [
        (Fault::Stall, "first byte", 2),
        (Fault::StallAfter { deltas: 0 }, "first byte", 2),
        (Fault::StallAfter { deltas: 2 }, "idle", 1),
    ];
    for (fault, phase, requests) in cases {
        let server = server([Turn::fault(fault.clone()), Turn::fault(fault.clone())]);
        let mut connection = connection(&server.base_url());
        connection.network.attempts = 2;
        // Where something comes, that it comes late is not what ends it.
        connection.network.first_byte_timeout = Some(if phase == "idle" { DEADLINE } else { short });
        connection.network.idle_timeout = short;
        let came = ask(&*headwater_providers::connect(connection).unwrap()).await;
        let expected = ProviderError::TimedOut { vendor: "scripted".to_owned(), phase, after: short };
        assert_eq!(came.error, Some(expected), "{fault:?}");
        assert_eq!(server.requests().len(), requests, "{fault:?}");
    }
}

/// The opening event says nothing, and takes longer than the deadline while its bytes come steadily.
#[tokio::test]
async fn signs_of_life_are_not_enough_forever() {
    let server = server([Turn::fault(Fault::SlowBytes(Duration::from_millis(100)))]);
    let mut connection = connection(&server.base_url());
    let cap = Duration::from_millis(5_100);
    connection.network.attempts = 1;
    connection.network.first_byte_timeout = Some(Duration::from_secs(5));
    connection.network.heartbeat_timeout = cap;
    let came = ask(&*headwater_providers::connect(connection).unwrap()).await;
    let expected = ProviderError::TimedOut { vendor: "scripted".to_owned(), phase: "idle", after: cap };
    assert_eq!(came.error, Some(expected));
}

#[tokio::test]
async fn nothing_shows_the_key() {
    let said = r#"{"error":{"message":"Incorrect API key provided: sk-secret\u001b[31m"}}"#;
    let (came, _) = meets(status(401, said)).await;
    let (_, sentence) = came.failure();
    assert!(
        sentence.contains("[key]") && !sentence.contains("sk-secret") && !sentence.contains('\u{1b}'),
        "{sentence}"
    );
    let at_the_border = format!("{} sk-secret", "x".repeat(294));
    let (came, _) = meets(status(400, &at_the_border)).await;
    assert!(!came.failure().1.contains("sk-"), "{came:?}");
    assert!(!format!("{:?}", connection("http://127.0.0.1:1/v1")).contains("sk-secret"));
}
