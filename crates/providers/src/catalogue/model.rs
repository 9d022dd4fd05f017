//! One model as a request needs it: what the session knows of it, and how it wants to be asked.

use headwater_protocol::{ModelInfo, Price, Tokens};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::settings::ModelSettings;

/// A model of a vendor.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name, window, longest answer and price.
    pub info: ModelInfo,
    /// When its reasoning is sent back to it.
    pub echo: Echo,
    /// Further fields of every request to it.
    pub body: Map<String, Value>,
    /// Whether it writes calls as text, which are then read from there.
    pub writes_calls: bool,
}

/// When a model's reasoning is sent back to it; only ever to the model it came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Echo {
    /// Never: it is refused or ignored.
    #[default]
    Never,
    /// With messages that call tools, and with the answer that ends such a run.
    ToolTurns,
    /// With every message.
    Always,
}

/// One `[models."NAME"]` table of a vendor's file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ModelData {
    window: Option<Tokens>,
    max_output: Option<Tokens>,
    price: Option<Price>,
    echo_reasoning: Echo,
    body: Map<String, Value>,
    weak_root: Option<bool>,
    text_calls: Option<bool>,
}

/// What is known of a model: the user's settings, then the vendor's data, then conservative assumptions. One that is
/// served on this machine is taken for a small one unless somebody says otherwise.
pub(super) fn describe(
    name: &str,
    (data, is_local): (Option<&ModelData>, bool),
    settings: Option<&ModelSettings>,
) -> Model {
    let mut info = ModelInfo::unknown(name);
    let windows = [settings.and_then(|known| known.window), data.and_then(|known| known.window)];
    if let Some(window) = windows.into_iter().flatten().next() {
        info.window = window;
        info.is_known = true;
    }
    let data = data.cloned().unwrap_or_default();
    info.max_output = settings.and_then(|known| known.max_output).or(data.max_output);
    info.price = settings.and_then(|known| known.price).or(data.price);
    info.is_weak_root = settings.and_then(|known| known.weak_root).or(data.weak_root).unwrap_or(is_local);
    let writes_calls = settings.and_then(|known| known.text_calls).or(data.text_calls).unwrap_or(false);
    Model { info, echo: data.echo_reasoning, body: data.body, writes_calls }
}
