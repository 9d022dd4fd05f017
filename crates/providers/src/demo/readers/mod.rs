//! Readers: what stands in for small models in the demo's mission.
//!
//! The stretches of a log that a mission asks about cannot be recorded beforehand. So these few rules read what they
//! are sent, as a small model would, and answer in the form that was asked for; they know nothing but the prompt.

mod causes;
mod judgement;
mod names;
mod notes;
mod verdicts;

use serde::Deserialize;
use serde_json::Value;

/// A reader, by what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reader {
    /// What matters in a stretch, for research.
    Notes,
    /// Names for groups of notes.
    Names,
    /// Whether stretches carry claims.
    Verdicts,
    /// Whether claims and sub-tasks hold together.
    Judgement,
    /// Which requests of a stretch failed, in which component, why.
    Causes,
}

impl Reader {
    /// The answer to a prompt.
    pub(super) fn read(self, prompt: &str) -> Value {
        let text = text_of(prompt);
        match self {
            Self::Notes => notes::read(text),
            Self::Names => names::read(text),
            Self::Verdicts => verdicts::read(text),
            Self::Judgement => judgement::read(text),
            Self::Causes => causes::read(text),
        }
    }
}

/// The text that a question is about, without the question.
pub(super) fn text_of(prompt: &str) -> &str {
    let text = prompt.split_once("<text>\n").map_or(prompt, |(_, text)| text);
    text.rsplit_once("\n</text>").map_or(text, |(text, _)| text)
}

/// A sentence begins with a capital.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
