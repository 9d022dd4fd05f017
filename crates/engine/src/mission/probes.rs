//! The question that a probe asks about a node. Equal for equal nodes, so that the log can answer it again.

use headwater_context::prompts;
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{Corpus, PromptPiece};

use super::answers::schema;
use super::intake::Node;
use super::observations::{Place, ProbeAnswer};

/// The longest answer, in tokens.
const ANSWER_TOKENS: u64 = 1_500;

/// Asks what matters in a node for the goal.
pub(crate) fn question(goal: &str, node: &Node, corpus: &Corpus) -> ChildQuery {
    let name = corpus.parts.get(node.part).map_or("", |part| part.name.as_str());
    let head = format!("Text: {name}, from its line {}\n\n", node.line);
    ChildQuery {
        prompt: vec![PromptPiece::text(format!(
            "{}\n{}\nGoal: {goal}\n",
            prompts::MISSION_RESEARCH,
            prompts::MISSION_PROBE
        ))],
        about: std::iter::once(PromptPiece::text(head)).chain(span(node.part, &node.span, corpus)).collect(),
        schema: Some(schema::<ProbeAnswer>()),
        max_tokens: Some(ANSWER_TOKENS),
        ..ChildQuery::default()
    }
}

/// A stretch of the corpus by reference.
pub(crate) fn span(part: usize, span: &std::ops::Range<usize>, corpus: &Corpus) -> Option<PromptPiece> {
    let source = corpus.parts.get(part)?.sha256.clone();
    Some(PromptPiece::Span { source, start: span.start as u64, end: span.end as u64 })
}

/// A place with a few lines around it, by reference, under its citation.
pub(crate) fn surroundings(place: &Place, corpus: &Corpus) -> Vec<PromptPiece> {
    /// Bytes before and behind that are shown too.
    const AROUND: usize = 300;
    let Some(part) = corpus.parts.get(place.part) else { return Vec::new() };
    let text = part.text.as_str();
    let start = text.floor_char_boundary(place.span.start.saturating_sub(AROUND));
    let end = text.ceil_char_boundary(place.span.end + AROUND);
    let head = PromptPiece::text(format!("--- {}\n", place.citation()));
    [Some(head), span(place.part, &(start..end), corpus), Some(PromptPiece::text("\n"))]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mission::intake::{Churn, nodes};
    use crate::mission::testing::corpus;

    #[test]
    fn a_probe_names_its_text_by_reference() {
        let corpus = corpus(&[("a.rs", "fn a() {}\n")]);
        let node = &nodes(&corpus, "goal", &Churn::new())[0];
        let query = question("find a", node, &corpus);
        assert_eq!(query.about[1], PromptPiece::Span { source: "sha:a.rs".into(), start: 0, end: 10 });
        let shown: Vec<&str> = query.about.iter().map(|piece| piece.resolve(&corpus).unwrap()).collect();
        assert_eq!(shown, ["Text: a.rs, from its line 1\n\n", "fn a() {}\n"]);
        assert!(query.prompt[0].resolve(&corpus).unwrap().ends_with("Goal: find a\n"));
        assert_eq!(query, question("find a", node, &corpus));
    }

    #[test]
    fn the_rhythm_of_research_is_short() {
        assert!(prompts::MISSION_RESEARCH.chars().count() <= 2_500);
        for prompt in [
            prompts::MISSION_PROBE,
            prompts::MISSION_CLUSTER,
            prompts::MISSION_HYPOTHESIS,
            prompts::MISSION_CHECK,
            prompts::MISSION_VERIFY,
        ] {
            assert!(prompt.chars().count() <= 2_000, "{prompt}");
        }
    }
}
