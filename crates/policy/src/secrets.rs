//! Files with the secrets of a program (`.env` and its like): read after a yes only, in every mode.

use std::path::{Path, PathBuf};

use headwater_protocol::Access;

use crate::decision::{Decision, Question};
use crate::paths::normalized;
use crate::permissions::PlacedRule;
use crate::policy::ground;

/// The built-in rule that asks before the secrets of a program are read.
pub const SECRETS_RULE: &str = "built-in: secrets";

/// Makes a question of what would read `files`, unless a rule of a person covers each of them.
pub(crate) fn ask(
    question: &Question<'_>,
    files: &[PathBuf],
    grants: &[&PlacedRule],
    decision: Decision,
) -> Decision {
    let ground = ground(question);
    // For a command, what counts is whether the file may be read.
    let tool = if matches!(question.access, Access::Run { .. }) { "read" } else { question.tool };
    let is_shared =
        |file: &&PathBuf| grants.iter().any(|placed| placed.rule.matches_path(tool, file, &ground));
    let withheld: Vec<&PathBuf> = files.iter().filter(|file| !is_shared(file)).collect();
    let Some(first) = withheld.first() else { return decision };
    let name = shown(first, question.workspace);
    let why = format!("{name} holds secrets, which would reach the model");
    let rules = withheld.iter().map(|file| rule(question, file)).collect::<Option<Vec<String>>>();
    let own = rules.unwrap_or_default();
    let (offers, confinement) = match decision {
        Decision::Deny { .. } | Decision::Ask { is_catastrophic: true, .. } => return decision,
        Decision::Allow { confinement, .. } => (own, confinement),
        // Only what lets the same call pass is offered.
        Decision::Ask { offers, confinement, .. } if offers.is_empty() || own.is_empty() => {
            (Vec::new(), confinement)
        }
        Decision::Ask { mut offers, confinement, .. } => {
            offers.extend(own);
            (offers, confinement)
        }
    };
    Decision::Ask {
        rule: SECRETS_RULE.to_owned(),
        why,
        offers,
        is_catastrophic: false,
        confinement,
        effect: "reads secrets".to_owned(),
    }
}

/// Whether what a command names may be this file: the path, a pattern of it, or a name behind what only running tells.
pub(crate) fn means(named: &Path, file: &Path) -> bool {
    let is_pattern = named.to_string_lossy().contains(['*', '?', '[', '{']);
    let matches = || {
        let glob = named.to_str().and_then(|glob| globset::Glob::new(glob).ok());
        glob.is_some_and(|glob| glob.compile_matcher().is_match(file))
    };
    named == file
        || (named.is_relative() && named.file_name() == file.file_name())
        || (is_pattern && matches())
}

/// The rule that shares one file; only for one that lies in the workspace.
pub(crate) fn rule(question: &Question<'_>, file: &Path) -> Option<String> {
    let place = normalized(&question.workspace.join(file));
    let relative = place.strip_prefix(normalized(question.workspace)).ok()?.to_str()?;
    let is_plain = !relative.contains(['*', '?', '[', '{', '(', ')']);
    let verb = if matches!(question.access, Access::Write(_)) { "Edit" } else { "Read" };
    is_plain.then(|| format!("{verb}(./{relative})"))
}

pub(crate) fn shown(file: &Path, workspace: &Path) -> String {
    file.strip_prefix(workspace).unwrap_or(file).display().to_string()
}
