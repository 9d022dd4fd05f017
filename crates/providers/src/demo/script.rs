//! The recording: answers, each with the situation in which it is given.

use headwater_protocol::{Block, Message};
use serde::Deserialize;
use serde_json::Value;

const RECORDING: &str = include_str!("../../../../assets/demo/session.jsonl");

/// One recorded answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    when: When,
    pub(super) play: Vec<Part>,
}

/// A piece of an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Thinking(String),
    Text(String),
    Call { name: String, input: Value },
}

/// A situation; what is not named does not matter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    /// Answers given since the person last spoke.
    step: Option<usize>,
    /// Words of which the person used at least one.
    said: Option<Vec<String>>,
    /// A result that came in since the last answer.
    result: Option<ResultWhen>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResultWhen {
    tool: Option<String>,
    contains: Option<String>,
    is_error: Option<bool>,
}

/// The whole recording, in order; the first answer whose situation is given is played.
pub(super) fn recording() -> Result<Vec<Answer>, serde_json::Error> {
    RECORDING.lines().map(serde_json::from_str).collect()
}

/// Where the conversation stands.
#[derive(Debug, Default)]
pub(super) struct Situation<'a> {
    step: usize,
    said: String,
    results: Vec<(&'a str, &'a str, bool)>,
}

impl<'a> Situation<'a> {
    /// Reads the conversation from its beginning. A user message behind an answer that called tools is a reminder or
    /// a word thrown in; behind any other it begins anew.
    pub(super) fn of(messages: impl IntoIterator<Item = &'a Message>) -> Self {
        let mut now = Self::default();
        let mut goes_on = false;
        for message in messages {
            match message {
                Message::User { parts } => {
                    if !goes_on {
                        now = Self::default();
                        goes_on = true;
                    }
                    let spoken = parts.iter().filter(|part| !part.starts_with("<reminder>"));
                    spoken.for_each(|part| now.said.push_str(&part.to_lowercase()));
                }
                Message::Assistant { blocks, .. } => {
                    now.step += 1;
                    now.results.clear();
                    goes_on = blocks.iter().any(|block| matches!(block, Block::Call(_)));
                }
                Message::ToolResult { name, text, is_error, .. } => now.results.push((name, text, *is_error)),
            }
        }
        now
    }

    /// Whether an answer belongs here.
    pub(super) fn is_met_by(&self, answer: &Answer) -> bool {
        let When { step, said, result } = &answer.when;
        step.is_none_or(|step| step == self.step)
            && said.as_ref().is_none_or(|words| words.iter().any(|word| self.said.contains(word)))
            && result.as_ref().is_none_or(|result| self.results.iter().any(|came| result.is_met_by(came)))
    }
}

impl ResultWhen {
    fn is_met_by(&self, (tool, text, is_error): &(&str, &str, bool)) -> bool {
        self.tool.as_ref().is_none_or(|wanted| wanted == tool)
            && self.contains.as_ref().is_none_or(|wanted| text.contains(wanted))
            && self.is_error.is_none_or(|wanted| wanted == *is_error)
    }
}
