//! The findings as a tree: the host groups observations by likeness, a child only names the groups (RECURSIVE §7.5).
//!
//! *Invariants:* every observation stands in exactly one cluster; a node has at most seven children; the tree is at
//! most mission → theme → cluster → observation deep, whatever the child answers.

mod clusters;
mod naming;

use headwater_protocol::card::{Confidence, Finding};

use self::clusters::grouped;
pub(crate) use self::naming::question;
use super::answers::{clip, first_sentence};
use super::claims::Claim;
use super::observations::Observation;

/// The most children of a node.
pub const MOST_CHILDREN: usize = 7;
/// Words of a title.
const TITLE_WORDS: usize = 8;
/// What holds observations that no group took.
const OTHER: &str = "Other";

/// The tree above the observations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrative {
    /// Themes in the order of their first observations; a theme of one cluster is shown as that cluster.
    pub themes: Vec<Theme>,
}

/// Clusters that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Unique in the tree.
    pub id: String,
    /// At most eight words.
    pub title: String,
    /// One sentence.
    pub claim: String,
    /// Its clusters.
    pub clusters: Vec<Cluster>,
}

/// Observations that say one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Unique in the tree.
    pub id: String,
    /// At most eight words.
    pub title: String,
    /// One sentence.
    pub claim: String,
    /// The observations, weightiest first.
    pub observations: Vec<u32>,
}

impl Narrative {
    /// Groups the observations; titles and claims are those of the weightiest observation until a child names them.
    pub fn new(observations: &[Observation]) -> Self {
        let (mut nth, mut themes) = (0, Vec::new());
        for (at, groups) in grouped(observations).into_iter().enumerate() {
            let mut clusters = Vec::new();
            for mut group in groups {
                nth += 1;
                by_weight(&mut group, observations);
                let (title, claim) = stand_in(&group, observations);
                clusters.push(Cluster { id: format!("c{nth}"), title, claim, observations: group });
            }
            let all: Vec<u32> = clusters.iter().flat_map(|cluster| cluster.observations.clone()).collect();
            let (title, claim) = stand_in(&all, observations);
            themes.push(Theme { id: format!("t{}", at + 1), title, claim, clusters });
        }
        Self { themes }
    }

    /// All clusters.
    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.themes.iter().flat_map(|theme| &theme.clusters)
    }

    /// Takes the names that a child gave. Observations may move between clusters; none is lost, doubled or invented.
    pub(crate) fn name(&mut self, answer: &str, observations: &[Observation]) {
        naming::apply(self, answer);
        self.themes.retain(|theme| !theme.clusters.is_empty());
        for cluster in self.themes.iter_mut().flat_map(|theme| &mut theme.clusters) {
            by_weight(&mut cluster.observations, observations);
        }
    }

    /// The tree as claims: themes, clusters, and the weightiest observations of each.
    pub fn claims(&self, observations: &[Observation]) -> Vec<Claim> {
        let mut claims = Vec::new();
        let has_themes = self.clusters().count() > MOST_CHILDREN;
        for theme in &self.themes {
            let theme_shown = (has_themes && theme.clusters.len() > 1).then_some(theme);
            if let Some(theme) = theme_shown {
                let all: Vec<u32> =
                    theme.clusters.iter().flat_map(|cluster| cluster.observations.clone()).collect();
                let finding = finding(&theme.id, None, &theme.title, &theme.claim);
                claims.push(rest_on(finding, &all, observations));
            }
            for cluster in &theme.clusters {
                claims.extend(cluster_claims(cluster, theme_shown, observations));
            }
        }
        claims
    }
}

fn cluster_claims(cluster: &Cluster, theme: Option<&Theme>, observations: &[Observation]) -> Vec<Claim> {
    let parent = theme.map(|theme| theme.id.as_str());
    let top = finding(&cluster.id, parent, &cluster.title, &cluster.claim);
    let mut claims = vec![rest_on(top, &cluster.observations, observations)];
    for id in cluster.observations.iter().take(MOST_CHILDREN) {
        if let Some(observation) = find(observations, *id) {
            let title = title(&observation.text);
            let finding = finding(&format!("o{id}"), Some(&cluster.id), &title, &observation.text);
            claims.push(rest_on(finding, &[*id], observations));
        }
    }
    claims
}

fn finding(id: &str, parent: Option<&str>, title: &str, claim: &str) -> Finding {
    Finding {
        id: id.to_owned(),
        parent: parent.map(str::to_owned),
        title: title.to_owned(),
        claim: claim.to_owned(),
        confidence: Confidence::Unchecked,
        citations: Vec::new(),
    }
}

fn rest_on(finding: Finding, ids: &[u32], observations: &[Observation]) -> Claim {
    let evidence = ids.iter().filter_map(|id| find(observations, *id)).map(Into::into);
    Claim::new(finding, evidence.collect())
}

fn find(observations: &[Observation], id: u32) -> Option<&Observation> {
    observations.iter().find(|observation| observation.id == id)
}

/// Title and claim of the weightiest of these observations.
fn stand_in(ids: &[u32], observations: &[Observation]) -> (String, String) {
    let mut ids = ids.to_vec();
    by_weight(&mut ids, observations);
    let text = ids.first().and_then(|id| find(observations, *id)).map_or("", |best| best.text.as_str());
    (title(text), first_sentence(text).to_owned())
}

/// At most eight words.
pub(crate) fn title(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(TITLE_WORDS).collect();
    clip(words.join(" ").trim_end_matches(['.', ',', ';', ':']), 80)
}

fn by_weight(ids: &mut [u32], observations: &[Observation]) {
    let weight = |id: u32| find(observations, id).map_or(0.0, |found| found.weight);
    ids.sort_by(|one, other| weight(*other).total_cmp(&weight(*one)).then(one.cmp(other)));
}

#[cfg(test)]
mod tests;
