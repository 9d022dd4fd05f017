//! Going on in a copy of a session: `--fork`, and `--at` for a copy of its beginning.

use anyhow::Result;
use clap::Args;
use headwater_engine::{SessionStore, Start};
use headwater_protocol::{Record, SessionId};

use crate::paths::Paths;
use crate::user_error::UserError;

/// Whether a session is carried on, or a copy of it.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ForkArguments {
    /// Go on in a copy, and leave the session itself as it is.
    #[arg(long = "fork")]
    is_forked: bool,
    /// Go on in a copy of what is before this record.
    #[arg(long = "at", value_name = "SEQ")]
    at: Option<u64>,
}

impl ForkArguments {
    /// The session to carry on: the one that was named, or a new copy of it.
    pub(crate) fn of(&self, session: SessionId) -> Result<SessionId> {
        if !self.is_wanted() {
            return Ok(session);
        }
        Ok(SessionStore::new(Paths::find()?.state).fork(&session, self.at)?)
    }

    /// Removes the copy that nothing can be done with.
    pub(crate) fn take_back(&self, start: &Start, store: &SessionStore) {
        let Start::Resume(copy) = start else { return };
        if self.is_wanted()
            && let Err(error) = store.remove(copy)
        {
            tracing::warn!(%error, "a copy that is of no use is left");
        }
    }

    /// What of these records would be carried on.
    pub(crate) fn shared(&self, mut records: Vec<Record>) -> Vec<Record> {
        records.retain(|record| self.at.is_none_or(|at| record.seq < at));
        records
    }

    /// Refuses a fork of nothing.
    pub(crate) fn check(&self, has_session: bool) -> Result<()> {
        if self.is_wanted() && !has_session {
            let error = UserError::usage("--fork and --at copy a session, and none was named");
            return Err(error.hint("Name it: --resume ID.").into());
        }
        Ok(())
    }

    /// Whether a copy is wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_forked || self.at.is_some()
    }
}
