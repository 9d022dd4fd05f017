//! Events about the session as a whole.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mode::ModeId;
use crate::model::ModelInfo;
use crate::tool::ToolSpec;

/// The session began. Always the first record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionStarted {
    /// Version of the event schema; raised when an old reader would misread.
    pub schema: u32,
    /// Version of the program.
    pub version: String,
    /// The workspace, an absolute path.
    pub workspace: String,
    /// The vendor.
    pub vendor: String,
    /// The model.
    pub model: ModelInfo,
    /// The mode it began in.
    pub mode: ModeId,
    /// The frozen head of every request.
    pub header: Header,
}

/// System prompt and tools, frozen for the session so that every request shares their bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The system prompt, project instructions included.
    pub system: Arc<str>,
    /// The tools in their fixed order.
    pub tools: Arc<[ToolSpec]>,
}

/// What stands above an output style in a system prompt, before its name.
pub const STYLE_TITLE: &str = "# Output style: ";
/// The name of what goes without one.
pub const DEFAULT_STYLE: &str = "default";
/// What stands above what others have written: the place, and the project's instructions.
const SURROUNDINGS_TITLE: &str = "\n# Where you are\n";

impl Header {
    /// The name of the output style that it holds.
    pub fn output_style(&self) -> &str {
        let (own, _) = self.system.split_once(SURROUNDINGS_TITLE).unwrap_or((&self.system, ""));
        let named = own.split_once(STYLE_TITLE).and_then(|(_, style)| style.lines().next());
        named.unwrap_or(DEFAULT_STYLE)
    }
}

/// Another process carried the session on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionResumed {
    /// Version of the program.
    pub version: String,
}

/// The session was given a title. An empty one takes it back: then its first message is its title again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionTitled {
    /// The title, one line.
    pub title: String,
}

/// The mode changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeChanged {
    /// Before.
    pub from: ModeId,
    /// From now on.
    pub to: ModeId,
}

/// The model changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelChanged {
    /// The vendor from now on.
    pub vendor: String,
    /// The model from now on.
    pub model: ModelInfo,
}
