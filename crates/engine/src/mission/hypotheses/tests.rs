//! The loop as a whole: code before questions, log-odds, rounds that end.

use serde_json::{Value, json};

use super::*;
use crate::mission::observations::{Observation, ObservationKind, Place};
use crate::mission::testing::corpus;

fn library() -> Corpus {
    corpus(&[
        ("src/pool.rs", "fn pool() {\n    retry_forever();\n}\n"),
        ("src/log.rs", "fn log() { print(); }\n"),
    ])
}

fn observed() -> Vec<Observation> {
    let place = Place { part: 0, name: "src/pool.rs".into(), span: 16..30, line: 2 };
    let (text, quote) = ("It retries for ever.".to_owned(), "retry_forever();".to_owned());
    let kind = ObservationKind::Risk;
    vec![Observation { id: 0, text, kind, quote, place, is_grounded: true, weight: 1.0, symbol: None }]
}

fn prediction(pattern: &str, place: &str, disconfirming: bool) -> Value {
    json!({"if": "", "then": "seen", "where": place, "check": "code", "pattern": pattern, "disconfirming": disconfirming})
}

fn standing(predictions: &[Value]) -> Vec<f64> {
    let mut asked = Hypotheses::new(library(), "goal");
    let answer = json!({"hypotheses": [{"claim": "The pool retries.", "predictions": predictions}]});
    assert_eq!(asked.proposed(Some(&answer.to_string())), []);
    asked.checked(&[]);
    asked.known().iter().map(|known| known.log_odds).collect()
}

#[test]
fn code_settles_what_code_can_settle() {
    let weak = prediction("give_up", "", true);
    let table: [(&str, Vec<Value>, Vec<f64>); 7] = [
        ("found as predicted", vec![prediction("retry_\\w+", "src/**", false), weak.clone()], vec![1.4]),
        ("not found", vec![prediction("backoff", "", false), weak.clone()], vec![-1.1]),
        ("what refutes it is found", vec![prediction("retry", "*.rs", true)], vec![-1.5]),
        ("only elsewhere", vec![prediction("retry", "src/log.rs", false), weak.clone()], vec![-1.1]),
        ("no such text", vec![prediction("retry", "docs/**", true)], vec![0.0]),
        ("no pattern", vec![prediction("(", "", true)], vec![0.0]),
        ("nothing could refute it", vec![prediction("retry", "", false)], vec![]),
    ];
    for (name, predictions, expected) in table {
        let found = standing(&predictions);
        assert_eq!(found.len(), expected.len(), "{name}");
        assert!(
            found.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 1e-9),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn readers_are_asked_last_and_must_quote() {
    let ask = |disconfirming: bool| json!({"then": "retries", "where": "src/pool.rs", "check": "cheap", "disconfirming": disconfirming});
    let table = [
        (r#"{"verdict":"strong","quote":"retry_forever();"}"#, true, -1.5),
        (r#"{"verdict":"refuted","quote":"retry_forever();"}"#, true, 0.4),
        (r#"{"verdict":"strong","quote":"not there at all"}"#, true, 0.0),
        (r#"{"verdict":"perhaps","quote":"retry_forever();"}"#, true, 0.0),
        ("no idea", true, 0.0),
    ];
    for (answer, disconfirming, expected) in table {
        let mut asked = Hypotheses::new(library(), "goal");
        let proposal = json!({"hypotheses": [{"claim": "One.", "predictions": [ask(disconfirming)]}]});
        let questions = asked.proposed(Some(&proposal.to_string()));
        assert_eq!(questions.len(), 1);
        assert!(
            questions[0]
                .about
                .iter()
                .any(|piece| piece.resolve(&library()).unwrap().contains("retry_forever"))
        );
        asked.checked(&[Some(answer.to_owned())]);
        assert!((asked.known()[0].log_odds - expected).abs() < 1e-9, "{answer}");
    }
}

#[test]
fn refuted_hypotheses_stay_and_name_their_places() {
    let mut asked = Hypotheses::new(library(), "goal");
    let proposal = json!({"hypotheses": [{"claim": "Nothing retries.", "predictions": [prediction("retry", "", true)]}]});
    asked.proposed(Some(&proposal.to_string()));
    asked.checked(&[]);
    let claims = asked.claims();
    assert_eq!((claims[0].finding.confidence, claims[0].finding.id.as_str()), (Confidence::Refuted, "h1"));
    assert_eq!(claims[0].finding.citations, ["src/pool.rs:2"]);
    assert_eq!(asked.contradictions()[0].line, 2);
}

#[test]
fn it_ends_when_nothing_moves_and_after_three_rounds() {
    let mut asked = Hypotheses::new(library(), "goal");
    assert!(asked.propose(&[]).is_none(), "nothing was observed");
    let moving = json!({"hypotheses": [{"claim": "A.", "predictions": [prediction("retry", "", false), prediction("x", "", true)]}]});
    let mut rounds = 0;
    while asked.propose(&observed()).is_some() {
        asked.proposed(Some(&moving.to_string()));
        asked.checked(&[]);
        rounds += 1;
    }
    assert_eq!(rounds, MOST_ROUNDS);
    assert!((asked.known()[0].log_odds - 4.2).abs() < 1e-9);

    let mut quiet = Hypotheses::new(library(), "goal");
    quiet.proposed(None);
    assert!(quiet.propose(&observed()).is_none());
    assert!(is_settled(&[1.0, 0.2], &[1.4, 0.4]));
    assert!(!is_settled(&[1.0, 0.9], &[1.0, 1.2]), "ranks");
    assert!(!is_settled(&[-0.1], &[0.3]), "signs");
    assert!(!is_settled(&[1.0], &[1.6]), "too far");
    assert!(!is_settled(&[], &[0.0]), "a new one");
}
