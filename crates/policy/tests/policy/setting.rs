//! The circumstances that the tests ask in.

use std::path::Path;

use headwater_policy::{Decision, Entry, Explanation, Layer, Policy, Question, RuleTexts, Source, Withheld};
use headwater_protocol::{Access, Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(crate) const WORKSPACE: &str = "/work/app";
pub(crate) const HOME: &str = "/home/ada";

const ALL: &[Capability] =
    &[Capability::Read, Capability::Write, Capability::Shell, Capability::State, Capability::Ask];

/// A mode as the product has it.
pub(crate) fn mode(id: ModeId) -> ModeSpec {
    let (tools, ceiling, posture): (&'static [Capability], _, _) = match id {
        ModeId::Plan => (
            &[Capability::Read, Capability::Shell, Capability::State, Capability::Ask],
            Confinement::ReadOnly,
            Posture::Never,
        ),
        ModeId::Recursive => {
            (&[Capability::Read, Capability::State, Capability::Ask], Confinement::ReadOnly, Posture::Never)
        }
        ModeId::Agent => (ALL, Confinement::WorkspaceWrite, Posture::WhenUnsure),
        ModeId::Yolo => (ALL, Confinement::WorkspaceWriteNetwork, Posture::OnlyCatastrophic),
    };
    ModeSpec { id, label: "", summary: "", prompt: "", tools, ceiling, posture, conductor: Conductor::Turns }
}

/// A policy of these rules.
pub(crate) fn policy(allow: &[&str], ask: &[&str], deny: &[&str]) -> Policy {
    let entries = |rules: &[&str]| rules.iter().copied().map(Entry::from).collect();
    let texts =
        RuleTexts { allow: entries(allow), ask: entries(ask), deny: entries(deny), after_foreign: None };
    Policy::new(vec![Layer::new(Source::User, &texts).unwrap()])
}

/// What is said about a command.
pub(crate) fn run(policy: &Policy, id: ModeId, is_sandboxed: bool, command: &str) -> Decision {
    explain(policy, id, is_sandboxed, command).decision
}

/// What is said about a command, and why.
pub(crate) fn explain(policy: &Policy, id: ModeId, is_sandboxed: bool, command: &str) -> Explanation {
    let access = Access::Run { command: command.to_owned() };
    let mode = mode(id);
    let question = Question {
        tool: "shell",
        capability: Capability::Shell,
        access: &access,
        mode: &mode,
        workspace: Path::new(WORKSPACE),
        home: Some(Path::new(HOME)),
        is_sandboxed,
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    };
    let explanation = policy.explain(&question);
    assert_eq!(explanation.decision, policy.decide(&question), "{command}");
    explanation
}

/// What is said about a command in Agent mode inside a sandbox.
pub(crate) fn agent(policy: &Policy, command: &str) -> Decision {
    run(policy, ModeId::Agent, true, command)
}

/// What is said about a file.
pub(crate) fn file(policy: &Policy, id: ModeId, tool: &str, path: &str) -> Decision {
    let (capability, access) = match tool {
        "write" | "edit" => (Capability::Write, Access::Write(vec![path.into()])),
        _ => (Capability::Read, Access::Read(vec![path.into()])),
    };
    let mode = mode(id);
    policy.decide(&Question {
        tool,
        capability,
        access: &access,
        mode: &mode,
        workspace: Path::new(WORKSPACE),
        home: Some(Path::new(HOME)),
        is_sandboxed: true,
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    })
}

/// `allow`, `ask`, `stop` (an ask of the catastrophic set) or `deny`.
pub(crate) fn verdict(decision: &Decision) -> &'static str {
    match decision {
        Decision::Ask { is_catastrophic: true, .. } => "stop",
        Decision::Allow { .. } | Decision::Ask { .. } | Decision::Deny { .. } => decision.name(),
    }
}
