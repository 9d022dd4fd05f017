//! From settings and files to what sub-agents of a session are made with.

use std::time::Duration;

use headwater_engine::subagents::{Roster, SubagentSetup};

use super::files;
use crate::premises::Premises;

/// What sub-agents are made with; `None` where the settings switch them off.
pub(crate) fn setup(premises: &Premises) -> Option<SubagentSetup> {
    let settings = &premises.settings().agents;
    let usual = SubagentSetup::default();
    let whole = |setting: Option<u32>, usual: usize| {
        setting.map_or(usual, |number| usize::try_from(number).unwrap_or(usize::MAX))
    };
    settings.enabled.unwrap_or(true).then(|| SubagentSetup {
        roster: Roster::new(&files::load(premises)),
        parallel: whole(settings.parallel, usual.parallel),
        max_steps: settings.max_steps.unwrap_or(usual.max_steps),
        max_time: settings.max_time.map_or(usual.max_time, Duration::from_secs),
        models: settings.models.clone(),
    })
}
