//! Taking back what the mission that ran last has changed.

use headwater_protocol::events::MissionUndone;
use headwater_protocol::views::{Checkpoint, fold};
use headwater_protocol::{Event, SessionId};

use super::workshop::MissionError;
use crate::checkpoints::{Checkpoints, coverage};
use crate::ledger::Ledger;
use crate::parts::Parts;
use crate::sessions::SessionStore;

/// Puts back the files of the mission that was approved last, and records what became of them. Nothing of it may run.
pub(crate) async fn undo(
    parts: &Parts,
    store: &SessionStore,
    ledger: &mut Ledger,
) -> Result<(), MissionError> {
    let mission = last_mission(ledger).ok_or_else(|| {
        refused("No mission has run in this conversation, so there is nothing to take back.".to_owned())
    })?;
    if is_undone(ledger, &mission) {
        return Err(refused("The mission's changes have been taken back already.".to_owned()));
    }
    // Held until the files are back: no other process carries the mission on meanwhile.
    let _lock = store.lock(&mission)?;
    let records = store.load(&mission)?.records;
    let held: Checkpoint = fold(&records);
    if !held.files().any(|file| file.is_changed() || file.after.is_none()) {
        let told = coverage(&held).unwrap_or_else(|| "The mission changed no file.".to_owned());
        return Err(refused(told));
    }
    let checkpoints = Checkpoints::new(&parts.workspace, &store.directory(&mission));
    let restoring = tokio::task::spawn_blocking(move || checkpoints.restore(held.files(), "the mission"));
    let outcome = restoring.await.map_err(|error| refused(format!("The undoing broke off: {error}.")))?;
    let outcome = outcome.map_err(|error| refused(format!("Nothing was taken back: {error}.")))?;
    let (restored, kept) = (outcome.restored, outcome.kept);
    if restored.is_empty() && kept.is_empty() {
        return Err(refused("Every file is as it was before the mission.".to_owned()));
    }
    ledger.record(MissionUndone { mission, restored, kept }).await?;
    ledger.commit();
    Ok(())
}

/// The mission that was approved last in this conversation.
fn last_mission(ledger: &Ledger) -> Option<SessionId> {
    ledger.records().iter().rev().find_map(|record| {
        if let Event::MissionApproved(approved) = &record.event {
            Some(approved.mission.clone())
        } else {
            None
        }
    })
}

/// Whether it was taken back as a whole. Where files were left alone, trying again may take back more.
fn is_undone(ledger: &Ledger, mission: &SessionId) -> bool {
    let undone = ledger.records().iter().rev().find_map(|record| {
        if let Event::MissionUndone(undone) = &record.event { Some(undone) } else { None }
    });
    undone.is_some_and(|undone| undone.mission == *mission && undone.kept.is_empty())
}

fn refused(message: String) -> MissionError {
    MissionError::refused("nothing_to_undo", message, "Look at the mission's report.")
}
