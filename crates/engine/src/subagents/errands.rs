//! What the calls of one batch need of the turn that makes them: a way into its log, and the money they share.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use headwater_protocol::{ModeSpec, ToolContext, ToolOutcome};
use serde_json::Value;
use tokio::sync::mpsc;

use super::purse::Purse;
use super::tool::Task;
use super::work::Errand;
use crate::children::{Journal, JournalEntry};
use crate::ledger::Ledger;
use crate::parts::Parts;

/// Records that may wait for the turn to write them.
const ENTRIES: usize = 64;

/// The sub-agents of one batch of calls.
pub(crate) struct Errands {
    journal: Journal,
    purse: Purse,
}

/// The turn that starts sub-agents.
#[derive(Clone, Copy)]
pub(crate) struct Above<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) ledger: &'a Ledger,
    pub(crate) mode: &'static ModeSpec,
}

impl Errands {
    /// The errands of a batch that begins now, and what they want written while it runs.
    pub(crate) fn open(above: Above<'_>) -> (Self, mpsc::Receiver<JournalEntry>) {
        let (entries, journal) = mpsc::channel(ENTRIES);
        let purse = Purse::new(above.parts.limits.max_cost_usd, above.ledger.state().budget.cost);
        (Self { journal: Journal::new(entries), purse }, journal)
    }

    /// The way of the batch into the log.
    pub(crate) fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// The work of a call that asks for a sub-agent.
    pub(crate) fn begin(
        &self,
        above: Above<'_>,
        input: &Value,
        context: ToolContext,
    ) -> BoxFuture<'static, ToolOutcome> {
        let Above { parts, ledger, mode } = above;
        let refused = |text: String| ready(ToolOutcome::error(text)).boxed();
        let Some(subagents) = parts.subagents.clone() else {
            return refused("There are no sub-agents here; do the task yourself.".to_owned());
        };
        let input = match Task::input(&subagents.roster, input) {
            Ok(input) => input,
            Err(error) => return refused(format!("Wrong arguments: {error}")),
        };
        let Some(definition) = subagents.roster.find(input.agent.as_deref()).cloned() else {
            return refused("There is no such agent.".to_owned());
        };
        let errand = Errand {
            number: subagents.number(ledger.state().subagents.count()),
            subagents,
            definition,
            input,
            parts: parts.clone(),
            parent: ledger.session().clone(),
            foreign: ledger.state().taint.source.clone(),
            updates: ledger.updates(),
            mode,
            context,
            journal: self.journal.clone(),
            purse: self.purse.clone(),
        };
        errand.run().boxed()
    }
}
