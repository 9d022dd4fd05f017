//! Another mode holds than the model was last told of.

use super::Facts;
use crate::injection::{Priority, Reminder};

/// Again when the mode changes again. A sub-agent's mode never does, and its head says what it may do.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let session = &facts.state.session;
    let is_told = session.is_subagent || session.announced_mode == Some(facts.mode.id);
    let key = format!("modes/{}", facts.mode.id.name());
    (!is_told).then(|| super::reminder(&key, Priority::Safety, facts.mode.prompt, &[]))
}
