//! One judged part of a script.

use headwater_protocol::Confinement;

use crate::paths::Ground;
use crate::rules::take_program;
use crate::shell::{Unit, is_runner};

use super::classify::classify;
use super::environment::judge_surroundings;
use super::risk::{Finding, Risk};

/// A unit with what was found about it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The command.
    pub(crate) unit: Unit,
    /// Everything found; never empty.
    pub(crate) findings: Vec<Finding>,
}

impl Part {
    /// The worst finding.
    pub(crate) fn worst(&self) -> Option<&Finding> {
        self.findings.iter().rev().max_by_key(|finding| finding.risk)
    }

    /// Whether it deletes files that are not the session's own.
    pub(crate) fn deletes(&self) -> bool {
        self.findings.iter().any(|finding| finding.risk == Risk::Deletion)
    }

    /// How bad the worst finding is.
    pub(crate) fn risk(&self) -> Risk {
        self.worst().map_or(Risk::ReadOnly, |finding| finding.risk)
    }

    /// Whether it reaches the network by what is known of it, or does what nobody knows.
    pub(crate) fn reaches_network(&self) -> bool {
        self.findings.iter().any(|finding| match finding.risk {
            Risk::Network | Risk::Publish => true,
            Risk::Opaque | Risk::Privilege | Risk::Catastrophic => {
                finding.needs > Confinement::WorkspaceWrite
            }
            Risk::ReadOnly
            | Risk::Local
            | Risk::Process
            | Risk::Deletion
            | Risk::Destructive
            | Risk::Outside => false,
        })
    }

    /// The narrowest confinement in which it can succeed.
    pub(crate) fn needs(&self) -> Confinement {
        self.findings.iter().map(|finding| finding.needs).max().unwrap_or(Confinement::ReadOnly)
    }
}

/// Judges a unit by itself.
pub(crate) fn judge_unit(mut unit: Unit, ground: &Ground<'_>) -> Part {
    let mut findings = Vec::new();
    take_program(&mut unit);
    if let Some(problem) = &unit.problem {
        findings.push(Finding::new(Risk::Opaque, problem.clone()));
    }
    for layer in unit.layers.iter().rev().skip(1) {
        if matches!(super::program_name(layer), "sudo" | "doas") {
            findings.push(Finding::new(Risk::Catastrophic, "it runs with the rights of another user"));
        }
        if is_runner(layer) {
            findings.push(Finding::new(Risk::Local, "which program it runs is up to the project"));
        }
    }
    classify(&unit, ground, &mut findings);
    judge_surroundings(&unit, ground, &mut findings);
    if findings.is_empty() {
        findings.push(Finding::new(Risk::ReadOnly, "it only sets variables"));
    }
    Part { unit, findings }
}
