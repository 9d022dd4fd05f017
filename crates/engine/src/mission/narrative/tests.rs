//! The tree as a whole: a partition with bounds, whatever was observed and whatever the child answers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::mission::observations::{ObservationKind, Place};

fn observed(id: u32, text: &str, part: usize) -> Observation {
    let place = Place { part, name: format!("f{part}"), span: 0..1, line: id };
    Observation {
        id,
        text: text.to_owned(),
        kind: ObservationKind::Fact,
        quote: String::new(),
        place,
        is_grounded: true,
        weight: f64::from(id % 10) / 10.0,
        symbol: None,
    }
}

fn partition(narrative: &Narrative) -> Vec<u32> {
    let mut all: Vec<u32> = narrative.clusters().flat_map(|cluster| cluster.observations.clone()).collect();
    all.sort_unstable();
    all
}

fn four() -> Vec<Observation> {
    vec![
        observed(0, "the retry loop never gives up after a timeout", 0),
        observed(1, "the retry loop never gives up after an error", 1),
        observed(2, "passwords are written to the debug log", 2),
        observed(3, "passwords are written to the audit log", 3),
    ]
}

#[test]
fn what_is_alike_stands_together() {
    let observations = four();
    let narrative = Narrative::new(&observations);
    let groups: Vec<Vec<u32>> = narrative.clusters().map(|cluster| cluster.observations.clone()).collect();
    assert_eq!(groups, [[1, 0], [3, 2]]);
    let claims = narrative.claims(&observations);
    let shown: Vec<(&str, Option<&str>)> =
        claims.iter().map(|claim| (claim.finding.id.as_str(), claim.finding.parent.as_deref())).collect();
    let expected = [
        ("c1", None),
        ("o1", Some("c1")),
        ("o0", Some("c1")),
        ("c2", None),
        ("o3", Some("c2")),
        ("o2", Some("c2")),
    ];
    assert_eq!(shown, expected);
    assert_eq!(claims[0].finding.citations, ["f1:1", "f0:0"]);
    assert_eq!(Narrative::new(&[]), Narrative::default());
}

#[test]
fn names_are_taken_and_the_partition_is_kept() {
    let observations = four();
    let mut narrative = Narrative::new(&observations);
    let answer = json!({"clusters": [
        {"id": "c1", "title": "One two three four five six seven eight nine", "claim": "It waits. Really.",
         "supports": ["o0", "o2", "o77"]},
        {"id": "c2", "title": "Leaks", "claim": "Secrets leak.", "supports": ["o2", "o3"]},
        {"id": "c9", "title": "Invented", "claim": "No.", "supports": ["o1"]},
    ]});
    narrative.name(&answer.to_string(), &observations);
    let shown: Vec<(&str, &str, Vec<u32>)> = narrative
        .clusters()
        .map(|cluster| (cluster.title.as_str(), cluster.claim.as_str(), cluster.observations.clone()))
        .collect();
    let expected = [
        ("One two three four five six seven eight", "It waits.", vec![2, 0]),
        ("Leaks", "Secrets leak.", vec![3]),
        ("Other", "What belongs to none of the other groups.", vec![1]),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn an_answer_that_says_nothing_changes_nothing() {
    let observations = four();
    let before = Narrative::new(&observations);
    for answer in ["", "no", "{\"clusters\":[]}"] {
        let mut narrative = before.clone();
        narrative.name(answer, &observations);
        assert_eq!(narrative, before, "{answer}");
    }
}

proptest! {
    #[test]
    fn every_observation_stands_once_under_at_most_seven_children(
        texts in prop::collection::vec(("([a-e]{1,2} ){1,4}", 0..6usize), 0..90),
        moves in prop::collection::vec((0..60u32, prop::collection::vec(0..120u32, 0..9)), 0..12),
    ) {
        let observations: Vec<Observation> = (0..).zip(&texts).map(|(id, (text, part))| observed(id, text, *part)).collect();
        let ids: Vec<u32> = observations.iter().map(|found| found.id).collect();
        let mut narrative = Narrative::new(&observations);
        prop_assert_eq!(partition(&narrative), ids.clone());
        let clusters: Vec<_> = moves.iter().map(|(cluster, supports)| {
            let supports: Vec<String> = supports.iter().map(|id| format!("o{id}")).collect();
            json!({"id": format!("c{cluster}"), "title": "t", "claim": "c.", "supports": supports})
        }).collect();
        narrative.name(&json!({"clusters": clusters}).to_string(), &observations);
        prop_assert_eq!(partition(&narrative), ids);
        let claims = narrative.claims(&observations);
        let mut children: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for claim in &claims {
            *children.entry(claim.finding.parent.clone()).or_default() += 1;
        }
        prop_assert!(children.values().all(|count| *count <= MOST_CHILDREN), "{:?}", children);
        let known: BTreeSet<&str> = claims.iter().map(|claim| claim.finding.id.as_str()).collect();
        prop_assert_eq!(known.len(), claims.len(), "ids are unique");
        prop_assert!(claims.iter().filter_map(|claim| claim.finding.parent.as_deref()).all(|id| known.contains(id)));
    }
}
