//! The mission of a session: in a conversation the card that waits or runs, in a mission's own session its terms.

use std::sync::Arc;

use super::View;
use crate::card::{Grant, MissionBudget, MissionCard};
use crate::contract::TaskContract;
use crate::end::EndReason;
use crate::event::Event;
use crate::events::{MissionProposed, MissionStarted};
use crate::ids::SessionId;
use crate::record::Record;
use crate::time::Timestamp;

/// Where a mission stands (RECURSIVE §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissionPhase {
    /// There is none.
    #[default]
    Idle,
    /// It is looked into, or its card is written.
    Research,
    /// Its card waits for a person.
    AwaitApproval,
    /// It runs.
    Execute,
    /// It ended.
    Ended,
}

/// The mission, derived from the records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MissionView {
    /// Where it stands.
    pub phase: MissionPhase,
    /// The mission's session.
    pub mission: Option<SessionId>,
    /// The card that was proposed last.
    pub card: Option<Arc<MissionProposed>>,
    /// The hash that was approved.
    pub approved: Option<String>,
    /// What it may touch.
    pub grant: Grant,
    /// What it may take.
    pub budget: MissionBudget,
    /// What must hold before "done" is believed.
    pub contract: Option<Arc<TaskContract>>,
    /// When it began, in its own session.
    pub began: Timestamp,
    /// Its terms, in its own session.
    pub started: Option<Arc<MissionStarted>>,
    /// Blocks that came to their end.
    pub cells: u32,
    /// A block that began and has not ended.
    pub open_cell: Option<u32>,
    /// How often an answer was refused.
    pub refusals: u32,
    /// How it ended.
    pub ended: Option<EndReason>,
}

impl MissionView {
    /// The card that waits for a person.
    pub fn waiting(&self) -> Option<&MissionCard> {
        let is_waiting = self.phase == MissionPhase::AwaitApproval;
        self.card.as_deref().filter(|_| is_waiting).map(|proposed| &*proposed.card)
    }

    fn propose(&mut self, proposed: &MissionProposed) {
        self.phase = MissionPhase::AwaitApproval;
        self.mission = Some(proposed.mission.clone());
        self.card = Some(Arc::new(proposed.clone()));
        self.approved = None;
    }
}

impl View for MissionView {
    fn apply(&mut self, record: &Record) {
        if let Event::MissionStarted(started) = &record.event {
            let budget = started.budget;
            let started = Some(Arc::new(started.clone()));
            *self = Self {
                phase: MissionPhase::Research,
                mission: Some(record.session.clone()),
                began: record.at,
                budget,
                started,
                ..Self::default()
            };
        } else if let Event::MissionProposed(proposed) = &record.event {
            self.propose(proposed);
        } else if let Event::MissionApproved(approved) = &record.event {
            self.phase = MissionPhase::Execute;
            self.approved = Some(approved.hash.clone());
            self.grant = approved.grant.clone();
            self.budget = approved.budget;
        } else if let Event::MissionRevised(_) = &record.event {
            self.phase = MissionPhase::Research;
        } else if let Event::MissionRejected(_) = &record.event {
            self.phase = MissionPhase::Ended;
        } else if let Event::MissionEnded(ended) = &record.event {
            self.phase = MissionPhase::Ended;
            self.ended = Some(ended.reason);
        } else if let Event::MissionUndone(undone) = &record.event {
            // What was taken back does not go on. Another one may be before the person meanwhile.
            if self.mission.as_ref() == Some(&undone.mission) {
                self.phase = MissionPhase::Ended;
            }
        } else if let Event::ContractDeclared(declared) = &record.event {
            self.contract = Some(Arc::new(declared.contract.clone()));
        } else if let Event::CellStarted(started) = &record.event {
            self.open_cell = Some(started.cell);
        } else if let Event::CellReturned(returned) = &record.event {
            self.cells = returned.cell;
            self.open_cell = None;
        } else if let Event::FinalRefused(_) = &record.event {
            self.refusals += 1;
        }
    }
}
