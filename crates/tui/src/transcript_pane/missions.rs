//! What the transcript keeps of a mission: its card, its approval, the blocks of its root, its end and its report.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_protocol::events::{
    CellReturned, CellStarted, ChildReturned, ChildStarted, FinalRefused, MissionAmended, MissionApproved,
    MissionEnded, MissionProposed, MissionRejected, MissionRevised, MissionUndone,
};
use headwater_protocol::{ChildId, Event, Record, Timestamp};

use super::TranscriptPane;
use crate::cells::{AssistantCell, Cell, MissionCell, MissionEndCell, NoticeCell, ReplCell};

/// The mission that was proposed last, as far as the transcript shows it.
#[derive(Debug, Default)]
pub(super) struct MissionTrail {
    /// The entry of its card, while that may still be revised in place.
    card: Option<usize>,
    proposed: Option<Arc<MissionProposed>>,
    approved_at: Option<Timestamp>,
    /// What the person wanted otherwise, until the card that follows.
    words: String,
    /// Entries of the blocks that run.
    blocks: HashMap<u32, usize>,
    /// The blocks whose calls have not come back.
    asked_by: HashMap<ChildId, u32>,
}

impl MissionTrail {
    /// Takes out the blocks that run.
    pub(super) fn open_blocks(&mut self) -> Vec<usize> {
        self.asked_by.clear();
        self.blocks.drain().map(|(_, index)| index).collect()
    }
}

impl TranscriptPane {
    /// Takes in a record of a mission's own session: its blocks are shown, and what they ask is counted.
    pub fn apply_mission_record(&mut self, record: &Record, now_ms: u64) {
        if let Event::CellStarted(started) = &record.event {
            self.block_started(started, now_ms);
        } else if let Event::CellReturned(returned) = &record.event {
            self.block_returned(returned);
        } else if let Event::ChildStarted(started) = &record.event {
            self.child_started(started);
        } else if let Event::ChildReturned(returned) = &record.event {
            self.child_returned(returned);
        } else if let Event::FinalRefused(refused) = &record.event {
            self.answer_refused(refused);
        }
    }

    fn block_started(&mut self, started: &CellStarted, now_ms: u64) {
        let index = self.push(ReplCell::new(started, now_ms));
        self.mission.blocks.insert(started.cell, index);
    }

    fn block_returned(&mut self, returned: &CellReturned) {
        if let Some(index) = self.mission.blocks.remove(&returned.cell) {
            self.change_block(index, |block| block.end(returned));
        }
    }

    fn child_started(&mut self, started: &ChildStarted) {
        let Some(cell) = started.cell else { return };
        if let Some(index) = self.mission.blocks.get(&cell).copied() {
            self.mission.asked_by.insert(started.child.clone(), cell);
            self.change_block(index, |block| block.child_started(started));
        }
    }

    fn child_returned(&mut self, returned: &ChildReturned) {
        let cell = self.mission.asked_by.remove(&returned.child);
        if let Some(index) = cell.and_then(|cell| self.mission.blocks.get(&cell)).copied() {
            self.change_block(index, |block| block.child_returned(returned));
        }
    }

    /// How many calls wait to be asked; they are those of the block that runs.
    pub(super) fn queued_in_block(&mut self, queued: usize) {
        if let Some(index) = self.mission.blocks.values().max().copied() {
            self.change_block(index, |block| block.set_queued(queued));
        }
    }

    fn change_block(&mut self, index: usize, change: impl FnOnce(&mut ReplCell)) {
        self.change(index, |cell| {
            if let Cell::Repl(block) = cell {
                change(block);
            }
        });
    }

    fn answer_refused(&mut self, refused: &FinalRefused) {
        let gaps: Vec<String> =
            refused.gaps.iter().map(|gap| format!("\n{}: {}", gap.id, gap.found)).collect();
        let text = format!("The mission's answer was checked and does not hold yet.{}", gaps.concat());
        self.add(NoticeCell::warning(&text));
    }

    /// A later revision takes the place of the card, as long as that is the newest thing and not printed.
    pub(super) fn mission_proposed(&mut self, proposed: &MissionProposed) {
        let is_same = self.mission.proposed.as_ref().is_some_and(|last| last.mission == proposed.mission);
        let place = self.mission.card.filter(|index| is_same && self.is_newest(*index));
        let card = MissionCell::proposed(proposed, &std::mem::take(&mut self.mission.words));
        match place {
            Some(index) => {
                self.change(index, |cell| *cell = card.into());
            }
            None => self.mission.card = Some(self.push(card)),
        }
        self.mission.proposed = Some(Arc::new(proposed.clone()));
    }

    fn is_newest(&self, index: usize) -> bool {
        let is_last = self.entries.iter().skip(index + 1).all(|entry| entry.is_hidden);
        is_last && index >= self.viewport.first
    }

    pub(super) fn mission_approved(&mut self, approved: &MissionApproved, at: Timestamp) {
        self.mission.card = None;
        self.mission.approved_at = Some(at);
        let proposed = self.mission.proposed.clone().filter(|card| card.mission == approved.mission);
        match proposed {
            Some(proposed) => self.add(MissionCell::approved(&proposed, approved)),
            None => self.add(NoticeCell::new("mission approved")),
        }
    }

    /// The words stand with the card that follows.
    pub(super) fn mission_revised(&mut self, revised: &MissionRevised) {
        self.mission.words.clone_from(&revised.words);
    }

    pub(super) fn mission_rejected(&mut self, rejected: &MissionRejected) {
        self.mission.card = None;
        let reason = rejected.reason.trim();
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        self.add(NoticeCell::warning(&format!("mission rejected{why}")));
    }

    pub(super) fn mission_amended(&mut self, amended: &MissionAmended) {
        self.mission.card = None;
        let text = format!("The mission would go beyond its card and waits: {}", amended.change);
        self.add(NoticeCell::warning(&text));
    }

    pub(super) fn mission_undone(&mut self, undone: &MissionUndone) {
        let text = format!("mission undone\n{}", undone.told());
        let cell = if undone.kept.is_empty() { NoticeCell::new(&text) } else { NoticeCell::warning(&text) };
        self.add(cell);
    }

    pub(super) fn mission_ended(&mut self, ended: &MissionEnded, at: Timestamp) {
        let proposed = self.mission.proposed.clone().filter(|card| card.mission == ended.mission);
        let seconds = self.mission.approved_at.take().map(|since| at.millis_since(since) / 1000);
        let estimate = proposed.as_ref().filter(|_| seconds.is_some()).map(|card| &card.card.estimate);
        self.mission.card = None;
        for index in self.mission.open_blocks() {
            self.change_block(index, ReplCell::abandon);
        }
        self.add(MissionEndCell::new(ended, estimate, seconds));
        if !ended.report.trim().is_empty() {
            self.add(AssistantCell::new(&ended.report));
        }
    }
}
