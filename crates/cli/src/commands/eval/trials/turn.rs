//! One turn of the agent in a fresh workspace.

use std::path::Path;

use anyhow::{Context as _, Result};
use headwater_engine::Start;

use super::super::suite::ExecWork;
use super::follow::{Followed, follow};
use super::stage::Stage;
use crate::args::Globals;
use crate::session::{Attendance, Blueprint};

/// Writes the files and runs the turn.
pub(super) async fn run(stage: &Stage, work: &ExecWork) -> Result<Followed> {
    for (path, text) in &work.files {
        write(&stage.premises.workspace.join(path), text)?;
    }
    let globals = Globals { mode: work.mode.or(stage.globals.mode), ..stage.globals.clone() };
    let blueprint = Blueprint::draw(&stage.premises, &globals, Attendance::Nobody).await?;
    let running = blueprint.start(Start::New { parent: None }, stage.bench.probe.clone())?;
    Ok(follow(running, work.prompt.clone()).await)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let said = || format!("{} cannot be written", path.display());
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(said)?;
    }
    std::fs::write(path, text).with_context(said)
}
