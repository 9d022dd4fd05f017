//! Events of what failed only for now: an attempt at a call, an answer that broke off, a model that another stands in for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::CallId;
use crate::model::ModelInfo;

/// An attempt at a call failed for now. The call has one result all the same: that of its last attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptFailed {
    /// The call.
    pub call: CallId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Milliseconds until the next attempt; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_millis: Option<u64>,
    /// What failed.
    pub text: String,
}

/// An answer broke off before it was whole. What had arrived is the message before this record; a call in it counts as
/// never made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnswerCut {
    /// How often in a row, from 1.
    pub times: u32,
    /// What failed, by its stable name.
    pub kind: String,
    /// What failed, in one sentence.
    pub message: String,
}

/// The provider failed for now, and another model stands in for the rest of the turn, or of the mission where it is the
/// model of its children.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FellBack {
    /// Vendor and model that failed (`vendor/model`).
    pub from: String,
    /// The vendor from now on.
    pub vendor: String,
    /// The model from now on.
    pub model: ModelInfo,
    /// What failed, by its stable name.
    pub kind: String,
    /// What failed, in one sentence.
    pub message: String,
    /// Whether the model of a mission's children is meant, and not the session's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_children: bool,
}

impl FellBack {
    /// The change in one sentence, for people.
    pub fn told(&self) -> String {
        let Self { from, vendor, model, message, .. } = self;
        let what = if self.of_children {
            "answers the other questions of this mission"
        } else {
            "goes on for the rest of this turn"
        };
        format!("{from} failed ({message}); {vendor}/{} {what}", model.name)
    }
}

impl AttemptFailed {
    /// The attempt in one sentence, for people.
    pub fn told(&self) -> String {
        let text = self.text.lines().next().unwrap_or_default();
        let attempt = self.attempt;
        match self.delay_millis {
            Some(millis) => format!("attempt {attempt} failed for now ({text}); again in {millis} ms"),
            None => format!("attempt {attempt} failed for now ({text})"),
        }
    }
}

impl AnswerCut {
    /// The cut in one sentence, for people.
    pub fn told(&self) -> String {
        format!("the answer broke off ({})", self.message)
    }
}

/// What failed only for now and how it goes on, in one sentence for people; `None` where an event says nothing of the kind.
pub fn told_of_passing(event: &Event) -> Option<String> {
    if let Event::FellBack(other) = event {
        Some(other.told())
    } else if let Event::AnswerCut(cut) = event {
        Some(cut.told())
    } else if let Event::AttemptFailed(failed) = event {
        Some(failed.told())
    } else {
        None
    }
}
