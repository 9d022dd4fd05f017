//! Each fault, as a client sees it.

use super::client::{Answer, ask, open, read_until, streaming};
use headwater_testkit::server::refused_base_url;
use headwater_testkit::{DEADLINE, Fault, ModelServer, Outcome, Script, Turn};
use std::net::TcpStream;
use std::time::Duration;

fn failing(fault: Fault) -> (ModelServer, Option<Answer>) {
    let server = ModelServer::start(Script::new().turn(Turn::fault(fault)));
    let answer = ask(&server, &streaming());
    (server, answer)
}

#[test]
fn refusals_have_their_status_headers_and_codes() {
    let pause = Some(Duration::from_millis(1500));
    let custom = Fault::Status {
        code: 418,
        headers: vec![
            ("x-why".to_owned(), "tea".to_owned()),
            ("content-type".to_owned(), "text/plain".to_owned()),
        ],
        body: "short and stout".to_owned(),
    };
    let table = [
        (Fault::RateLimited { retry_after: pause }, 429, "retry-after: 2", "rate_limit_exceeded"),
        (Fault::QuotaExhausted, 429, "application/json", "insufficient_quota"),
        (Fault::Overloaded { code: 529 }, 529, "application/json", "overloaded"),
        (Fault::Unauthorized, 401, "application/json", "invalid_api_key"),
        (Fault::BadRequest { message: "no such tool".to_owned() }, 400, "application/json", "no such tool"),
        (Fault::WindowExceeded, 400, "application/json", "context_length_exceeded"),
        (Fault::Html, 200, "text/html", "<h1>"),
        (Fault::Redirect { to: "http://127.0.0.1:1/".to_owned() }, 307, "location: http://127.0.0.1:1/", ""),
        (custom, 418, "x-why: tea", "short and stout"),
    ];
    for (fault, status, head, body) in table {
        let answer = failing(fault.clone()).1.unwrap();
        assert_eq!(answer.status, status, "{fault:?}");
        assert!(answer.head.contains(head), "{fault:?}: {}", answer.head);
        assert!(answer.text().contains(body), "{fault:?}: {}", answer.text());
        assert!(answer.is_whole, "{fault:?}");
    }
}

#[test]
fn a_rate_limit_may_name_no_time() {
    let (_server, answer) = failing(Fault::RateLimited { retry_after: None });
    assert!(!answer.unwrap().head.contains("retry-after"));
}

#[test]
fn a_cut_before_anything_leaves_no_byte() {
    let (server, answer) = failing(Fault::CutBeforeAnything);
    assert!(answer.is_none());
    assert_eq!(server.requests()[0].outcome, Outcome::Cut);
}

#[test]
fn cuts_come_where_the_script_says_and_break_the_body() {
    let (server, answer) = failing(Fault::CutAfterDeltas(2));
    let answer = answer.unwrap();
    assert_eq!(answer.deltas("content"), ["This ans", "wer will"]);
    assert!(!answer.is_whole);
    let cut = server.wait_until("the cut", DEADLINE, |requests| requests[0].outcome == Outcome::Cut);
    assert!(cut[0].finished_at.is_some());

    for bytes in [0, 1, 100, 333] {
        let answer = failing(Fault::CutAfterBytes(bytes)).1.unwrap();
        assert_eq!((answer.body.len(), answer.is_whole), (bytes, false));
    }
}

#[test]
fn a_cut_inside_a_character_leaves_half_of_it() {
    let answer = failing(Fault::CutMidUtf8).1.unwrap();
    assert!(!answer.is_whole);
    let error = std::str::from_utf8(&answer.body).unwrap_err();
    assert_eq!((error.valid_up_to(), error.error_len()), (answer.body.len() - 1, None));
}

#[test]
fn a_stalled_request_is_read_and_ends_when_the_client_leaves() {
    let server = ModelServer::start(Script::new().turn(Turn::fault(Fault::Stall)));
    let socket = open(&server, &streaming());
    let requests = server.wait_for_requests(1, DEADLINE);
    assert_eq!((requests[0].outcome, requests[0].finished_at), (Outcome::Streaming, None));
    drop(socket);
    server.wait_until("the client to leave", DEADLINE, |requests| requests[0].outcome == Outcome::ClientLeft);
}

#[test]
fn a_stall_in_the_stream_keeps_the_connection_open() {
    let server = ModelServer::start(Script::new().turn(Turn::fault(Fault::StallAfter { deltas: 1 })));
    let mut socket = open(&server, &streaming());
    read_until(&mut socket, b"This ans");
    assert_eq!(server.requests()[0].outcome, Outcome::Streaming);
    drop(socket);
    server.wait_until("the client to leave", DEADLINE, |requests| requests[0].outcome == Outcome::ClientLeft);
}

#[test]
fn streams_can_be_no_stream_at_all() {
    let answer = failing(Fault::Garbage).1.unwrap();
    assert!(answer.head.contains("text/event-stream"));
    assert!(std::str::from_utf8(&answer.body).is_err());
}

#[test]
fn one_event_can_be_bad_among_good_ones() {
    let answer = failing(Fault::BadJsonInEvent { deltas: 1 }).1.unwrap();
    let text = answer.text();
    let data: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let bad: Vec<usize> = (0..data.len() - 1).filter(|place| !is_json(data[*place])).collect();
    assert_eq!(bad, [2]);
    assert_eq!(data.last(), Some(&"[DONE]"));

    let answer = failing(Fault::BadUtf8InEvent { deltas: 0 }).1.unwrap();
    assert!(answer.body.ends_with(b"data: [DONE]\n\n"));
    assert!(answer.body.windows(2).any(|window| window == b"\xff\xfe"));
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

#[test]
fn a_stream_can_end_in_an_error_or_without_its_end() {
    let fault = Fault::ErrorInStream { deltas: 1, message: "the model fell over".to_owned() };
    let events = failing(fault).1.unwrap().events();
    assert_eq!(events.last().unwrap()["error"]["message"], "the model fell over");

    let answer = failing(Fault::CloseWithoutDone).1.unwrap();
    assert!(answer.is_whole && !answer.text().contains("[DONE]"));
    assert!(answer.text().contains("\"finish_reason\":\"stop\""));
}

#[test]
fn slow_bytes_come_one_by_one() {
    let answer = failing(Fault::SlowBytes(Duration::from_micros(10))).1.unwrap();
    assert!(answer.chunks.iter().all(|chunk| chunk.len() == 1));
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
}

#[test]
fn nothing_listens_at_a_refused_address() {
    let url = refused_base_url();
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
}
