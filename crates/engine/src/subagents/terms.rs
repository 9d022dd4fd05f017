//! The terms of a sub-agent: mode, tools, model and limits, none of them more than the turn above it has.

use std::sync::Arc;

use headwater_protocol::{Capability, Limit, ModeId, ModeSpec, Provider};

use super::definition::{AgentDefinition, AgentModel};
use super::setup::SubagentSetup;
use crate::modes;
use crate::parts::{Parts, Registry};

/// What a sub-agent may do.
pub(super) struct Terms {
    pub(super) mode: &'static ModeSpec,
    pub(super) tools: Registry,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) limits: Limit,
}

impl Terms {
    /// The terms under which `definition` works below a turn of `mode`. The notice is for the person.
    pub(super) async fn of(
        definition: &AgentDefinition,
        parts: &Parts,
        mode: &'static ModeSpec,
        setup: &SubagentSetup,
    ) -> (Self, Option<String>) {
        let mode = lower(mode, definition.mode);
        let tools = parts.tools.only(|spec| {
            let starts_or_asks = matches!(spec.capability, Capability::Delegate | Capability::Ask);
            !starts_or_asks && mode.permits(spec.capability) && definition.tools.has(&spec.name)
        });
        let (provider, notice) = model(definition, parts, setup).await;
        let limits = Limit {
            max_steps: Some(setup.max_steps),
            max_seconds: Some(setup.max_time.as_secs().max(1)),
            ..parts.limits
        };
        (Self { mode, tools, provider, limits }, notice)
    }
}

/// The lower of two modes. What a mission does is no business of a sub-agent.
fn lower(above: &'static ModeSpec, own: Option<ModeId>) -> &'static ModeSpec {
    let rank = |mode: ModeId| match mode {
        ModeId::Plan | ModeId::Recursive => 0,
        ModeId::Agent => 1,
        ModeId::Yolo => 2,
    };
    match own {
        Some(ModeId::Recursive) => modes::spec(ModeId::Plan),
        Some(own) if rank(own) < rank(above.id) => modes::spec(own),
        Some(_) | None => above,
    }
}

/// The model that a definition names, where it is known here; otherwise that of the session, and a word about it.
async fn model(
    definition: &AgentDefinition,
    parts: &Parts,
    setup: &SubagentSetup,
) -> (Arc<dyn Provider>, Option<String>) {
    let own = || Arc::clone(&parts.provider);
    let AgentModel::Named(named) = &definition.model else { return (own(), None) };
    let name = setup.models.get(named).unwrap_or(named);
    if *name == parts.provider.model().name {
        return (own(), None);
    }
    let connected = match &parts.connector {
        Some(connect) => connect(name.clone()).await.ok(),
        None => None,
    };
    if let Some(provider) = connected.filter(|provider| provider.model().is_known) {
        return (provider, None);
    }
    let notice = format!(
        "The sub-agent {} wants the model {name}, which is not known here; it works with {}.",
        definition.name,
        parts.provider.model().name
    );
    (own(), Some(notice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_the_mode_is_the_lower_of_both() {
        use ModeId::{Agent, Plan, Recursive, Yolo};
        let cases = [
            (Plan, Some(Yolo), Plan),
            (Plan, Some(Agent), Plan),
            (Plan, None, Plan),
            (Agent, Some(Yolo), Agent),
            (Agent, Some(Plan), Plan),
            (Agent, None, Agent),
            (Yolo, Some(Agent), Agent),
            (Yolo, Some(Plan), Plan),
            (Yolo, Some(Recursive), Plan),
            (Yolo, None, Yolo),
        ];
        for (above, own, expected) in cases {
            assert_eq!(lower(modes::spec(above), own).id, expected, "{above:?} {own:?}");
        }
    }
}
