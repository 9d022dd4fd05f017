//! One turn: the loop in seven verbs, and what it may touch. Each verb is a file; `project` and `ask` stand in `asking.rs`,
//! since missions ask as turns do.
//!
//! *Invariants:* every call gets exactly one terminal result; nothing runs that the gate has not admitted;
//! one model request and its calls are one transaction of the log.

mod answer;
mod close;
mod ending;
mod evict;
mod gate;
mod held;
mod hooks;
mod perform;
mod questions;
mod recover;
mod relieve;
mod remind;
mod repair;
mod safekeeping;
mod settle;
mod standing;

use std::sync::Arc;

use headwater_protocol::repl::ReplError;
use headwater_protocol::tool::Question;
use headwater_protocol::{CallId, Cancel, EndReason, ModeSpec, Provider, ProviderError};
use tokio::sync::mpsc;

use crate::asking::Asking;
use crate::ledger::{Ledger, LedgerError};
use crate::parts::Parts;

pub(crate) use close::close_open_calls;
pub(crate) use ending::{broken_off, end_turn, provider_failed};
pub(crate) use perform::{CallPlace, finish, tool_context};
pub(crate) use recover::MOST_CUTS;

/// A running turn.
pub(crate) struct Turn<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) parts: &'a Parts,
    /// The model that answers: the session's own, or the one that stands in for it.
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) mode: &'static ModeSpec,
    pub(crate) questions: &'a mut mpsc::UnboundedReceiver<Question>,
    pub(crate) cancel: Cancel,
    /// Calls of the last message that have what looks like the mark of a secret, and never had one.
    pub(crate) unredacted: Vec<CallId>,
}

/// Why a turn broke off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TurnError {
    /// Somebody cancelled it.
    #[error("interrupted")]
    Interrupted,
    /// The provider failed for good.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The interpreter cannot go on.
    #[error(transparent)]
    Repl(#[from] ReplError),
    /// The log cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Turn<'_> {
    /// Runs to the end of the turn.
    pub(crate) async fn run(&mut self) -> Result<EndReason, TurnError> {
        if let Some(end) = self.stopped() {
            return Ok(end);
        }
        loop {
            self.repair().await?;
            if let Some(end) = self.relieve_pressure().await? {
                return Ok(end);
            }
            let request = self.asking().project().await?;
            let reply = self.ask(request).await?;
            let calls = self.gate(reply.calls).await?;
            self.perform(calls).await?;
            if let Some(end) = self.settle(reply.claim).await? {
                return Ok(end);
            }
        }
    }

    fn asking(&mut self) -> Asking<'_> {
        Asking { ledger: self.ledger, provider: self.provider.as_ref(), cancel: &self.cancel }
    }
}
