//! Records of missions: kept away from the conversation, folded into the tree of missions, and what is shown of them.

use headwater_protocol::op::MissionDecision;
use headwater_protocol::views::MissionPhase;
use headwater_protocol::{Delta, Event, MissionBudget, ModeId, Op, Record, Usd};

use super::{App, Effect, Form};
use crate::keymap::{Chord, GlobalKey, OverlayKey};
use crate::mission::Spent;
use crate::recursion_tree::{Chosen, RecursionTree};

impl App {
    /// Whether a record belongs to another session than the conversation.
    pub(super) fn is_of_mission(&self, record: &Record) -> bool {
        self.status.session.id.as_ref().is_some_and(|conversation| *conversation != record.session)
    }

    /// Takes in a record of a mission's own session, or of one below it.
    pub(super) fn mission_record(&mut self, record: &Record) -> Vec<Effect> {
        let clock = self.clock_ms();
        if let Some(conversation) = &self.status.session.id {
            self.missions.apply(record, conversation, clock);
        }
        if self.missions.is_root(&record.session) {
            self.pane.apply_mission_record(record, clock);
        }
        Vec::new()
    }

    /// Takes in what a record of the conversation says of a mission, before the card that it replaces is forgotten.
    pub(super) fn before_conversation(&mut self, record: &Record) {
        self.missions.told(record);
        if let Event::MissionProposed(next) = &record.event {
            let last = self.status.mission.card.as_deref().filter(|last| last.mission == next.mission);
            if last.is_none_or(|last| last.hash != next.hash) {
                self.desk.before = last.cloned().map(Box::new);
            }
        }
    }

    /// Whether a delta is a word of a mission's root: deltas name no session, and while a mission works in its turn
    /// nobody else speaks.
    pub(super) fn is_of_mission_root(&self, delta: &Delta) -> bool {
        let is_word =
            matches!(delta, Delta::Text { .. } | Delta::Thinking { .. } | Delta::CallProgress { .. });
        let is_turn = self.mode() == ModeId::Recursive && self.status.phase.is_running();
        // A mission that the conversation does not know yet is at its research.
        let told = &self.status.mission;
        let is_at_work = self.missions.current().is_some_and(|session| match told.phase {
            MissionPhase::AwaitApproval => false,
            MissionPhase::Ended => told.mission.as_ref() != Some(&session.id),
            MissionPhase::Idle | MissionPhase::Research | MissionPhase::Execute => true,
        });
        is_word && is_turn && is_at_work
    }

    /// What the running mission has spent of its budget, and the budget; `None` while none runs.
    pub(crate) fn mission_meter(&self) -> Option<(Spent, MissionBudget)> {
        let mission = &self.status.mission;
        let id = mission.mission.as_ref().filter(|_| mission.phase == MissionPhase::Execute)?;
        self.missions.session(id).map(|_| (self.missions.spent_of_budget(id), mission.budget))
    }

    /// What the running mission has cost, which the conversation does not count before its end.
    pub(crate) fn running_cost(&self) -> Usd {
        let mission = self.status.mission.mission.as_ref().filter(|_| self.mission_meter().is_some());
        mission.map_or(Usd(0.0), |id| self.missions.spent(id).cost)
    }

    /// Whether a page stands over the screen.
    pub(crate) fn has_page(&self) -> bool {
        self.overlay.is_some() || self.tree.is_some()
    }

    /// Opens the tree of calls.
    pub(crate) fn open_tree(&mut self) {
        if self.missions.roots().is_empty() && self.missions.agents().is_empty() {
            self.say("There is no mission and no sub-agent yet; Tab leads to RECURSIVE.");
            return;
        }
        self.overlay = None;
        self.tree = Some(RecursionTree::new(&self.missions));
    }

    /// A key while the tree is open.
    pub(super) fn tree_key(&mut self, chord: Chord, global: Option<GlobalKey>) -> Vec<Effect> {
        let Some(tree) = &mut self.tree else { return Vec::new() };
        match (self.config.keymap.find::<OverlayKey>(chord), global) {
            (Some(OverlayKey::Close), _) | (None, Some(GlobalKey::Tree | GlobalKey::Quit)) => {
                self.tree = None;
            }
            (Some(OverlayKey::Up), _) => tree.step(-1),
            (Some(OverlayKey::Down), _) => tree.step(1),
            (Some(OverlayKey::Accept), _) => tree.toggle(&self.missions),
            (Some(OverlayKey::Remove), _) => return self.cancel_chosen(),
            (None, Some(GlobalKey::ScrollUp)) => tree.step(-tree.page()),
            (None, Some(GlobalKey::ScrollDown)) => tree.step(tree.page()),
            (None, Some(GlobalKey::ScrollTop)) => tree.step(i32::MIN),
            (None, Some(GlobalKey::ScrollBottom)) => tree.step(i32::MAX),
            (None, Some(key @ (GlobalKey::Interrupt | GlobalKey::Redraw | GlobalKey::Suspend))) => {
                return self.global(key);
            }
            (Some(OverlayKey::Filter) | None, _) => {}
        }
        Vec::new()
    }

    fn cancel_chosen(&mut self) -> Vec<Effect> {
        let chosen = self.tree.as_ref().map(|tree| tree.chosen(&self.missions));
        match chosen {
            Some(Chosen::Running { session, child }) => {
                return vec![Effect::Send(Op::CancelChild { session, child })];
            }
            Some(Chosen::Agent { session }) => return vec![Effect::Send(Op::CancelSubagent { session })],
            Some(Chosen::Ended) => self.say("This call has come to its end already."),
            Some(Chosen::Other) | None => self.say("Choose a single call; Esc on the screen below ends all."),
        }
        Vec::new()
    }

    /// Sends what a form about the mission holds.
    pub(super) fn submit_mission_form(&mut self, form: &Form, text: &str) -> Vec<Effect> {
        if let Form::MissionBudget = form {
            let result = self.read_budget(text);
            return match result {
                Ok(effects) => {
                    self.leave_form();
                    effects
                }
                Err(problem) => {
                    self.say(problem);
                    Vec::new()
                }
            };
        }
        self.leave_form();
        match form {
            Form::RejectMission => self.decide_mission(MissionDecision::Reject { reason: text.to_owned() }),
            Form::ReviseMission if !text.is_empty() => self.revise_mission(text.to_owned()),
            Form::ReviseMission | Form::MissionBudget | Form::Reason { .. } | Form::EditCall { .. } => {
                Vec::new()
            }
        }
    }
}
