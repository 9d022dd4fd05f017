//! The mode and the model, as what a client lets a person choose.

use agent_client_protocol_schema::v1::{
    ConfigOptionUpdate, CurrentModeUpdate, SessionConfigOption, SessionConfigOptionCategory,
    SessionConfigSelectOption, SessionMode, SessionModeState, SessionUpdate,
};
use headwater_engine::modes;
use headwater_protocol::{ModeId, RunState};

/// The option of the mode.
pub(in crate::commands::acp) const MODE: &str = "mode";
/// The option of the model.
pub(in crate::commands::acp) const MODEL: &str = "model";

/// What can be chosen in a session.
#[derive(Clone, Debug, Default)]
pub(in crate::commands::acp) struct Choices {
    /// The models of the vendor that are known by name.
    pub(in crate::commands::acp) models: Vec<String>,
    /// A mode that was chosen and does not hold yet: that of the next turn.
    pub(in crate::commands::acp) mode: Option<ModeId>,
}

impl Choices {
    /// The modes, and the one that holds or will.
    pub(in crate::commands::acp) fn modes(&self, current: ModeId) -> SessionModeState {
        let shown = |mode: ModeId| {
            SessionMode::new(mode.name(), capitalized(mode.name())).description(modes::spec(mode).summary)
        };
        let current = self.mode.unwrap_or(current);
        SessionModeState::new(current.name(), ModeId::CYCLE.map(shown).to_vec())
    }

    /// All options with what is chosen.
    pub(in crate::commands::acp) fn options(&self, mode: ModeId, model: &str) -> Vec<SessionConfigOption> {
        let choosable = ModeId::CYCLE.map(|one| {
            SessionConfigSelectOption::new(one.name(), capitalized(one.name()))
                .description(modes::spec(one).summary)
        });
        let mut names: Vec<&str> = self.models.iter().map(String::as_str).collect();
        if !names.contains(&model) {
            names.insert(0, model);
        }
        let listed: Vec<SessionConfigSelectOption> = names
            .into_iter()
            .map(|name| SessionConfigSelectOption::new(name.to_owned(), name.to_owned()))
            .collect();
        let mode = self.mode.unwrap_or(mode).name();
        vec![
            SessionConfigOption::select(MODE, "Mode", mode, choosable.to_vec())
                .category(SessionConfigOptionCategory::Mode),
            SessionConfigOption::select(MODEL, "Model", model.to_owned(), listed)
                .category(SessionConfigOptionCategory::Model),
        ]
    }

    /// What is chosen now.
    pub(super) fn update(&self, state: &RunState) -> SessionUpdate {
        let model = state.session.model.as_ref().map_or("", |model| model.name.as_str());
        let options = self.options(state.session.mode, model);
        SessionUpdate::ConfigOptionUpdate(ConfigOptionUpdate::new(options))
    }
}

/// The mode that holds.
pub(super) fn mode(state: &RunState) -> SessionUpdate {
    SessionUpdate::CurrentModeUpdate(CurrentModeUpdate::new(state.session.mode.name()))
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
