//! How full the window is, and what the session cost.

use agent_client_protocol_schema::v1::{Cost, SessionUpdate, UsageUpdate};
use headwater_protocol::RunState;

/// What the conversation weighs now. A cost is told where every request has a known one.
pub(super) fn update(state: &RunState) -> Option<SessionUpdate> {
    let (model, budget) = (state.session.model.as_ref()?, &state.budget);
    let used = budget.last.input + budget.last.output;
    let cost = (!budget.is_cost_partial).then(|| Cost::new(budget.cost.0, "USD"));
    Some(SessionUpdate::UsageUpdate(UsageUpdate::new(used.0, model.window.0).cost(cost)))
}
