//! Where the hooks of the person and of a project lie.

use std::path::PathBuf;
use std::sync::Arc;

use headwater_engine::{DrawingSetup, HookPlaces, HookSetup, StatusLine, WITHIN_HOOK};
use headwater_sandbox::Runner;

use crate::premises::Premises;

/// The files of hooks for a session here. Those of the project run only after a yes, which the engine keeps.
pub(crate) fn places(premises: &Premises) -> HookPlaces {
    let mut own = vec![premises.paths.config.join("hooks.json")];
    if premises.settings().hooks.claude == Some(true)
        && let Some(home) = std::env::home_dir()
    {
        own.push(home.join(".claude").join("settings.json"));
    }
    let workspace = &premises.workspace;
    let project = [".headwater/hooks.json", ".claude/settings.json", ".claude/settings.local.json"];
    HookPlaces {
        own,
        project: project.iter().map(|path| workspace.join(path)).collect(),
        status_line: status_line(premises),
        plugins: Some(premises.paths.plugins()),
        state: premises.paths.state.clone(),
        workspace: workspace.clone(),
    }
}

/// The status line that the settings name. A project's own file cannot name one there.
fn status_line(premises: &Premises) -> Option<(StatusLine, PathBuf)> {
    let set = &premises.settings().status_line;
    let command = set.command.clone()?;
    let line = StatusLine { command, padding: set.padding, timeout: set.timeout };
    Some((line, premises.paths.config_file()))
}

/// What hooks are run with: as commands are, and with the same environment. None where a hook has started this program.
pub(crate) fn setup(
    premises: &Premises,
    runner: &Arc<Runner>,
    env: &[(String, String)],
    screen: Option<DrawingSetup>,
) -> Option<HookSetup> {
    let is_within_hook = std::env::var_os(WITHIN_HOOK).is_some();
    (!is_within_hook).then(|| HookSetup {
        places: places(premises),
        runner: Arc::clone(runner),
        env: env.to_vec(),
        screen,
    })
}
