//! Sampling as a whole: deterministic, bounded, and never blind to what nobody has looked at.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::mission::intake::{Churn, nodes};
use crate::mission::testing::corpus;

const LIMITS: SamplingLimits = SamplingLimits { calls: 24, levels: 3 };

fn library(texts: usize) -> Corpus {
    let texts: Vec<(String, String)> = (0..texts)
        .map(|nth| (format!("f{nth}.rs"), format!("fn name{nth}() {{ call{nth}(); }}\n").repeat(100)))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    corpus(&texts)
}

fn begin(corpus: &Corpus, limits: SamplingLimits, seed: u64) -> Sampling {
    Sampling::new(corpus.clone(), nodes(corpus, "name7", &Churn::new()), limits, seed)
}

/// An answer with one observation of this importance, true of the node.
fn answer(node: &Node, importance: u8) -> String {
    let nth = node.part;
    let text = format!("Function {nth} at line {} calls {nth} and {}", node.line, nth * 7);
    let quote = format!("call{nth}();");
    let observed =
        json!({"text": text, "quote": quote, "kind": "fact", "importance": importance, "surprise": 3});
    let zoom = json!({"a": node.line + 3, "b": node.line + 40, "why": "more"});
    json!({"obs": [observed], "zoom": [zoom]}).to_string()
}

/// Runs to the end; `reply` is the model.
fn run(sampling: &mut Sampling, mut reply: impl FnMut(&Node) -> Option<String>) -> Vec<Node> {
    let mut probed = Vec::new();
    loop {
        let batch = sampling.next_probes();
        if batch.is_empty() {
            return probed;
        }
        let answers: Vec<Option<String>> = batch.iter().map(&mut reply).collect();
        probed.extend(batch);
        sampling.take(&answers);
    }
}

#[test]
fn the_same_answers_and_seed_give_the_same_run() {
    let corpus = library(30);
    let runs: Vec<_> = [5, 5, 6]
        .into_iter()
        .map(|seed| {
            let mut sampling = begin(&corpus, LIMITS, seed);
            (run(&mut sampling, |node| Some(answer(node, 3))), sampling.outcome())
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0].0, runs[2].0);
}

#[test]
fn a_replay_of_recorded_answers_is_the_same_run() {
    let corpus = library(30);
    let (mut first, mut second) = (begin(&corpus, LIMITS, 9), begin(&corpus, LIMITS, 9));
    let mut recorded = VecDeque::new();
    run(&mut first, |node| {
        let said = Some(answer(node, u8::try_from(node.part % 4).unwrap()));
        recorded.push_back(said.clone());
        said
    });
    run(&mut second, |_| recorded.pop_front().unwrap());
    assert_eq!(first.outcome(), second.outcome());
    assert!(recorded.is_empty());
}

#[test]
fn the_first_batch_has_the_best_and_two_strays() {
    let corpus = library(30);
    let mut sampling = begin(&corpus, LIMITS, 1);
    let batch = sampling.next_probes();
    assert_eq!(batch.len(), BATCH);
    let mut priors: Vec<f64> = nodes(&corpus, "name7", &Churn::new()).iter().map(|node| node.prior).collect();
    priors.sort_by(|one, other| other.total_cmp(one));
    assert!((batch[0].prior - priors[0]).abs() < 1e-9, "the goal names it");
    let strays = batch.iter().filter(|node| node.prior < priors[FRONTIER]).count();
    assert_eq!(strays, STRAYS);
}

