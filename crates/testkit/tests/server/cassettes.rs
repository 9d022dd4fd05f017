//! What is recorded before a server is what was said, and is played to the byte.

use super::client::{ask, post_at, streaming};
use headwater_testkit::{Call, Cassette, CassetteRecorder, Fault, ModelServer, Script, Turn};
use serde_json::json;

const PATHS: [&str; 3] = ["/v1/chat/completions", "/v1/responses", "/v1/messages"];

fn script() -> Script {
    let call = Call::new("read", json!({"path": "größer 👩‍💻.txt"}));
    Script::new().turn(Turn::text("größer, 漢字").deltas_of(1).with_call(call).fragments_of(2)).repeat_last()
}

#[test]
fn a_cassette_holds_what_was_said_on_every_wire_and_plays_it_in_its_pieces() {
    for path in PATHS {
        let (upstream, room) = (ModelServer::start(script()), tempfile::tempdir().unwrap());
        let tape = room.path().join("tape.jsonl");
        let recorder = CassetteRecorder::start(&upstream.base_url(), &tape, vec![]).unwrap();
        let body = streaming().to_string();
        let heard = post_at(recorder.address(), path, &body);
        let cassette = Cassette::read(&tape);
        let [exchange] = cassette.exchanges.as_slice() else { panic!("{cassette:?}") };
        assert_eq!((exchange.path.as_str(), &exchange.request, exchange.status), (path, &body, 200));
        assert_eq!(exchange.content_type, "text/event-stream");
        assert_eq!(exchange.body(), heard.text(), "{path}");
        assert!(exchange.answer.len() > 10, "{path}: {} pieces", exchange.answer.len());
        assert_eq!(upstream.requests()[0].header("authorization"), Some("Bearer sk-secret"));
        assert!(!std::fs::read_to_string(&tape).unwrap().contains("sk-secret"));

        let player = ModelServer::start(Script::new().turns(cassette.turns()));
        let again = post_at(player.address(), path, "{}");
        assert_eq!((again.text(), again.is_whole), (heard.text(), true), "{path}");
        let pieces: Vec<&[u8]> = exchange.answer.iter().map(String::as_bytes).collect();
        assert_eq!(again.chunks, pieces, "{path}");
    }
}

#[test]
fn what_is_played_can_be_cut_at_every_border() {
    let (upstream, room) = (ModelServer::start(script()), tempfile::tempdir().unwrap());
    let tape = room.path().join("tape.jsonl");
    let recorder = CassetteRecorder::start(&upstream.base_url(), &tape, vec![]).unwrap();
    post_at(recorder.address(), PATHS[0], &streaming().to_string());
    let exchange = &Cassette::read(&tape).exchanges[0];
    for border in exchange.borders() {
        let turn = Turn::played(exchange).with_fault(Fault::CutAfterBytes(border));
        let player = ModelServer::start(Script::new().turn(turn));
        let heard = ask(&player, &streaming()).unwrap();
        assert!(!heard.is_whole, "at {border}");
        assert_eq!(Some(heard.text()), exchange.body().get(..border).map(Into::into), "at {border}");
    }
}

#[test]
fn what_may_not_be_on_a_cassette_is_neither_written_nor_answered() {
    for (said, expected) in
        [("at /home/somebody/x", "/home/somebody"), ("sk-secret", "the key it was sent with")]
    {
        let upstream = ModelServer::start(Script::new().turn(Turn::text(said)));
        let room = tempfile::tempdir().unwrap();
        let tape = room.path().join("tape.jsonl");
        let withheld = vec!["/home/somebody".to_owned()];
        let recorder = CassetteRecorder::start(&upstream.base_url(), &tape, withheld).unwrap();
        let answer = post_at(recorder.address(), PATHS[0], &streaming().to_string());
        assert_eq!((answer.status, std::fs::read_to_string(&tape).unwrap()), (500, String::new()));
        assert!(answer.text().contains(expected), "{}", answer.text());
        assert_eq!(recorder.refused().len(), 1);
    }
}
