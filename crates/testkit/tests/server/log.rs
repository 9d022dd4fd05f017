//! What the server remembers, and how scripts react to it.

use super::client::{ask, open, read_until, request, streaming};
use headwater_testkit::{DEADLINE, Gate, ModelServer, Outcome, Script, Turn};
use serde_json::json;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn requests_are_recorded_whole() {
    let server = ModelServer::start(Script::new().turn(Turn::text("a")));
    let body = streaming();
    ask(&server, &body).unwrap();
    let requests = server.requests();
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(request.body, body);
    assert_eq!(request.raw, body.to_string());
    assert_eq!(request.header("x-test"), Some("Yes"));
    assert_eq!(request.last_text("user").as_deref(), Some("hello"));
    assert_eq!(request.outcome, Outcome::Complete);
    assert!(request.finished_at.unwrap() >= request.at);
}

#[test]
fn a_kept_connection_is_one_connection_with_times_of_its_own() {
    let server = ModelServer::start(Script::new().turn(Turn::text("a")).repeat_last());
    let mut socket = TcpStream::connect(server.address()).unwrap();
    for _ in 0..2 {
        let request = request("POST /v1/chat/completions", &streaming().to_string(), "keep-alive");
        socket.write_all(request.as_bytes()).unwrap();
        read_until(&mut socket, b"0\r\n\r\n");
    }
    ask(&server, &streaming()).unwrap();
    let requests = server.requests();
    let connections: Vec<usize> = requests.iter().map(|request| request.connection).collect();
    assert_eq!((connections, server.connections()), (vec![0, 0, 1], 2));
    assert!(requests[0].finished_at.unwrap() <= requests[1].at);
}

#[test]
fn a_script_that_is_exhausted_says_so() {
    let server = ModelServer::start(Script::new().turn(Turn::text("a")));
    ask(&server, &streaming()).unwrap();
    let answer = ask(&server, &streaming()).unwrap();
    assert_eq!(answer.status, 500);
    let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "the script of the model server is exhausted: it has 1 turns and this is request 2");
    assert_eq!((server.exhausted(), server.requests().len()), (1, 2));
}

#[test]
fn a_responder_reacts_to_what_it_is_sent() {
    let script = Script::responder(|index, request| {
        Turn::text(format!("{index}: {}", request.last_text("tool").unwrap_or_default()))
    });
    let server = ModelServer::start(script);
    assert_eq!(ask(&server, &streaming()).unwrap().deltas("content"), ["0: "]);
    let mut body = streaming();
    body["messages"] = json!([{"role": "tool", "content": [{"type": "text", "text": "ok"}]}]);
    assert_eq!(ask(&server, &body).unwrap().deltas("content"), ["1: ok"]);
}

#[test]
fn a_gate_holds_the_stream_until_the_test_has_acted() {
    let gate = Gate::new();
    let turn = Turn::text("abcdef").deltas_of(3).hold_after(1, &gate);
    let server = ModelServer::start(Script::new().turn(turn));
    let mut socket = open(&server, &streaming());
    read_until(&mut socket, b"abc");
    assert_eq!(server.requests()[0].outcome, Outcome::Streaming);
    gate.open();
    read_until(&mut socket, b"def");
    server.wait_until("the end", DEADLINE, |requests| requests[0].outcome == Outcome::Complete);
}

#[test]
fn pacing_takes_its_time() {
    let pace = Duration::from_millis(5);
    let turn = Turn::text("abcd").deltas_of(1).after(pace).first_byte_after(pace);
    let server = ModelServer::start(Script::new().turn(turn));
    ask(&server, &streaming()).unwrap();
    let requests = server.requests();
    assert!(requests[0].finished_at.unwrap() - requests[0].at >= pace * 5);
}

#[test]
#[should_panic(expected = "for 2 requests; it saw:\n  #0 POST /v1/chat/completions")]
fn a_wait_that_fails_shows_what_there_was() {
    let server = ModelServer::start(Script::new().turn(Turn::text("a")));
    ask(&server, &streaming()).unwrap();
    server.wait_for_requests(2, Duration::from_millis(1));
}