#[test]
fn it_ends_for_the_reason_that_it_names() {
    let corpus = library(3);
    let mut whole = begin(&corpus, SamplingLimits { calls: 100, levels: 1 }, 1);
    assert_eq!(run(&mut whole, |node| Some(answer(node, 3))).len(), 3);
    assert_eq!(whole.outcome().end, SamplingEnd::Everything);
    assert_eq!(whole.outcome().coverage.read, corpus.bytes() as u64);

    let corpus = library(60);
    let mut short = begin(&corpus, SamplingLimits { calls: 11, levels: 3 }, 1);
    assert_eq!(run(&mut short, |node| Some(answer(node, 3))).len(), 11);
    assert_eq!(short.outcome().end, SamplingEnd::Calls);

    let mut dull = begin(&corpus, SamplingLimits { calls: 60, levels: 3 }, 1);
    let said = json!({"obs": [], "empty": true}).to_string();
    assert_eq!(run(&mut dull, |_| Some(said.clone())).len(), 2 * BATCH);
    assert_eq!(dull.outcome().end, SamplingEnd::NothingNew);

    let mut stopped = begin(&corpus, LIMITS, 1);
    stopped.next_probes();
    stopped.stop("The time is up.");
    assert_eq!(stopped.next_probes(), []);
    assert_eq!(stopped.outcome().end, SamplingEnd::Stopped("The time is up.".into()));
    assert_eq!(stopped.outcome().failed, 8);

    let mut none = begin(&self::corpus(&[]), LIMITS, 1);
    assert_eq!(none.next_probes(), []);
}

#[test]
fn answers_that_cannot_be_read_count_as_failed_and_bring_nothing() {
    let corpus = library(30);
    let mut sampling = begin(&corpus, SamplingLimits { calls: 8, levels: 3 }, 1);
    run(&mut sampling, |node| if node.part % 2 == 0 { Some("I cannot.".into()) } else { None });
    let outcome = sampling.outcome();
    assert_eq!((outcome.failed, outcome.novelty, outcome.observations), (8, vec![], vec![]));
}

#[test]
fn a_contradicted_place_is_looked_at_next() {
    let corpus = library(30);
    let mut sampling = begin(&corpus, SamplingLimits { calls: 8, levels: 3 }, 1);
    run(&mut sampling, |node| Some(answer(node, 3)));
    let place = Place { part: 4, name: "f4.rs".into(), span: 0..5, line: 1 };
    sampling.look_again(&[place], 2);
    let again = sampling.next_probes();
    assert_eq!(again.len(), 2);
    assert!(again.iter().any(|node| node.part == 4 && node.prior > 0.99), "{again:?}");
}

#[test]
fn the_same_of_the_same_place_is_noted_once() {
    let corpus = corpus(&[("a.log", &"ok\n".repeat(4_000).replacen("ok", "disk full", 1))]);
    let mut sampling = begin(&corpus, LIMITS, 1);
    let noted = json!({"text": "The disk is full.", "quote": "disk full", "importance": 3, "surprise": 3});
    let answer = json!({"obs": [noted], "zoom": [{"a": 1, "b": 9}]}).to_string();
    let probed = run(&mut sampling, |node| (node.span.start == 0).then(|| answer.clone()));
    assert!(probed.iter().filter(|node| node.span.start == 0).count() > 1, "{probed:?}");
    let observations = sampling.outcome().observations;
    assert_eq!(observations.iter().map(|found| found.id).collect::<Vec<_>>(), [0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_quarter_looks_at_what_nobody_has_seen(
        seed in any::<u64>(), texts in 9..40usize, calls in 8..60u32, grades in prop::collection::vec(0..4u8, 1..9),
    ) {
        let corpus = library(texts);
        let mut sampling = begin(&corpus, SamplingLimits { calls, levels: 3 }, seed);
        let mut asked = 0;
        let probed = run(&mut sampling, |node| {
            asked += 1;
            Some(answer(node, grades[asked % grades.len()]))
        });
        prop_assert!(probed.len() <= calls as usize);
        let mut fresh = 0;
        for (nth, node) in probed.iter().enumerate() {
            fresh += usize::from(node.level == 1);
            prop_assert!(fresh == texts || fresh * 4 > nth, "call {}: {} fresh", nth + 1, fresh);
        }
        prop_assert!(probed.iter().all(|node| node.level <= 3));
        let ids: std::collections::BTreeSet<u32> = probed.iter().map(|node| node.id).collect();
        prop_assert_eq!(ids.len(), probed.len(), "no node is probed twice");
    }
}
