//! A command that ends with 0.

use headwater_sandbox::{Confinement, Profile, ShellCommand};

use super::Scene;
use crate::output::one_line;

/// Characters of its output that a report quotes.
const QUOTED: usize = 200;

pub(super) async fn ends_well(scene: &Scene<'_>, script: &str) -> Result<(), String> {
    let confinement = Confinement::new(Profile::WorkspaceWrite { network: false }, scene.workspace);
    let mut command = ShellCommand::new(script, confinement);
    command.env = scene.env.to_vec();
    let ran = scene.runner.run(command, std::future::pending(), |_| {}).await;
    let outcome = ran.map_err(|error| error.to_string())?;
    if outcome.exit.is_success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&outcome.output.head).into_owned();
    Err(format!("{}: {}", outcome.exit, one_line(&said, QUOTED)))
}
