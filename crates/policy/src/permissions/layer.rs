//! Rules of one origin.

use std::fmt;
use std::path::PathBuf;

use super::example::check_examples;
use super::rule::{Rule, RuleError};
use super::texts::{AfterForeign, RuleTexts};

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
    pub(crate) after_foreign: Option<AfterForeign>,
    /// What the product keeps for itself.
    pub(crate) kept: Vec<PathBuf>,
}

impl Layer {
    /// What the product keeps for itself: files and directories, absolute paths, that nothing which a model runs may read
    /// or change, whatever rules say.
    pub fn keeping(kept: Vec<PathBuf>) -> Self {
        Self { source: Source::BuiltIn, rules: Vec::new(), after_foreign: None, kept }
    }

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
        Ok(Self { source, rules, after_foreign: texts.after_foreign, kept: Vec::new() })
    }
}

/// What the layers together say of the network after foreign text: a project can only be stricter than the person.
pub(crate) fn after_foreign(layers: &[Layer]) -> AfterForeign {
    let said = |source| {
        layers.iter().filter(move |layer| layer.source == source).filter_map(|layer| layer.after_foreign)
    };
    let own = said(Source::User).next_back().unwrap_or_default();
    said(Source::Project).fold(own, AfterForeign::max)
}

/// A rule with its effect and origin.
#[derive(Clone, Debug)]
pub(crate) struct PlacedRule {
    pub(crate) effect: Effect,
    pub(crate) source: Source,
    pub(crate) rule: Rule,
}
