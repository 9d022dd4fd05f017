//! Checkpoint first: what a call of a mission may change is kept before it runs.

use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::events::Checkpointed;
use headwater_protocol::views::Checkpoint;
use headwater_protocol::{Access, CallId, Event, Record, SessionId, Timestamp, View as _};

use super::amending::GrantInForce;
use crate::checkpoints::{Checkpoints, Seen, Watch, blocking};

/// The checkpoint of a mission at work.
pub(super) struct Safekeeping {
    checkpoints: Arc<Checkpoints>,
    held: Mutex<Checkpoint>,
    /// What a command may write is what the card says.
    grant: GrantInForce,
}

/// What is to be recorded before a call, and looked at after it.
#[derive(Default)]
pub(super) struct Guarded {
    pub(super) kept: Option<Checkpointed>,
    pub(super) watch: Option<Watch>,
}

impl Safekeeping {
    pub(super) fn new(checkpoints: Checkpoints, held: Checkpoint, grant: GrantInForce) -> Self {
        Self { checkpoints: Arc::new(checkpoints), held: Mutex::new(held), grant }
    }

    /// Keeps what the call may change. The error is a sentence: what cannot be kept may not be changed.
    pub(super) async fn before(&self, call: &CallId, access: &Access) -> Result<Guarded, String> {
        let (checkpoints, call) = (Arc::clone(&self.checkpoints), call.clone());
        let held = self.held().clone();
        match access {
            Access::Nothing | Access::Read(_) | Access::Ask => Ok(Guarded::default()),
            Access::Write(paths) => {
                let paths = paths.clone();
                let taken = blocking(move || checkpoints.before_change(&paths, &held)).await?;
                let kept =
                    Checkpointed { call, command: None, files: taken.files, uncovered: taken.uncovered };
                Ok(Guarded { kept: Some(kept), watch: None })
            }
            Access::Run { command } => {
                let (command, globs) = (command.clone(), self.grant.rules().writes().clone());
                let keep = move || checkpoints.before_command((call, &command), globs, &held);
                let (kept, watch) = blocking(keep).await?;
                Ok(Guarded { kept: Some(kept), watch: Some(watch) })
            }
        }
    }

    /// What a watched command has changed.
    pub(super) async fn after(&self, watch: Watch) -> Result<Seen, String> {
        let checkpoints = Arc::clone(&self.checkpoints);
        blocking(move || checkpoints.after_command(watch)).await
    }

    /// A record that concerns the checkpoint counts for the next call.
    pub(super) fn learn(&self, event: impl Into<Event>) {
        let session = SessionId::new("");
        // Later than whatever the log holds.
        let (seq, at) = (u64::MAX, Timestamp::default());
        let record = Record { seq, at, session, parent: None, event: event.into() };
        self.held().apply(&record);
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Checkpoint> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
