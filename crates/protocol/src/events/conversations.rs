//! Events of a conversation that the server keeps. The log stays the truth: what a server keeps only spares sending it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Usage, Usd};

/// How the server takes part in the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerState {
    /// It keeps nothing: every request holds the whole conversation.
    #[default]
    Stateless,
    /// It keeps one conversation, to whose end every request adds.
    Append,
    /// It keeps every answer with all that led to it, behind a name that says nothing.
    Opaque,
}

impl ServerState {
    /// The names in the settings, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["stateless", "append", "opaque"];

    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stateless => "stateless",
            Self::Append => "append",
            Self::Opaque => "opaque",
        }
    }
}

/// The server keeps the conversation up to and with its last answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationKept {
    /// How.
    pub state: ServerState,
    /// What the wire needs to go on from there. It means nothing to anybody else, and is never trusted over the log.
    pub handle: String,
    /// Items of the conversation that the last request held.
    pub sent: u32,
    /// Items that the server keeps now, its answer among them.
    pub kept: u32,
}

/// The server did not go on from what it should have kept: the whole conversation was sent to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationResent {
    /// What was wrong.
    pub cause: ResendCause,
    /// What was found, in one sentence.
    pub detail: String,
    /// What the answer consumed that was thrown away, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What that cost; absent when the price is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<Usd>,
}

/// Why a conversation was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResendCause {
    /// The server no longer knows it, or does not take it.
    Unknown,
    /// The server keeps something else than was sent to it.
    Differs,
}

/// The results that the plan before clears are left to the server to clear from here on: requests hold them whole, with
/// word of which they are. The model reads the same but for the placeholders' words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClearingDelegated {
    /// How many results are cleared now, those of earlier plans among them.
    pub results: u32,
}

/// The server did not clear what was left to it: it is cleared here from now on, until the model changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClearingWithdrawn {
    /// What was wrong.
    pub cause: WithdrawalCause,
    /// How many results the server was to clear.
    pub planned: u32,
    /// How many it said that it cleared.
    pub cleared: u32,
    /// What was found, in one sentence.
    pub detail: String,
}

/// Why clearing is no longer left to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalCause {
    /// It refused the request, and took it with the results cleared here.
    Refused,
    /// It cleared something else than it was to.
    Differs,
}

impl ClearingWithdrawn {
    /// What a person reads of it.
    pub fn told(&self) -> String {
        format!("the server no longer clears old results, which is done here: {}", self.detail)
    }
}
