//! Where a trial happens: temporary directories, the settings it runs with, the place for what is kept of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use headwater_protocol::SessionId;
use headwater_sandbox::{Probe, Runner};
use tempfile::TempDir;

use super::super::cases::Trial;
use crate::args::Globals;
use crate::premises::Premises;

/// What all trials share.
pub(in crate::commands::eval) struct Bench {
    /// The options of the command line.
    pub(in crate::commands::eval) globals: Globals,
    /// What confines commands here.
    pub(in crate::commands::eval) probe: Probe,
    /// Runs the commands of verifiers.
    pub(in crate::commands::eval) runner: Runner,
    /// The directory of the run, where anything is kept of it.
    pub(in crate::commands::eval) out: Option<PathBuf>,
}

/// Where one trial happens.
pub(super) struct Stage {
    pub(super) bench: Arc<Bench>,
    pub(super) globals: Globals,
    pub(super) premises: Premises,
    /// The place for what is kept of it.
    pub(super) kept: Option<PathBuf>,
    /// Removed at the end; a context of 40 MB is made again from its seed, not kept.
    _directory: TempDir,
}

impl Stage {
    /// Makes the directories and reads the settings.
    pub(super) fn set(bench: &Arc<Bench>, trial: &Trial) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("headwater-eval-").tempdir();
        let directory = directory.context("no temporary directory can be made")?;
        let workspace = directory.path().canonicalize()?.join("workspace");
        std::fs::create_dir(&workspace)?;
        let mut globals = Globals { cwd: Some(workspace), ..bench.globals.clone() };
        globals.config.splice(0..0, trial.task.config.iter().cloned());
        if let Some(model) = &trial.task.model {
            globals.model = Some(model.clone());
        }
        let mut premises = Premises::find(&globals)?;
        // A score hangs on nothing that one person has.
        premises.layered.settings.mcp.clear();
        premises.paths.state = directory.path().join("state");
        let place = |out: &PathBuf| out.join("trials").join(&trial.case).join(trial.number.to_string());
        let kept = bench.out.as_ref().map(place);
        if let Some(kept) = &kept {
            std::fs::create_dir_all(kept).with_context(|| format!("{} cannot be made", kept.display()))?;
        }
        Ok(Self { bench: Arc::clone(bench), globals, premises, kept, _directory: directory })
    }

    /// Keeps the transcript of a session.
    pub(super) fn keep_transcript(&self, session: &SessionId, kept: &Path) -> Result<()> {
        let store = headwater_engine::SessionStore::new(self.premises.paths.state.clone());
        let from = store.transcript(session);
        std::fs::copy(&from, kept.join("transcript.jsonl"))
            .with_context(|| format!("{} cannot be kept", from.display()))?;
        Ok(())
    }
}
