//! What is open in one session.

use std::collections::BTreeMap;

use headwater_protocol::{CallId, ChildId, SessionId, Timestamp, Usage, Usd};

use super::open::{OpenSpan, Place};

/// The open spans of a session, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct SessionSpans {
    pub(super) parent: Option<SessionId>,
    pub(super) provider: String,
    pub(super) model: String,
    /// What the agent is called, where it is not the usual one.
    pub(super) agent: Option<String>,
    /// What the person said last.
    pub(super) said: String,
    /// The kind of the last failure in this turn.
    pub(super) failure: Option<String>,
    pub(super) turn: Option<OpenSpan>,
    pub(super) chat: Option<Chat>,
    pub(super) cell: Option<OpenSpan>,
    pub(super) calls: BTreeMap<CallId, OpenSpan>,
    pub(super) children: BTreeMap<ChildId, OpenSpan>,
    /// What the turn has consumed.
    pub(super) usage: Usage,
    pub(super) cost: Option<Usd>,
}

/// A request that is out, or whose report is still to come.
#[derive(Debug)]
pub(super) struct Chat {
    pub(super) span: OpenSpan,
    /// When its answer was recorded.
    pub(super) answered: Option<Timestamp>,
    /// A summary is no message, and so has no record of its answer.
    pub(super) is_summary: bool,
    /// Whether what arrived is not all of it.
    pub(super) is_broken: bool,
}

impl SessionSpans {
    /// The place of what begins now: in the block that runs, or in the turn.
    pub(super) fn inside(&self) -> Option<Place> {
        self.cell.as_ref().or(self.turn.as_ref()).map(OpenSpan::inside)
    }

    /// Counts what a request or a child consumed.
    pub(super) fn count(&mut self, usage: Usage, cost: Option<Usd>) {
        self.usage.input += usage.input;
        self.usage.cached += usage.cached;
        self.usage.output += usage.output;
        if let Some(cost) = cost {
            self.cost = Some(self.cost.unwrap_or_default() + cost);
        }
    }
}
