//! Groups of observations that are alike: average linkage over the likeness of their texts, cut from the top.

use kodama::{Dendrogram, Method, linkage};

use super::super::observations::Observation;
use super::super::similarity::Grams;
use super::MOST_CHILDREN;

/// From this likeness on observations belong together.
const CUT: f64 = 0.35;
/// What the same file and the same symbol each add to the likeness of two texts.
const SAME_PLACE: f64 = 0.2;

/// Themes, each with its clusters of observation ids; at most seven of each, the first ones first.
pub(super) fn grouped(observations: &[Observation]) -> Vec<Vec<Vec<u32>>> {
    let Some(top) = (2 * observations.len()).checked_sub(2) else { return Vec::new() };
    let tree = linkage(&mut distances(observations), observations.len(), Method::Average);
    let ids = |label: usize| -> Vec<u32> {
        let mut ids: Vec<u32> =
            members(&tree, label).filter_map(|at| observations.get(at)).map(|found| found.id).collect();
        ids.sort_unstable();
        ids
    };
    let clusters = |theme: usize| {
        let mut clusters: Vec<Vec<u32>> = split(&tree, theme).into_iter().map(ids).collect();
        clusters.sort();
        clusters
    };
    let mut themes: Vec<Vec<Vec<u32>>> = split(&tree, top).into_iter().map(clusters).collect();
    themes.sort();
    themes
}

/// The upper triangle of the distances, row by row.
fn distances(observations: &[Observation]) -> Vec<f64> {
    let mut grams = Grams::default();
    let counts: Vec<_> = observations.iter().map(|found| grams.learn(&found.text)).collect();
    let known: Vec<_> = observations.iter().zip(&counts).collect();
    let mut distances = Vec::new();
    for (at, (one, counts)) in known.iter().enumerate() {
        for (other, others) in known.iter().skip(at + 1) {
            let mut likeness = grams.cosine(counts, others);
            if one.place.part == other.place.part {
                likeness += SAME_PLACE;
                if one.symbol.is_some() && one.symbol == other.symbol {
                    likeness += SAME_PLACE;
                }
            }
            distances.push((1.0 - likeness).max(0.0));
        }
    }
    distances
}

/// Takes `label` apart at its loosest places, until everything in it belongs together or there are seven parts.
fn split(tree: &Dendrogram<f64>, label: usize) -> Vec<usize> {
    let mut parts = vec![label];
    while parts.len() < MOST_CHILDREN {
        let loose = parts.iter().enumerate().filter_map(|(at, part)| {
            let (distance, halves) = step(tree, *part)?;
            (distance > 1.0 - CUT).then_some((distance, at, halves))
        });
        let Some((_, at, halves)) = loose.max_by(|one, other| one.0.total_cmp(&other.0)) else { break };
        parts.swap_remove(at);
        parts.extend(halves);
    }
    parts
}

/// How far apart the halves of a cluster are, and which they are; a single observation has none.
fn step(tree: &Dendrogram<f64>, label: usize) -> Option<(f64, [usize; 2])> {
    let step = tree.steps().get(label.checked_sub(tree.observations())?)?;
    Some((step.dissimilarity, [step.cluster1, step.cluster2]))
}

fn members(tree: &Dendrogram<f64>, label: usize) -> impl Iterator<Item = usize> {
    let (mut open, mut found) = (vec![label], Vec::new());
    while let Some(label) = open.pop() {
        match step(tree, label) {
            Some((_, halves)) => open.extend(halves),
            None => found.push(label),
        }
    }
    found.into_iter()
}
