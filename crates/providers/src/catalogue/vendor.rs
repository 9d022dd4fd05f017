//! One vendor: its file in `assets/providers/` with the user's settings over it.

use std::collections::BTreeMap;
use std::time::Duration;

use headwater_protocol::Price;
use headwater_protocol::events::ServerState;
use serde::Deserialize;

use super::model::ModelData;
use super::quirks::Quirks;
use crate::network::optional_seconds;
use crate::wires::Wire;

/// A vendor of models, or a kind of local server.
#[derive(Clone)]
pub struct Vendor {
    /// The name it is chosen by.
    pub name: String,
    /// How people write it.
    pub label: String,
    /// Where it is; absent where only the user can know.
    pub base_url: Option<String>,
    /// The environment variable that holds its key; absent where none is needed.
    pub key_env: Option<String>,
    /// Where to get a key.
    pub key_page: Option<String>,
    /// The model that is used when none is named.
    pub default_model: Option<String>,
    /// The model of child calls when none is named.
    pub child_model: Option<String>,
    /// Whether it is a server on this machine, worth looking for.
    pub is_local: bool,
    /// How it takes part in conversations.
    pub state: ServerState,
    /// Whether its servers clear old results.
    pub clears_results: bool,
    pub(crate) wire: &'static dyn Wire,
    pub(crate) quirks: Quirks,
    pub(crate) first_byte_timeout: Option<Duration>,
    pub(crate) window_probe: Option<WindowProbe>,
    pub(super) price: Option<Price>,
    pub(super) models: BTreeMap<String, ModelData>,
}

impl Vendor {
    /// The name of the wire it speaks.
    pub fn wire_name(&self) -> &'static str {
        self.wire.name()
    }

    /// The models that its data knows, by name.
    pub fn model_names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// How to come by a key, as the end of a sentence.
    pub(crate) fn how_to_get_a_key(&self) -> String {
        let variable = self.key_env.as_deref().map(|name| format!("set {name} or ")).unwrap_or_default();
        let page = self.key_page.as_deref().map(|page| format!("; keys: {page}")).unwrap_or_default();
        format!("{variable}run `headwater login {}`{page}", self.name)
    }
}

impl std::fmt::Debug for Vendor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vendor")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// A vendor's file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VendorFile {
    pub(super) label: String,
    pub(super) wire: String,
    /// Marks the file that vendors named by the user start from.
    #[serde(default)]
    pub(super) template: bool,
    #[serde(default)]
    pub(super) local: bool,
    pub(super) base_url: Option<String>,
    pub(super) key_env: Option<String>,
    pub(super) key_page: Option<String>,
    pub(super) model: Option<String>,
    pub(super) child_model: Option<String>,
    /// How its servers can keep conversations, of the ways that the wire knows.
    #[serde(default)]
    pub(super) states: Vec<ServerState>,
    /// Whether its servers clear old results, in the way that the wire knows.
    #[serde(default)]
    pub(super) clears_results: bool,
    #[serde(default, deserialize_with = "optional_seconds")]
    pub(super) first_byte_timeout: Option<Duration>,
    /// What a model costs for which no other price is known.
    pub(super) price: Option<Price>,
    #[serde(default)]
    pub(super) quirks: Quirks,
    pub(super) window_probe: Option<WindowProbe>,
    #[serde(default)]
    pub(super) models: BTreeMap<String, ModelData>,
}

/// Where a server says how large the window of a model is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowProbe {
    /// Relative to the base URL, or from the root of the host when it begins with `/`.
    pub(crate) path: String,
    /// JSON pointer to the list of models; absent when the answer describes the only model.
    pub(crate) list: Option<String>,
    /// The field of a list entry which holds the model's name.
    #[serde(default = "id_field")]
    pub(crate) name: String,
    /// JSON pointers to the window inside the entry (or the answer); the first that holds a number counts.
    pub(crate) window: Vec<String>,
}

fn id_field() -> String {
    "id".to_owned()
}
