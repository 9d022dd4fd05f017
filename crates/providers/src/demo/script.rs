//! The recordings: answers, each with the situation in which it is given.

use std::sync::LazyLock;

use headwater_protocol::{Block, Message, Projection};
use serde::Deserialize;
use serde_json::Value;

use super::readers::Reader;

const SESSION: &str = include_str!("../../../../assets/demo/session.jsonl");
const MISSION: &str = include_str!("../../../../assets/demo/mission.toml");
/// What stands before the goal in the prompts of a mission.
const GOALS: [&str; 3] = ["Goal: ", "Question: ", "The person asked: "];

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
    Call {
        name: String,
        input: Value,
    },
    /// What a reader makes of the prompt.
    Read(Reader),
    /// A mission card, over the findings that the prompt lists.
    Card(Value),
    /// No answer but an error, in one sentence.
    Refuse(String),
}

/// A situation; what is not named does not matter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct When {
    /// Answers given since the person last spoke.
    step: Option<usize>,
    /// Answers given in all.
    answers: Option<usize>,
    /// Words of which the person used at least one.
    said: Option<Vec<String>>,
    /// Words that all stand in the system prompt or the first message.
    asked: Vec<String>,
    /// Words of which the goal of a mission has at least one.
    goal: Option<Vec<String>>,
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

/// The recordings of missions, as their file has them.
#[derive(Deserialize)]
struct MissionRecording {
    answer: Vec<Answer>,
}

static RECORDING: LazyLock<Result<Vec<Answer>, String>> = LazyLock::new(|| {
    let mission: MissionRecording = toml::from_str(MISSION).map_err(|error| error.to_string())?;
    let session = SESSION.lines().map(serde_json::from_str).collect::<Result<Vec<Answer>, _>>();
    Ok(mission.answer.into_iter().chain(session.map_err(|error| error.to_string())?).collect())
});

/// Everything recorded, in order; the first answer whose situation is given is played. Those of missions come first:
/// they name the prompts of a mission, which no session has.
pub(super) fn recording() -> Result<&'static [Answer], &'static str> {
    RECORDING.as_deref().map_err(String::as_str)
}

/// Where the conversation stands.
#[derive(Debug, Default)]
pub(super) struct Situation<'a> {
    step: usize,
    answers: usize,
    said: String,
    system: &'a str,
    /// The first message.
    first: &'a str,
    results: Vec<(&'a str, &'a str, bool)>,
}

impl<'a> Situation<'a> {
    /// Reads the conversation from its beginning. A user message behind an answer that called tools is a reminder or
    /// a word thrown in; behind any other it begins anew.
    pub(super) fn of(request: &'a Projection) -> Self {
        let mut now = Self { system: &request.system, ..Self::default() };
        let mut goes_on = false;
        for message in request.messages.iter().map(AsRef::as_ref) {
            match message {
                Message::User { parts } => {
                    if now.first.is_empty() {
                        now.first = parts.first().map_or("", |part| part);
                    }
                    if !goes_on {
                        (now.step, now.said) = (0, String::new());
                        now.results.clear();
                        goes_on = true;
                    }
                    let spoken = parts.iter().filter(|part| !part.starts_with("<reminder>"));
                    spoken.for_each(|part| now.said.push_str(&part.to_lowercase()));
                }
                Message::Assistant { blocks, .. } => {
                    now.step += 1;
                    now.answers += 1;
                    now.results.clear();
                    goes_on = blocks.iter().any(|block| matches!(block, Block::Call(_)));
                }
                Message::ToolResult { name, text, is_error, .. } => now.results.push((name, text, *is_error)),
            }
        }
        now
    }

    /// The first message: what a child is asked, or what a root is to find out.
    pub(super) fn prompt(&self) -> &'a str {
        self.first
    }

    /// Whether an answer belongs here.
    pub(super) fn is_met_by(&self, answer: &Answer) -> bool {
        let When { step, answers, said, asked, goal, result } = &answer.when;
        step.is_none_or(|step| step == self.step)
            && answers.is_none_or(|answers| answers == self.answers)
            && said.as_ref().is_none_or(|words| words.iter().any(|word| self.said.contains(word)))
            && asked.iter().all(|words| self.system.contains(words) || self.first.contains(words))
            && goal.as_ref().is_none_or(|words| self.has_goal(words))
            && result.as_ref().is_none_or(|result| self.results.iter().any(|came| result.is_met_by(came)))
    }

    /// Whether a goal that the first message names has one of these words. A prompt names others, as examples.
    fn has_goal(&self, words: &[String]) -> bool {
        let stated = |line: &'a str| GOALS.iter().find_map(|name| line.strip_prefix(name));
        self.first
            .lines()
            .filter_map(stated)
            .map(str::to_lowercase)
            .any(|goal| words.iter().any(|word| goal.contains(word)))
    }
}

impl ResultWhen {
    fn is_met_by(&self, (tool, text, is_error): &(&str, &str, bool)) -> bool {
        self.tool.as_ref().is_none_or(|wanted| wanted == tool)
            && self.contains.as_ref().is_none_or(|wanted| text.contains(wanted))
            && self.is_error.is_none_or(|wanted| wanted == *is_error)
    }
}
