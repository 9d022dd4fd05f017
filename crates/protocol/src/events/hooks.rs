//! Events of hooks: commands of the person that the harness runs at fixed points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hook::HookPoint;
use crate::ids::CallId;

/// A hook ran. What it changed follows in the records it changed: a denied call, an approval, a reminder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HookRan {
    /// Where.
    pub point: HookPoint,
    /// The command as the settings write it.
    pub command: String,
    /// The call it was about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// How it ended.
    pub status: HookStatus,
    /// What it said, shortened: the reason of a block, the error of a failure; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Milliseconds it ran.
    pub millis: u64,
}

/// How a hook ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HookStatus {
    /// It let things go on, perhaps with words of its own.
    Passed,
    /// It said yes to what would have been asked.
    Allowed,
    /// It said no.
    Blocked,
    /// It failed, and nothing was changed by it.
    Failed,
    /// It did not end in time and was ended.
    TimedOut,
}
