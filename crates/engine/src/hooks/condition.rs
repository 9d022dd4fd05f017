//! `if`: which calls a hook is for, in the words of a permission rule.

use std::path::Path;

use headwater_policy::{Decision, Layer, Policy, Question, RuleTexts, Source, Withheld};
use headwater_protocol::{Access, Capability, ModeId};

use crate::modes;

/// A permission rule that decides whether a hook runs.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    rule: String,
    policy: Policy,
}

/// The call that is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked<'a> {
    pub(super) tool: &'a str,
    pub(super) capability: Capability,
    pub(super) access: &'a Access,
    pub(super) workspace: &'a Path,
    pub(super) home: Option<&'a Path>,
}

impl Condition {
    /// Reads a rule; the error says why it is none.
    pub(super) fn parse(rule: &str) -> Result<Self, String> {
        let texts = RuleTexts { deny: vec![rule.into()], ..RuleTexts::default() };
        let layer = Layer::new(Source::User, &texts)
            .map_err(|error| format!("its \"if\" cannot be used: {error}"))?;
        Ok(Self { rule: rule.trim().to_owned(), policy: Policy::new(vec![layer]) })
    }

    /// The rule as it is written.
    pub(super) fn text(&self) -> &str {
        &self.rule
    }

    /// Whether the call is one of those. A command of several parts is, when one part is; one that cannot be read is, when
    /// it may be.
    pub(super) fn holds(&self, looked: Looked<'_>) -> bool {
        let Looked { tool, capability, access, workspace, home } = looked;
        // In this mode nothing but the rule denies what the rule is about.
        let mode = modes::spec(ModeId::Yolo);
        let question = Question {
            tool,
            capability,
            access,
            mode,
            workspace,
            home,
            is_sandboxed: true,
            taint: None,
            withheld: Withheld::default(),
            at_stake: None,
        };
        matches!(self.policy.decide(&question), Decision::Deny { rule, .. } if rule == self.rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn b7_if_is_a_permission_rule_over_the_call() {
        let run = |command: &str| Access::Run { command: command.to_owned() };
        let write = |path: &str| Access::Write(vec![PathBuf::from(path)]);
        let table = [
            ("Bash(git push *)", "shell", Capability::Shell, run("git push origin main"), true),
            ("Bash(git push *)", "shell", Capability::Shell, run("cd x && git push"), true),
            ("Bash(git push *)", "shell", Capability::Shell, run("git status"), false),
            ("Edit(src/**)", "edit", Capability::Write, write("src/a.rs"), true),
            ("Edit(src/**)", "write", Capability::Write, write("docs/a.md"), false),
            ("Edit", "write", Capability::Write, write("docs/a.md"), true),
            ("mcp__github__*", "mcp__github__merge", Capability::State, Access::Nothing, true),
        ];
        for (rule, tool, capability, access, expected) in table {
            let looked = Looked { tool, capability, access: &access, workspace: Path::new("/w"), home: None };
            assert_eq!(Condition::parse(rule).unwrap().holds(looked), expected, "{rule} {access:?}");
        }
        assert!(Condition::parse("not a rule (").is_err());
    }
}
