//! The rules in force, and the decision about a call.

use std::path::{Path, PathBuf};

use headwater_protocol::{Access, Capability, Confinement, Posture};

use crate::calls;
use crate::command;
use crate::decision::{Decision, Question};
use crate::explain::Explanation;
use crate::judge::Going;
use crate::permissions::{
    AfterForeign, Effect, Layer, PlacedRule, Rule, RuleError, Scope, Source, after_foreign,
};
use crate::withheld::Withholding;

/// All rules in force. Cheap to ask, and the same question always gets the same answer.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<PlacedRule>,
    after_foreign: AfterForeign,
    /// What the product keeps for itself.
    kept: Vec<PathBuf>,
}

/// A rule as `/permissions` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedRule<'a> {
    /// What it does.
    pub effect: Effect,
    /// As it is written in settings.
    pub text: &'a str,
    /// Where it comes from.
    pub source: Source,
}

impl Policy {
    /// The rules of these layers together. Their order matters only for which of several matching rules is named.
    pub fn new(layers: Vec<Layer>) -> Self {
        let after_foreign = after_foreign(&layers);
        let kept = layers.iter().flat_map(|layer| layer.kept.iter().cloned()).collect();
        let placed = layers.into_iter().flat_map(|layer| {
            let source = layer.source;
            layer.rules.into_iter().map(move |(effect, rule)| PlacedRule { effect, source, rule })
        });
        Self { rules: placed.collect(), after_foreign, kept }
    }

    /// Adds a rule, as an approval for the session or the project does. One that is there already is not added again.
    pub fn add(&mut self, source: Source, effect: Effect, text: &str) -> Result<(), RuleError> {
        let rule = Rule::parse(text)?;
        let is_there = self.rules.iter().any(|placed| {
            placed.source == source && placed.effect == effect && placed.rule.text == rule.text
        });
        if !is_there {
            self.rules.push(PlacedRule { effect, source, rule });
        }
        Ok(())
    }

    /// Withdraws the allow rules of this text and origin; whether there were any.
    pub fn revoke(&mut self, source: Source, text: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|placed| {
            !(placed.effect == Effect::Allow && placed.source == source && placed.rule.text == text.trim())
        });
        self.rules.len() < before
    }

    /// May this call run? The order of evaluation is described at the head of this crate.
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        if let Some(denied) = denied_by_mode(question) {
            return denied;
        }
        match question.access {
            Access::Run { command } => command::judge(self, question, command).decision,
            Access::Read(_) | Access::Write(_) | Access::Nothing | Access::Ask => {
                calls::judge(self, question)
            }
        }
    }

    /// What [`Policy::decide`] said of a call, knowing that it hears something that runs with the network, which `heard` names.
    pub fn hearing(&self, question: &Question<'_>, heard: &str, decision: Decision) -> Decision {
        calls::hearing(self, question, heard, decision)
    }

    /// Whether this call reaches the network by what is known of it.
    pub fn reaches_network(&self, question: &Question<'_>) -> bool {
        match question.access {
            Access::Run { command } => command::reaches_network(question, command),
            Access::Read(_) | Access::Write(_) | Access::Nothing | Access::Ask => {
                crate::taint::is_remote(question.tool)
            }
        }
    }

    /// The files that the command of a question names and makes go: whoever looks whether they are there, and whose they are,
    /// asks with [`Question::at_stake`].
    pub fn going(&self, question: &Question<'_>) -> Going {
        match question.access {
            Access::Run { command } => command::goes(question, command),
            Access::Read(_) | Access::Write(_) | Access::Nothing | Access::Ask => Going::default(),
        }
    }

    /// Of these files with secrets, those which a command must not find: neither does it name them, which asks, nor does a
    /// rule share them.
    pub fn withheld(&self, question: &Question<'_>, files: Vec<PathBuf>) -> Vec<PathBuf> {
        let withholding = self.withholding(question);
        files.into_iter().filter(|file| withholding.is_withheld(file)).collect()
    }

    /// What is withheld from the call that a question is about.
    pub fn withholding(&self, question: &Question<'_>) -> Withholding {
        Withholding::new(self, question)
    }

    /// Whether the command of a question runs git, whose history may hold what is withheld.
    pub fn runs_git(&self, question: &Question<'_>) -> bool {
        match question.access {
            Access::Run { command } => command::runs_git(question, command),
            Access::Read(_) | Access::Write(_) | Access::Nothing | Access::Ask => false,
        }
    }

    /// Whether a rule that a person wrote denies this call, or asks before it; what is built in does not count.
    pub fn withholds(&self, question: &Question<'_>) -> bool {
        calls::is_withheld(self, question)
    }

    /// The same decision, with all that led to it.
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        if let Some(denied) = denied_by_mode(question) {
            return Explanation::plain(denied);
        }
        match question.access {
            Access::Run { command } => command::judge(self, question, command),
            Access::Read(_) | Access::Write(_) | Access::Nothing | Access::Ask => {
                Explanation::plain(calls::judge(self, question))
            }
        }
    }

    /// The rules, for listings: deny, then ask, then allow.
    pub fn rules(&self) -> impl Iterator<Item = ListedRule<'_>> {
        [Effect::Deny, Effect::Ask, Effect::Allow].into_iter().flat_map(|effect| {
            self.of(effect).map(|placed| ListedRule {
                effect: placed.effect,
                text: &placed.rule.text,
                source: placed.source,
            })
        })
    }

    /// Rules that can never match or never decide, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        self.rules.iter().filter_map(|placed| self.warning(placed)).collect()
    }

    fn warning(&self, placed: &PlacedRule) -> Option<String> {
        let text = &placed.rule.text;
        if let Some(reason) = unmatchable(&placed.rule) {
            return Some(format!("The rule \"{text}\" ({}) never matches: {reason}.", placed.source));
        }
        let stronger = self.rules.iter().find(|other| {
            other.effect < placed.effect
                && matches!(other.rule.scope, Scope::Everything)
                && other.rule.tools == placed.rule.tools
        })?;
        let effect = stronger.effect.name();
        Some(format!(
            "The rule \"{text}\" ({}) never decides: \"{}\" is in {effect}.",
            placed.source, stronger.rule.text
        ))
    }

    /// What the product keeps for itself.
    pub(crate) fn kept(&self) -> &[PathBuf] {
        &self.kept
    }

    /// What becomes of what reaches the network once foreign text was read.
    pub(crate) fn after_foreign(&self) -> AfterForeign {
        self.after_foreign
    }

    /// The rules of one effect in the order they were given.
    pub(crate) fn of(&self, effect: Effect) -> impl Iterator<Item = &PlacedRule> {
        self.rules.iter().filter(move |placed| placed.effect == effect)
    }
}

