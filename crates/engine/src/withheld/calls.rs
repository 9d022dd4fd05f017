//! What is withheld from one call, and what the policy is to know of it before the call is judged.

use std::path::Path;

use headwater_policy::{Policy, Question, Withholding};
use headwater_protocol::{Access, Confinement};

use super::{Bounds, Found, Known, Memory, find, tracked, with_twins};
use crate::real_paths::with_real_paths;
use crate::rulebook::Rulebook;

/// What a call touches, by all names of it: those that links lead to, and those by which a file is withheld of which it names
/// another.
pub(crate) async fn by_all_names(
    access: Access,
    rulebook: &Rulebook,
    workspace: &Path,
    home: Option<&Path>,
) -> Access {
    let withholding = || (rulebook.memory(), rulebook.withholding(workspace, home));
    match with_real_paths(access, workspace) {
        Access::Read(paths) => Access::Read(with_twins(paths, workspace, withholding).await),
        Access::Write(paths) => Access::Write(with_twins(paths, workspace, withholding).await),
        other @ (Access::Nothing | Access::Ask | Access::Run { .. }) => other,
    }
}

/// What an admitted call must not find, and not change. A command is kept from both by its sandbox, a search of
/// directories passes over what is hidden.
pub(crate) async fn from_call(
    rulebook: &Rulebook,
    question: &Question<'_>,
    confinement: Confinement,
) -> Found {
    let is_bound = match question.access {
        Access::Run { .. } => confinement < Confinement::Unconfined,
        Access::Read(paths) => paths.iter().any(|path| question.workspace.join(path).is_dir()),
        Access::Write(_) | Access::Nothing | Access::Ask => false,
    };
    if !is_bound {
        return Found::default();
    }
    let withholding = rulebook.ask(|policy| policy.withholding(question));
    // A tool that searches goes everywhere itself.
    let is_tool = matches!(question.access, Access::Read(_));
    let bounds =
        if is_tool && !withholding.bases().is_empty() { Bounds::none() } else { Bounds::of_commands() };
    find(rulebook.memory(), withholding, question.workspace, bounds).await
}

/// What is known of the withheld files that nothing will hide from a command.
pub(crate) async fn known(rulebook: &Rulebook, question: &Question<'_>) -> Known {
    if !matches!(question.access, Access::Run { .. }) {
        return Known::default();
    }
    let (withholding, runs_git) =
        rulebook.ask(|policy: &Policy| (policy.withholding(question), policy.runs_git(question)));
    known_with(rulebook.memory(), withholding, runs_git, question).await
}

/// The same of a command from which `withholding` withholds, and which does or does not run git.
pub async fn known_of(withholding: Withholding, runs_git: bool, question: &Question<'_>) -> Known {
    known_with(Memory::default(), withholding, runs_git, question).await
}

async fn known_with(
    memory: Memory,
    withholding: Withholding,
    runs_git: bool,
    question: &Question<'_>,
) -> Known {
    let tracked = if runs_git { tracked(&withholding, question.workspace).await } else { Vec::new() };
    if question.is_sandboxed && withholding.bases().is_empty() {
        return Known { tracked, ..Known::default() };
    }
    let has_bases = !withholding.bases().is_empty();
    let found = find(memory, withholding, question.workspace, Bounds::of_commands()).await;
    let is_unsearched = has_bases && !found.is_complete;
    let open = if question.is_sandboxed { Vec::new() } else { found.names() };
    Known { tracked, open, is_unsearched }
}
