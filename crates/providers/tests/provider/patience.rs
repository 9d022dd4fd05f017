//! Retries, deadlines, cancellation.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use headwater_protocol::{Cancel, Message, ModelDelta, ProviderError};
use headwater_providers::connect;
use headwater_testkit::{DEADLINE, Fault, Gate, Outcome, Turn};

use crate::kit::{ask, connection, projection, provider, server};

#[tokio::test]
async fn what_passes_is_waited_for() {
    let faults = [
        Fault::RateLimited { retry_after: None },
        Fault::Overloaded { code: 503 },
        Fault::CutBeforeAnything,
        Fault::CutAfterDeltas(0),
    ];
    let server = server(faults.map(Turn::fault).into_iter().chain([Turn::text("At last.")]));
    let came = ask(&*provider(&server)).await;
    assert_eq!(
        (came.text().as_str(), came.retries(), came.error.is_none()),
        ("At last.", 4, true),
        "{came:?}"
    );
    let ModelDelta::Retrying { attempt, reason, .. } = &came.deltas[0] else { panic!("{came:?}") };
    assert_eq!((*attempt, reason.as_str()), (1, "scripted limits the rate of requests"));
}

#[tokio::test]
async fn the_servers_wait_is_kept() {
    let server = server([
        Turn::fault(Fault::RateLimited { retry_after: Some(Duration::from_secs(1)) }),
        Turn::text("ok"),
    ]);
    let came = ask(&*provider(&server)).await;
    assert_eq!(came.text(), "ok");
    let requests = server.requests();
    let waited = requests[1].at - requests[0].at;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn a_wait_beyond_the_cap_is_told_and_not_slept() {
    let server = server([Turn::fault(Fault::RateLimited { retry_after: Some(Duration::from_hours(1)) })]);
    let began = Instant::now();
    let came = ask(&*provider(&server)).await;
    assert!(began.elapsed() < DEADLINE);
    assert_eq!(
        came.failure(),
        ("rate_limited", "scripted limits the rate of requests; it asks to wait 3600 s".to_owned())
    );
    assert_eq!((came.retries(), server.requests().len()), (0, 1));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_given_up_quickly() {
    let began = Instant::now();
    let mut connection = connection(&headwater_testkit::server::refused_base_url());
    connection.network.backoff = Duration::from_hours(1);
    let came = ask(&*connect(connection).unwrap()).await;
    let (kind, sentence) = came.failure();
    assert_eq!((kind, came.retries()), ("unreachable", 2), "{came:?}");
    assert!(sentence.contains("the connection was refused"), "{sentence}");
    assert!(began.elapsed() < DEADLINE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn cancelling_hangs_up_at_once() {
    let gate = Gate::new();
    let server = server([Turn::text("one two three").deltas_of(4).hold_after(1, &gate)]);
    let provider = provider(&server);
    let cancel = Cancel::new();
    let mut stream = provider.stream(projection(vec![Message::user("Hello")]), cancel.clone());
    assert_eq!(stream.next().await, Some(Ok(ModelDelta::Text("one ".to_owned()))));
    let began = Instant::now();
    cancel.cancel();
    assert_eq!(stream.next().await, Some(Err(ProviderError::Cancelled)));
    assert_eq!(stream.next().await, None);
    server.wait_until("the client to leave", DEADLINE, |requests| requests[0].outcome == Outcome::ClientLeft);
    assert!(began.elapsed() < DEADLINE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn cancelling_ends_the_wait_for_a_retry_and_a_dropped_stream_hangs_up() {
    let asks = Duration::from_secs(30);
    let server = server([
        Turn::fault(Fault::RateLimited { retry_after: Some(asks) }),
        Turn::fault(Fault::StallAfter { deltas: 1 }),
    ]);
    let provider = provider(&server);
    let cancel = Cancel::new();
    let mut stream = provider.stream(projection(vec![Message::user("Hello")]), cancel.clone());
    assert!(matches!(stream.next().await, Some(Ok(ModelDelta::Retrying { .. }))));
    let (cancelled, began) = (stream.next(), Instant::now());
    let cancel_soon = async {
        tokio::task::yield_now().await;
        cancel.cancel();
    };
    let (item, ()) = tokio::join!(cancelled, cancel_soon);
    assert_eq!(item, Some(Err(ProviderError::Cancelled)));
    assert!(began.elapsed() < asks);

    let mut stream = provider.stream(projection(vec![Message::user("Hello")]), Cancel::new());
    assert!(matches!(stream.next().await, Some(Ok(ModelDelta::Text(_)))));
    drop(stream);
    server.wait_until("the client to leave", DEADLINE, |requests| requests[1].outcome == Outcome::ClientLeft);
}
