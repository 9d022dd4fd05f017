//! Checkpoint first: what a call may change is kept before it runs, and what a command has changed is recorded after it.

use std::path::PathBuf;

use headwater_policy::Touch;
use headwater_protocol::events::Checkpointed;
use headwater_protocol::tool::{FileTouch, TouchKind};
use headwater_protocol::{Access, CallId, Confinement};

use super::gate::Admitted;
use super::{Turn, TurnError};
use crate::checkpoints::{CommandWatch, TurnCommand, blocking};
use crate::mission::git;
use crate::real_paths::with_real_paths;
use crate::withheld::Found;

impl Turn<'_> {
    /// Keeps what the call may change. The inner error is a sentence: what cannot be kept may not be changed.
    pub(super) async fn keep_first(
        &mut self,
        admitted: &Admitted,
    ) -> Result<Result<Option<CommandWatch>, String>, TurnError> {
        // The gate has read the same input before.
        let access = admitted.tool.access(&admitted.call.input).unwrap_or(Access::Nothing);
        let (call, checkpoints) = (admitted.call.call.clone(), self.parts.checkpoints.clone());
        let is_harmless = self.parts.is_sandboxed && admitted.confinement == Confinement::ReadOnly;
        let kept = match access {
            Access::Write(paths) => {
                if let Some(path) = self.unread_secret(&paths) {
                    return Ok(Err(format!(
                        "Not run: {path} is there, is withheld, and was not read in this session."
                    )));
                }
                let held = self.ledger.state().checkpoint.clone();
                let taken = blocking(move || checkpoints.before_change(&paths, &held)).await;
                taken.map(|taken| {
                    let (files, uncovered) = (taken.files, taken.uncovered);
                    (Checkpointed { call, command: None, files, uncovered }, None)
                })
            }
            Access::Run { command } if !is_harmless => {
                let held = self.ledger.state().checkpoint.clone();
                let is_background = admitted.call.input.get("background").is_some_and(|value| value == true);
                let touches = self.named_by(&command).await;
                let names_any = !touches.is_empty();
                let withheld = if names_any { self.withheld_from(admitted).await } else { Found::default() };
                let run = TurnCommand { call, command, is_background, touches, withheld };
                let begun = blocking(move || checkpoints.before_turn_command(run, &held)).await;
                begun.map(|(kept, watch)| (kept, Some(watch)))
            }
            Access::Nothing | Access::Read(_) | Access::Ask | Access::Run { .. } => return Ok(Ok(None)),
        };
        let (kept, watch) = match kept {
            Ok(kept) => kept,
            Err(why) => return Ok(Err(format!("Not run: {why}."))),
        };
        // Also where all of it is kept already: each act has its checkpoint (HARNESS L2).
        self.ledger.record(kept).await?;
        Ok(Ok(watch))
    }

    /// The first of these files that is there, is withheld and was not read: no copy is made of it, for one might be read.
    fn unread_secret(&self, paths: &[PathBuf]) -> Option<String> {
        let (workspace, home) = (&self.parts.workspace, self.parts.home.as_deref());
        let Access::Write(all) = with_real_paths(Access::Write(paths.to_vec()), workspace) else {
            return None;
        };
        let seen = &self.ledger.state().files;
        let is_unread =
            |path: &&PathBuf| !seen.iter().any(|(seen, _)| workspace.join(seen) == workspace.join(path));
        let is_withheld = |path: &&PathBuf| !self.parts.rulebook.may_look_into(path, workspace, home);
        if !all.iter().all(|path| is_unread(&path)) {
            return None;
        }
        let found = all.iter().find(|path| is_withheld(path) && workspace.join(path).is_file());
        found.map(|path| path.display().to_string())
    }

    /// What a command names and may change; git says what of it is not committed.
    async fn named_by(&self, command: &str) -> Vec<Touch> {
        let workspace = &self.parts.workspace;
        let mut touches = headwater_policy::touches(command, workspace, self.parts.home.as_deref());
        let uncommitted: Vec<Touch> =
            touches.extract_if(.., |touch| matches!(touch, Touch::Uncommitted(_))).collect();
        for touch in uncommitted {
            if let Touch::Uncommitted(below) = touch {
                touches.extend(git::uncommitted(workspace, &below).await.into_iter().map(Touch::File));
            }
        }
        touches
    }

    /// Records what a command has changed. One that cannot be looked at counts as cut off.
    pub(super) async fn look_again(&mut self, watch: CommandWatch) -> Result<(), TurnError> {
        let checkpoints = self.parts.checkpoints.clone();
        match blocking(move || checkpoints.after_turn_command(&watch)).await {
            Ok(changed) => Ok(self.ledger.record(changed).await?),
            Err(error) => {
                tracing::warn!("what a command changed is not known: {error}");
                Ok(())
            }
        }
    }

    /// Records what hooks have made of the files that a call wrote (a formatter, as a rule): it goes back with the call, and
    /// is no work of somebody else.
    pub(super) async fn look_behind_hooks(
        &mut self,
        call: CallId,
        files: &[FileTouch],
    ) -> Result<(), TurnError> {
        let written = files.iter().filter(|touch| touch.kind != TouchKind::Read);
        let paths: Vec<String> = written.map(|touch| touch.path.clone()).collect();
        if paths.is_empty() {
            return Ok(());
        }
        let (checkpoints, held) = (self.parts.checkpoints.clone(), self.ledger.state().checkpoint.clone());
        match blocking(move || checkpoints.changed_since(call, &paths, &held)).await {
            Ok(changed) if changed.files.is_empty() => Ok(()),
            Ok(changed) => Ok(self.ledger.record(changed).await?),
            Err(error) => {
                tracing::warn!("what hooks changed is not known: {error}");
                Ok(())
            }
        }
    }
}
