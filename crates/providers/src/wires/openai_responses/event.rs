//! The JSON of the events, and of a whole answer, whose items are those of the events.

use headwater_protocol::{Tokens, Usage};
use serde::Deserialize;
use serde_json::Value;

use crate::wires::Belonging;

#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum StreamEvent {
    #[serde(rename = "response.created", alias = "response.in_progress", alias = "response.queued")]
    Created { response: Stood },
    #[serde(rename = "response.output_item.added")]
    ItemAdded {
        #[serde(default)]
        output_index: usize,
        item: Item,
    },
    #[serde(rename = "response.output_item.done")]
    ItemDone {
        #[serde(default)]
        output_index: usize,
        item: Item,
    },
    #[serde(rename = "response.output_text.delta", alias = "response.refusal.delta")]
    Text {
        #[serde(default)]
        output_index: usize,
        delta: String,
    },
    #[serde(rename = "response.reasoning_summary_text.delta", alias = "response.reasoning_text.delta")]
    Thinking {
        #[serde(default)]
        output_index: usize,
        delta: String,
    },
    #[serde(rename = "response.reasoning_summary_part.added")]
    ThinkingPart {
        #[serde(default)]
        output_index: usize,
    },
    #[serde(rename = "response.function_call_arguments.delta")]
    Arguments {
        #[serde(default)]
        output_index: usize,
        delta: String,
    },
    #[serde(rename = "response.completed", alias = "response.incomplete", alias = "response.done")]
    Completed { response: Answer },
    #[serde(rename = "response.failed")]
    Failed { response: Answer },
    #[serde(rename = "error")]
    Error(Value),
    /// Signs of life, and what says nothing new.
    #[serde(other)]
    Other,
}

/// A whole answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) status: Option<String>,
    pub(super) output: Vec<Item>,
    pub(super) error: Option<Value>,
    pub(super) incomplete_details: Option<Incomplete>,
    pub(super) usage: Option<Report>,
    #[serde(flatten)]
    pub(super) stood: Stood,
}

/// Where an answer stands in the conversation. Of whatever form: an answer is worth more than what it says of this.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Stood {
    id: Value,
    #[serde(deserialize_with = "said")]
    previous_response_id: Option<Value>,
    #[serde(deserialize_with = "said")]
    conversation: Option<Value>,
}

/// A field that is there, be it `null`.
fn said<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(field).map(Some)
}

impl Stood {
    pub(super) fn belonging(self) -> Belonging {
        // A conversation is named by an object with its id, or by that alone.
        let named = |value: &Value| value.get("id").unwrap_or(value).as_str().map(str::to_owned);
        Belonging {
            id: named(&self.id),
            after: self.previous_response_id.as_ref().map(named),
            within: self.conversation.as_ref().map(named),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Incomplete {
    pub(super) reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Item {
    Message {
        #[serde(default)]
        content: Vec<Content>,
    },
    Reasoning {
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        summary: Vec<Content>,
        #[serde(default)]
        encrypted_content: Option<String>,
    },
    FunctionCall {
        #[serde(default)]
        call_id: Option<String>,
        #[serde(default)]
        name: String,
        #[serde(default)]
        arguments: String,
    },
    #[serde(other)]
    Other,
}

/// A text of an item; what has none is empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Content {
    text: String,
    refusal: String,
}

impl Content {
    pub(super) fn into_text(self) -> String {
        if self.text.is_empty() { self.refusal } else { self.text }
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Report {
    input_tokens: u64,
    output_tokens: u64,
    input_tokens_details: Option<InputDetails>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: u64,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: u64,
}

impl Report {
    pub(super) fn usage(self) -> Usage {
        Usage {
            input: Tokens(self.input_tokens),
            cached: Tokens(self.input_tokens_details.unwrap_or_default().cached_tokens),
            cache_written: Tokens(0),
            output: Tokens(self.output_tokens),
            reasoning: Tokens(self.output_tokens_details.unwrap_or_default().reasoning_tokens),
            cleared: Tokens(0),
        }
    }
}
