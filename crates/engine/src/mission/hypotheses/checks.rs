//! Checking a prediction: by searching, which is free, or by asking a reader about the likeliest places.

use headwater_context::prompts;
use headwater_protocol::repl::ChildQuery;
use headwater_protocol::{Corpus, CorpusPart, PromptPiece};
use regex::RegexBuilder;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::answers::{read, schema};
use super::super::claims::Evidence;
use super::super::intake::{Churn, nodes};
use super::super::observations::Place;
use super::super::{probes, quotes};
use super::proposal::Prediction;
use super::{Outcome, lies_in};

/// The most a compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 1 << 20;
/// Places that a search brings as evidence.
const MOST_PLACES: usize = 3;
/// Stretches that a reader is shown.
const MOST_STRETCHES: usize = 2;
/// The longest answer, in tokens.
const ANSWER_TOKENS: u64 = 300;

/// A reader's verdict.
#[derive(Deserialize, JsonSchema)]
struct Checked {
    /// How far the text shows what was predicted.
    #[schemars(extend("enum" = ["strong", "weak", "refuted", "unknown"]))]
    verdict: String,
    /// Words copied from the text that show it.
    #[serde(default)]
    quote: String,
}

/// Searches, when the prediction is one of code: what was predicted and found speaks for the hypothesis, what was
/// predicted and not found against it; with a disconfirming prediction the other way round. `None` means that it has
/// to be asked.
pub(super) fn by_code(prediction: &Prediction, corpus: &Corpus) -> Option<(Outcome, Vec<Evidence>)> {
    if prediction.check != "code" || prediction.pattern.is_empty() {
        return None;
    }
    let Ok(pattern) =
        RegexBuilder::new(&prediction.pattern).multi_line(true).size_limit(PATTERN_BYTES).build()
    else {
        return Some((Outcome::Unknown, Vec::new()));
    };
    let parts = corpus.parts.iter().enumerate().filter(|(_, part)| lies_in(&part.name, &prediction.place));
    let (mut is_anywhere, mut evidence) = (false, Vec::new());
    for (at, part) in parts {
        is_anywhere = true;
        let room = MOST_PLACES - evidence.len();
        let found = pattern.find_iter(part.text.as_str()).take(room);
        evidence.extend(found.map(|found| evidence_at(at, part, found.range())));
    }
    let outcome = match (is_anywhere, evidence.is_empty(), prediction.disconfirming) {
        (false, _, _) => Outcome::Unknown,
        (true, false, false) => Outcome::Strong,
        // Not seeing what would refute it is no proof.
        (true, true, true) => Outcome::Weak,
        (true, true, false) | (true, false, true) => Outcome::Refuted,
    };
    Some((outcome, evidence))
}

fn evidence_at(at: usize, part: &CorpusPart, span: std::ops::Range<usize>) -> Evidence {
    let quote = part.text.get(span.clone()).unwrap_or_default().to_owned();
    Evidence { place: Place::new(at, part, span), quote, is_grounded: true }
}

/// The stretches of the corpus that speak of the prediction most.
pub(super) fn candidates(prediction: &Prediction, corpus: &Corpus) -> Vec<Place> {
    let words = format!("{} {} {}", prediction.condition, prediction.then, prediction.pattern);
    let mut nodes = nodes(corpus, &words, &Churn::new());
    nodes.retain(|node| {
        corpus.parts.get(node.part).is_some_and(|part| lies_in(&part.name, &prediction.place))
    });
    nodes.sort_by(|one, other| other.prior.total_cmp(&one.prior).then(one.id.cmp(&other.id)));
    let place = |node: &super::super::intake::Node| {
        let name = corpus.parts.get(node.part)?.name.clone();
        Some(Place { part: node.part, name, span: node.span.clone(), line: node.line })
    };
    nodes.iter().take(MOST_STRETCHES).filter_map(place).collect()
}

/// Asks a reader.
pub(super) fn question(prediction: &Prediction, places: &[Place], corpus: &Corpus) -> ChildQuery {
    let condition = match prediction.condition.trim() {
        "" => String::new(),
        condition => format!("If {condition}: "),
    };
    let mut about = Vec::new();
    for place in places {
        about.push(PromptPiece::text(format!("--- {}\n", place.citation())));
        about.extend(probes::span(place.part, &place.span, corpus));
    }
    ChildQuery {
        prompt: vec![PromptPiece::text(format!(
            "{}\nPrediction: {condition}{}\n",
            prompts::MISSION_CHECK,
            prediction.then
        ))],
        about,
        schema: Some(schema::<Checked>()),
        max_tokens: Some(ANSWER_TOKENS),
        ..ChildQuery::default()
    }
}

/// Reads a reader's verdict. Without words that stand in the text nothing is shown. The reader does not know whether
/// a prediction is disconfirming: who asks says so.
pub(super) fn read_check(
    answer: Option<&str>,
    places: &[Place],
    corpus: &Corpus,
) -> (Outcome, Vec<Evidence>) {
    let unknown = (Outcome::Unknown, Vec::new());
    let Some(checked) = answer.and_then(read::<Checked>) else { return unknown };
    let found = places.iter().find_map(|place| {
        let part = corpus.parts.get(place.part)?;
        let text = part.text.get(place.span.clone())?;
        let at = quotes::find(text, &checked.quote)?;
        Some(evidence_at(place.part, part, place.span.start + at.start..place.span.start + at.end))
    });
    let Some(evidence) = found else { return unknown };
    let outcome = match checked.verdict.as_str() {
        "strong" => Outcome::Strong,
        "weak" => Outcome::Weak,
        "refuted" => Outcome::Refuted,
        _ => return unknown,
    };
    (outcome, vec![evidence])
}
