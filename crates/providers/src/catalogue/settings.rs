//! The tables `[providers.NAME]` and `[models."NAME"]` of the user's settings.

use std::collections::BTreeMap;

use headwater_protocol::events::ServerState;
use headwater_protocol::{Price, Tokens};
use schemars::JsonSchema;
use serde::Deserialize;

/// What the settings say about vendors and models.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// `[providers.NAME]`: changes a known vendor or adds one.
    pub providers: BTreeMap<String, VendorSettings>,
    /// `[models."NAME"]`: what holds for a model, at whichever vendor.
    pub models: BTreeMap<String, ModelSettings>,
}

/// One `[providers.NAME]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VendorSettings {
    /// How it is spoken to, such as `openai-chat`.
    pub wire: Option<String>,
    /// Where it is, up to and with the version, such as `http://127.0.0.1:8080/v1`.
    pub base_url: Option<String>,
    /// The environment variable that holds its key.
    pub key_env: Option<String>,
    /// How the server takes part in conversations; `stateless` unless it is said here.
    pub state: Option<ServerState>,
    /// Whether the server clears old results; unless it is said here, only at the vendor's own address where that can.
    pub clears_results: Option<bool>,
}

/// One `[models."NAME"]` table.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// Tokens of prompt and answer together.
    pub window: Option<Tokens>,
    /// The longest answer to ask for, in tokens.
    pub max_output: Option<Tokens>,
    /// US dollars per million tokens.
    pub price: Option<Price>,
    /// Whether it is led to plans as the root of Recursive mode, and shown less.
    pub weak_root: Option<bool>,
    /// Whether it writes its calls as text (`<tool_call>…`), which are then read from there.
    pub text_calls: Option<bool>,
    /// Tools that it is not given.
    pub without_tools: Option<Vec<String>>,
}
