//! Modes: a mode is a record, not a match arm. The engine's `modes/` folder holds one file for each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Capability, Confinement};

/// The name of a mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeId {
    /// Read-only: investigate and hand over a plan.
    Plan,
    /// The default: all tools, approvals where it matters.
    #[default]
    Agent,
    /// All tools, no prompts but for the catastrophic set.
    Yolo,
    /// Research, one mission card, then recursive execution.
    Recursive,
}

impl ModeId {
    /// All modes in the order in which Tab cycles through them.
    pub const CYCLE: [Self; 4] = [Self::Plan, Self::Agent, Self::Yolo, Self::Recursive];

    /// The next mode in the cycle, wrapping.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Plan => Self::Agent,
            Self::Agent => Self::Yolo,
            Self::Yolo => Self::Recursive,
            Self::Recursive => Self::Plan,
        }
    }

    /// The previous mode in the cycle, wrapping.
    #[must_use]
    pub fn previous(self) -> Self {
        match self {
            Self::Plan => Self::Recursive,
            Self::Agent => Self::Plan,
            Self::Yolo => Self::Agent,
            Self::Recursive => Self::Yolo,
        }
    }

    /// The name as the command line and the records spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Agent => "agent",
            Self::Yolo => "yolo",
            Self::Recursive => "recursive",
        }
    }
}

impl std::str::FromStr for ModeId {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        Self::CYCLE
            .into_iter()
            .find(|mode| mode.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownMode(name.to_owned()))
    }
}

/// A mode name that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("there is no mode \"{0}\"; the modes are plan, agent, yolo and recursive")]
pub struct UnknownMode(pub String);

/// When a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// Nothing is asked: what is not allowed is denied.
    Never,
    /// What is not known to be harmless is asked.
    WhenUnsure,
    /// Only the catastrophic set stops.
    OnlyCatastrophic,
}

/// Who conducts a turn of this mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conductor {
    /// ReAct turns.
    Turns,
    /// A mission: research, card, execution.
    Mission,
}

/// One mode, as data.
#[derive(Clone, Debug)]
pub struct ModeSpec {
    /// Its name.
    pub id: ModeId,
    /// As the status line shows it, in capitals.
    pub label: &'static str,
    /// One sentence for pickers and help.
    pub summary: &'static str,
    /// The text which travels to the model as a reminder when the mode begins to hold.
    pub prompt: &'static str,
    /// The tool classes that may run.
    pub tools: &'static [Capability],
    /// The widest confinement a command gets without an explicit yes.
    pub ceiling: Confinement,
    /// When a person is asked.
    pub posture: Posture,
    /// Who conducts its turns.
    pub conductor: Conductor,
}

impl ModeSpec {
    /// Whether tools of this class may run in this mode.
    pub fn permits(&self, capability: Capability) -> bool {
        self.tools.contains(&capability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_wraps_both_ways() {
        for (position, mode) in ModeId::CYCLE.into_iter().enumerate() {
            assert_eq!(mode.next(), ModeId::CYCLE[(position + 1) % 4]);
            assert_eq!(mode.next().previous(), mode);
            assert_eq!(mode.name().parse::<ModeId>().unwrap(), mode);
        }
    }
}