fn unmatchable(rule: &Rule) -> Option<&'static str> {
    use crate::permissions::Tools;
    if matches!(rule.tools, Tools::Unknown(_)) {
        return Some("there is no such tool");
    }
    match &rule.scope {
        Scope::Nothing => Some("this tool takes no such pattern"),
        Scope::Command(pattern) if pattern.is_empty() => Some("the pattern is empty"),
        Scope::Command(pattern) if pattern.fixed_words().any(is_operator) => {
            Some("the parts of a compound command are compared one by one")
        }
        Scope::Path(_) if rule.text.contains("(../") => {
            Some("a pattern starts at the workspace and stays in it")
        }
        Scope::Everything | Scope::Command(_) | Scope::Path(_) | Scope::Domain(_) => None,
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "&&" | "||" | "|" | ";" | "&" | ">" | ">>" | "<") || word.ends_with(';')
}

/// A tool whose class the mode does not have, or whose call would do more than its class says.
fn denied_by_mode(question: &Question<'_>) -> Option<Decision> {
    let implied = match question.access {
        Access::Nothing | Access::Ask => question.capability,
        Access::Read(_) => Capability::Read,
        Access::Write(_) => Capability::Write,
        Access::Run { .. } => Capability::Shell,
    };
    let is_permitted = question.mode.permits(question.capability) && question.mode.permits(implied);
    (!is_permitted).then(|| {
        let mode = question.mode.id.name();
        let what = match implied {
            Capability::Read => "reading files",
            Capability::Write if crate::taint::is_remote(question.tool) => {
                "a tool of a server that nobody vouches for"
            }
            Capability::Write => "changing files",
            Capability::Shell => "running commands",
            Capability::State => "changing the session's notes",
            Capability::Ask => "asking questions",
            Capability::Delegate => "sub-agents",
        };
        Decision::Deny { rule: format!("mode: {mode}"), why: format!("{what} is not part of {mode} mode") }
    })
}

/// Turns a question to a person into a denial where the mode asks nobody.
pub(crate) fn settle(question: &Question<'_>, decision: Decision) -> Decision {
    match (question.mode.posture, decision) {
        (Posture::Never, Decision::Ask { rule, why, .. }) => {
            let mode = question.mode.id.name();
            Decision::Deny { rule, why: format!("{why}; {mode} mode asks nobody") }
        }
        (_, decision) => decision,
    }
}

/// What a command runs under when it was not narrowed: the ceiling of the mode, or more where a rule said so.
pub(crate) fn widened(question: &Question<'_>, needs: Confinement) -> Confinement {
    question.applied(question.mode.ceiling.max(needs))
}

/// The fixed points of a question.
pub(crate) fn ground<'a>(question: &Question<'a>) -> crate::paths::Ground<'a> {
    let workspace: &Path = question.workspace;
    crate::paths::Ground { workspace, home: question.home }
}
