//! What a probe notes about a node: short, with a quote that the host looks up (RECURSIVE §7.4).

use std::ops::Range;

use headwater_protocol::{Corpus, CorpusPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::clip;
use super::definitions;
use super::intake::{Node, line_breaks, text_of};
use super::quotes;

/// The longest text of an observation, in characters.
const LONGEST_TEXT: usize = 200;
/// What an observation is worth whose quote is not in the text.
const UNGROUNDED: f64 = 0.25;
/// The most of importance and of surprise.
const MOST: f64 = 3.0;

/// What a child answers to a probe.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct ProbeAnswer {
    /// What matters for the goal, most important first; at most eight.
    #[serde(default)]
    pub(crate) obs: Vec<Noted>,
    /// Lines that deserve a closer look; at most three.
    #[serde(default)]
    pub(crate) zoom: Vec<Zoom>,
    /// Whether nothing here matters.
    #[serde(default)]
    pub(crate) empty: bool,
}

/// One observation as a child writes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Noted {
    /// One sentence of at most 200 characters.
    pub(crate) text: String,
    /// Words copied from the text that show it.
    #[serde(default)]
    pub(crate) quote: String,
    /// The line of the quote.
    #[serde(default)]
    pub(crate) line: f64,
    /// What it is.
    #[serde(default)]
    #[schemars(extend("enum" = ["fact", "risk", "contradiction", "dependency", "unknown"]))]
    pub(crate) kind: String,
    /// How much it matters for the goal, from 0 to 3.
    #[serde(default)]
    pub(crate) importance: f64,
    /// How little one would have expected it, from 0 to 3.
    #[serde(default)]
    pub(crate) surprise: f64,
}

/// Lines to look at more closely.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct Zoom {
    /// First line.
    pub(crate) a: f64,
    /// Last line.
    pub(crate) b: f64,
    /// What is to be found out there.
    #[serde(default, rename = "why")]
    pub(crate) _why: String,
}

/// What an observation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservationKind {
    /// Something that is so.
    #[default]
    Fact,
    /// Something that may go wrong.
    Risk,
    /// Two places that do not agree.
    Contradiction,
    /// Something that something else hangs on.
    Dependency,
    /// Something that is not known.
    Unknown,
}

/// A place in the corpus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Position of the text in the corpus.
    pub part: usize,
    /// The name of that text.
    pub name: String,
    /// The bytes.
    pub span: Range<usize>,
    /// The line in which they begin, from 1.
    pub line: u32,
}

impl Place {
    /// The place of `span`.
    pub(crate) fn new(part: usize, text: &CorpusPart, span: Range<usize>) -> Self {
        let before = text.text.as_bytes().get(..span.start).unwrap_or_default();
        Self { part, name: text.name.clone(), line: line_breaks(before) + 1, span }
    }

    /// As people and cards write it.
    pub fn citation(&self) -> String {
        format!("{}:{}", self.name, self.line)
    }
}

/// One observation, looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Its number, from 0.
    pub id: u32,
    /// What was noted.
    pub text: String,
    /// What it is.
    pub kind: ObservationKind,
    /// The words that show it.
    pub quote: String,
    /// Where they stand; for a quote that was not found, where the node begins.
    pub place: Place,
    /// Whether the quote was found.
    pub is_grounded: bool,
    /// What it counts, from 0 to 1: importance times surprise, a quarter of it without a quote.
    pub weight: f64,
    /// The definition it belongs to.
    pub symbol: Option<String>,
}

/// Looks an observation up in the node it was noted about. Without a text there is none.
pub(crate) fn ground(noted: Noted, node: &Node, corpus: &Corpus, id: u32) -> Option<Observation> {
    let part = corpus.parts.get(node.part)?;
    let text = clip(&noted.text, LONGEST_TEXT);
    if text.is_empty() {
        return None;
    }
    let found = quotes::find(text_of(node, corpus), &noted.quote);
    let is_grounded = found.is_some();
    let at = found.map_or(node.span.start..node.span.start, |found| {
        node.span.start + found.start..node.span.start + found.end
    });
    let before = part.text.get(node.span.start..at.start).unwrap_or_default();
    let line = node.line + line_breaks(before.as_bytes());
    let grade = |value: f64| if value.is_finite() { value.clamp(0.0, MOST) } else { 0.0 };
    let weight = grade(noted.importance) * grade(noted.surprise) / (MOST * MOST);
    Some(Observation {
        id,
        text,
        kind: kind(&noted.kind),
        quote: noted.quote,
        symbol: enclosing(node, corpus, at.start),
        place: Place { part: node.part, name: part.name.clone(), span: at, line },
        is_grounded,
        weight: if is_grounded { weight } else { weight * UNGROUNDED },
    })
}

fn enclosing(node: &Node, corpus: &Corpus, at: usize) -> Option<String> {
    definitions::enclosing(text_of(node, corpus), at.checked_sub(node.span.start)?).map(str::to_owned)
}

fn kind(word: &str) -> ObservationKind {
    match word {
        "risk" => ObservationKind::Risk,
        "contradiction" => ObservationKind::Contradiction,
        "dependency" => ObservationKind::Dependency,
        "unknown" => ObservationKind::Unknown,
        _ => ObservationKind::Fact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mission::intake::{Churn, nodes};
    use crate::mission::testing::corpus;

    fn noted(quote: &str, importance: f64, surprise: f64) -> Noted {
        let (text, kind) = ("It waits for ever.".to_owned(), "risk".to_owned());
        Noted { text, quote: quote.to_owned(), line: 99.0, kind, importance, surprise }
    }

    #[test]
    fn a_quote_is_looked_up_and_gives_the_line() {
        let corpus = corpus(&[("a.rs", "fn wait() {\n    loop {\n        poll();\n    }\n}\n")]);
        let node = &nodes(&corpus, "", &Churn::new())[0];
        let found = ground(noted("loop { poll();", 3.0, 3.0), node, &corpus, 7).unwrap();
        assert_eq!((found.place.citation().as_str(), found.is_grounded, found.id), ("a.rs:2", true, 7));
        assert_eq!((found.kind, found.symbol.as_deref()), (ObservationKind::Risk, Some("wait")));
        assert!((found.weight - 1.0).abs() < 1e-9);
        let invented = ground(noted("while true {}", 3.0, 3.0), node, &corpus, 0).unwrap();
        assert_eq!((invented.place.line, invented.is_grounded), (1, false));
        assert!((invented.weight - 0.25).abs() < 1e-9);
    }

    #[test]
    fn grades_out_of_range_are_drawn_in() {
        let corpus = corpus(&[("a", "some text\n")]);
        let node = &nodes(&corpus, "", &Churn::new())[0];
        let weight = |importance, surprise| {
            ground(noted("some text", importance, surprise), node, &corpus, 0).unwrap().weight
        };
        assert!((weight(9.0, 1e300) - 1.0).abs() < 1e-9);
        assert!(weight(-1.0, 3.0).abs() < 1e-9 && weight(f64::NAN, 3.0).abs() < 1e-9);
        assert_eq!(ground(Noted::default(), node, &corpus, 0), None);
    }
}
