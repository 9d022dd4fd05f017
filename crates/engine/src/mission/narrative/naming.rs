//! Names for the groups: one question, and an answer that is held to the groups there are.

use std::collections::{BTreeMap, BTreeSet};

use headwater_context::prompts;
use headwater_protocol::PromptPiece;
use headwater_protocol::repl::ChildQuery;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::answers::{first_sentence, push_line, read, schema};
use super::super::observations::Observation;
use super::{Cluster, Narrative, OTHER, Theme, title};

/// The longest answer, in tokens.
const ANSWER_TOKENS: u64 = 2_000;

/// What a child answers.
#[derive(Deserialize, JsonSchema)]
struct Naming {
    /// One entry a cluster.
    #[serde(default)]
    clusters: Vec<Named>,
    /// One entry a theme, if there are themes.
    #[serde(default)]
    themes: Vec<Named>,
}

/// A name.
#[derive(Deserialize, JsonSchema)]
struct Named {
    /// Id of the cluster or the theme.
    id: String,
    /// At most eight words.
    title: String,
    /// One sentence that the observations support.
    claim: String,
    /// Ids of its observations; empty for a theme.
    #[serde(default)]
    supports: Vec<String>,
}

/// Asks for names.
pub(crate) fn question(goal: &str, narrative: &Narrative, observations: &[Observation]) -> ChildQuery {
    let mut list = String::new();
    for theme in &narrative.themes {
        let clusters: Vec<&str> = theme.clusters.iter().map(|cluster| cluster.id.as_str()).collect();
        push_line(&mut list, &format!("Theme {} holds {}", theme.id, clusters.join(", ")));
    }
    for cluster in narrative.clusters() {
        push_line(&mut list, &format!("\nCluster {}", cluster.id));
        for observation in observations.iter().filter(|found| cluster.observations.contains(&found.id)) {
            push_line(&mut list, &format!("- o{}: {}", observation.id, observation.text));
        }
    }
    ChildQuery {
        prompt: vec![PromptPiece::text(format!(
            "{}\n{}\nGoal: {goal}\n",
            prompts::MISSION_RESEARCH,
            prompts::MISSION_CLUSTER
        ))],
        about: vec![PromptPiece::text(list)],
        schema: Some(schema::<Naming>()),
        max_tokens: Some(ANSWER_TOKENS),
        ..ChildQuery::default()
    }
}

/// Takes the names over. An observation that two clusters claim stays with the first; one that none claims goes to
/// "Other", unless its cluster was not answered at all.
pub(super) fn apply(narrative: &mut Narrative, answer: &str) {
    let Some(naming) = read::<Naming>(answer) else { return };
    let named: BTreeMap<&str, &Named> =
        naming.clusters.iter().rev().map(|named| (named.id.as_str(), named)).collect();
    let mut free: BTreeSet<u32> =
        narrative.clusters().flat_map(|cluster| cluster.observations.iter().copied()).collect();
    let mut unanswered = Vec::new();
    for cluster in narrative.themes.iter_mut().flat_map(|theme| &mut theme.clusters) {
        let Some(named) = named.get(cluster.id.as_str()) else {
            unanswered.push(cluster);
            continue;
        };
        cluster.observations =
            named.supports.iter().filter_map(|id| number(id)).filter(|id| free.remove(id)).collect();
        (cluster.title, cluster.claim) = (title(&named.title), first_sentence(&named.claim).to_owned());
    }
    for cluster in unanswered {
        cluster.observations.retain(|id| free.remove(id));
    }
    for theme in &mut narrative.themes {
        theme.clusters.retain(|cluster| !cluster.observations.is_empty());
        if let Some(named) = naming.themes.iter().find(|named| named.id == theme.id) {
            (theme.title, theme.claim) = (title(&named.title), first_sentence(&named.claim).to_owned());
        }
    }
    if !free.is_empty() {
        put_aside(narrative, free.into_iter().collect());
    }
}

/// Puts orphans under "Other", in the place where that leaves every node with at most seven children.
fn put_aside(narrative: &mut Narrative, observations: Vec<u32>) {
    let claim = "What belongs to none of the other groups.".to_owned();
    let cluster =
        Cluster { id: "c0".to_owned(), title: OTHER.to_owned(), claim: claim.clone(), observations };
    narrative.themes.retain(|theme| !theme.clusters.is_empty());
    if narrative.themes.len() < super::MOST_CHILDREN {
        let theme = Theme { id: "t0".to_owned(), title: OTHER.to_owned(), claim, clusters: vec![cluster] };
        narrative.themes.push(theme);
    } else if let Some(theme) = narrative.themes.iter_mut().min_by_key(|theme| theme.clusters.len()) {
        let last = theme.clusters.len().saturating_sub(1);
        match theme.clusters.get_mut(last) {
            Some(full) if last + 1 == super::MOST_CHILDREN => full.observations.extend(cluster.observations),
            Some(_) | None => theme.clusters.push(cluster),
        }
    }
}

fn number(id: &str) -> Option<u32> {
    id.trim().trim_start_matches('o').parse().ok()
}
