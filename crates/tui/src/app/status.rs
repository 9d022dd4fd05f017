//! What the records say about the session: the views the screen needs, and no more.

use headwater_protocol::views::{
    Approvals, Budget, Cache, ContractView, MissionView, PhaseView, Rewinds, ServerKept, SessionView, Todos,
    Uncertainties, View,
};
use headwater_protocol::{Record, Tokens};

use super::App;
use super::subagents::AskedBelow;

/// The views of the session that are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status {
    pub(crate) session: SessionView,
    pub(crate) budget: Budget,
    pub(crate) cache: Cache,
    pub(crate) server: ServerKept,
    pub(crate) todos: Todos,
    pub(crate) contract: ContractView,
    pub(crate) uncertainties: Uncertainties,
    pub(crate) approvals: Approvals,
    pub(crate) phase: PhaseView,
    pub(crate) mission: MissionView,
    /// What sub-agents ask of the person.
    pub(crate) below: AskedBelow,
    rewinds: Rewinds<Status>,
}

/// How much of the window is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WindowShare {
    pub(crate) used: Tokens,
    pub(crate) window: Tokens,
    /// Whether no provider has reported yet.
    pub(crate) is_estimate: bool,
}

impl Status {
    /// Takes the next record into account.
    pub(crate) fn apply(&mut self, record: &Record) {
        self.look_back(record);
        self.session.apply(record);
        self.budget.apply(record);
        self.cache.apply(record);
        self.server.apply(record);
        self.todos.apply(record);
        self.contract.apply(record);
        self.uncertainties.apply(record);
        self.approvals.apply(record);
        self.phase.apply(record);
        self.mission.apply(record);
    }

    /// Keeps the views at a message of the person, or takes them back to one.
    fn look_back(&mut self, record: &Record) {
        let mut rewinds = std::mem::take(&mut self.rewinds);
        let then = rewinds.apply(record, || self.clone());
        self.rewinds = rewinds;
        let Some(then) = then else { return };
        self.session.go_back(&then.session);
        self.budget.go_back(&then.budget);
        self.cache.go_back(&then.cache);
        self.todos = then.todos.clone();
        self.contract = then.contract.clone();
        self.uncertainties = then.uncertainties.clone();
        self.mission = then.mission.clone();
    }

    /// The share of the window which the conversation takes; `None` before a model is known.
    pub(crate) fn window_share(&self) -> Option<WindowShare> {
        let window = self.session.model.as_ref()?.window;
        let reported = self.budget.last.input + self.budget.last.output;
        let is_estimate = reported == Tokens(0);
        let used = if is_estimate { self.budget.last_estimate } else { reported };
        Some(WindowShare { used, window, is_estimate })
    }

    /// The cost as the status line says it.
    pub(crate) fn cost(&self) -> String {
        let budget = &self.budget;
        if budget.is_cost_partial && budget.cost.0 == 0.0 {
            return "cost unknown".to_owned();
        }
        let open_end = if budget.is_cost_partial { "+" } else { "" };
        format!("{}{open_end}", budget.cost)
    }
}

impl App {
    /// The model's name: as the records say, or as the screen was started with.
    pub(crate) fn model(&self) -> &str {
        let recorded = self.status.session.model.as_ref();
        recorded.map_or(self.config.model.as_str(), |model| &model.name)
    }
}

impl WindowShare {
    /// In percent, at most 100.
    pub(crate) fn percent(self) -> u64 {
        (self.used.0.saturating_mul(100) / self.window.0.max(1)).min(100)
    }
}
