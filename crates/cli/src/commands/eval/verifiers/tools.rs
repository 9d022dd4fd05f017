//! How the calls of a tool ended.

use headwater_protocol::events::{ResultStatus, ToolReturned};

use super::Scene;

/// A call of a tool, as it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::eval) struct EndedCall {
    name: String,
    status: ResultStatus,
    is_error: bool,
}

impl EndedCall {
    /// What a record says of it.
    pub(in crate::commands::eval) fn of(returned: &ToolReturned) -> Self {
        Self { name: returned.name.clone(), status: returned.status, is_error: returned.is_error }
    }
}

pub(super) fn passed(scene: &Scene<'_>, tool: &str) -> Result<(), String> {
    find(scene, tool, "no call of it passed", |call| call.status == ResultStatus::Ran && !call.is_error)
}

pub(super) fn refused(scene: &Scene<'_>, tool: &str) -> Result<(), String> {
    let is_refused =
        |status| matches!(status, ResultStatus::Denied | ResultStatus::Refused | ResultStatus::Repeated);
    find(scene, tool, "no call of it was denied or refused", |call| is_refused(call.status))
}

fn find(scene: &Scene<'_>, tool: &str, gap: &str, is_it: impl Fn(&EndedCall) -> bool) -> Result<(), String> {
    let mut calls = scene.calls.iter().filter(|call| call.name == tool).peekable();
    if calls.peek().is_none() {
        return Err("it was not called".to_owned());
    }
    if calls.any(is_it) { Ok(()) } else { Err(gap.to_owned()) }
}
