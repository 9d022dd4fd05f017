//! What a kind of sub-agent is: a name, a prompt, and bounds that only ever narrow.

use headwater_context::prompts;
use headwater_protocol::ModeId;

/// A kind of sub-agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDefinition {
    /// The name the model calls it by.
    pub name: String,
    /// When to use it, for the model and for lists.
    pub description: String,
    /// What it is told before everything else.
    pub prompt: String,
    /// The tools it may have of those that the session has.
    pub tools: AgentTools,
    /// The model it works with.
    pub model: AgentModel,
    /// The most it may do; absent means what the turn may that starts it.
    pub mode: Option<ModeId>,
}

/// A choice among the tools of the session. Names that no tool has mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentTools {
    /// Only these, by our names; absent means all.
    pub only: Option<Vec<String>>,
    /// None of these.
    pub without: Vec<String>,
}

impl AgentTools {
    /// Whether the tool of this name is chosen.
    pub fn has(&self, tool: &str) -> bool {
        let names = |list: &[String]| list.iter().any(|name| name == tool);
        self.only.as_deref().is_none_or(names) && !names(&self.without)
    }
}

/// The model of a sub-agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AgentModel {
    /// That of the session.
    #[default]
    Inherit,
    /// The one of this name, at the same vendor; that of the session where the name is not known.
    Named(String),
}

/// The definitions that are always there, unless a file has the same name.
pub fn built_in() -> Vec<AgentDefinition> {
    let definition = |name: &str, description: &str, prompt: &str, mode| AgentDefinition {
        name: name.to_owned(),
        description: description.to_owned(),
        prompt: prompt.trim().to_owned(),
        tools: AgentTools::default(),
        model: AgentModel::Inherit,
        mode,
    };
    vec![
        definition("general", "Any task, from search to checked change.", prompts::AGENT_GENERAL, None),
        definition(
            "explore",
            "Read-only: finds and explains code.",
            prompts::AGENT_EXPLORE,
            Some(ModeId::Plan),
        ),
    ]
}
