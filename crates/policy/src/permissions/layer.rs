//! Rules of one origin.

use std::fmt;

use super::example::check_examples;
use super::rule::{Rule, RuleError};
use super::texts::RuleTexts;

/// Where rules come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The product itself.
    BuiltIn,
    /// The person's own settings.
    User,
    /// The settings and approvals of a project.
    Project,
    /// Approvals of this session.
    Session,
}

impl Source {
    /// The name, as listings show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::User => "user",
            Self::Project => "project",
            Self::Session => "session",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a rule does, in the order in which rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It never runs.
    Deny,
    /// A person is asked.
    Ask,
    /// It runs.
    Allow,
}

impl Effect {
    /// The name, as settings spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Ask => "ask",
            Self::Allow => "allow",
        }
    }
}

/// The rules of one origin, read and with their examples checked.
#[derive(Clone, Debug)]
pub struct Layer {
    pub(crate) source: Source,
    pub(crate) rules: Vec<(Effect, Rule)>,
}

impl Layer {
    /// Reads the rules of a settings table; the first one that cannot be used is the error.
    pub fn new(source: Source, texts: &RuleTexts) -> Result<Self, RuleError> {
        let mut rules = Vec::new();
        for (effect, entries) in
            [(Effect::Deny, &texts.deny), (Effect::Ask, &texts.ask), (Effect::Allow, &texts.allow)]
        {
            for entry in entries {
                let rule = Rule::parse(entry.rule())?;
                check_examples(&rule, entry)?;
                rules.push((effect, rule));
            }
        }
        Ok(Self { source, rules })
    }
}

/// A rule with its effect and origin.
#[derive(Clone, Debug)]
pub(crate) struct PlacedRule {
    pub(crate) effect: Effect,
    pub(crate) source: Source,
    pub(crate) rule: Rule,
}
