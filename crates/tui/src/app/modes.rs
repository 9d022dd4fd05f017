//! Changing the mode: shown at once, in force when its record comes.

use headwater_protocol::{ModeId, ModeSpec, Op};

use super::{App, Effect};

impl App {
    /// The mode that holds.
    pub(crate) fn mode(&self) -> ModeId {
        if self.status.session.id.is_some() { self.status.session.mode } else { self.config.mode }
    }

    /// The record of a mode, when the program has it.
    pub(crate) fn mode_spec(&self, mode: ModeId) -> Option<&ModeSpec> {
        self.config.modes.iter().find(|spec| spec.id == mode)
    }

    /// A mode as the status line shows it.
    pub(crate) fn mode_label(&self, mode: ModeId) -> &'static str {
        self.mode_spec(mode).map_or(mode.name(), |spec| spec.label)
    }

    /// Goes to the next or previous mode of the cycle.
    pub(super) fn cycle_mode(&mut self, is_forward: bool) -> Vec<Effect> {
        let from = self.pending_mode.unwrap_or_else(|| self.mode());
        let cycle = &self.config.modes;
        let at = cycle.iter().position(|spec| spec.id == from).unwrap_or(0);
        let step = if is_forward { 1 } else { cycle.len().saturating_sub(1) };
        let next = cycle.get((at + step) % cycle.len().max(1)).map(|spec| spec.id);
        next.map_or_else(Vec::new, |mode| self.set_mode(mode))
    }

    /// Asks for a mode; during a turn it holds from the next one on.
    pub(crate) fn set_mode(&mut self, mode: ModeId) -> Vec<Effect> {
        self.pending_mode = (mode != self.mode()).then_some(mode);
        let when = if self.status.phase.is_running() && self.pending_mode.is_some() {
            " — from the next turn on"
        } else {
            ""
        };
        let label = self.mode_label(mode);
        let summary = self.mode_spec(mode).map_or("", |spec| spec.summary);
        self.say(format!("{label}{when}: {summary}"));
        vec![Effect::Send(Op::SetMode(mode))]
    }
}
