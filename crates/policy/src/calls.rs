//! Calls that run no command: files, the session's own state, questions.

use std::path::PathBuf;

use headwater_protocol::secret_files::is_environment_file;
use headwater_protocol::tool::server_of_tool;
use headwater_protocol::{Access, Capability, Confinement, Posture};

use crate::decision::{Decision, Foreign, Question};
use crate::paths::{Place, is_secret, normalized, place_of_path};
use crate::permissions::{AfterForeign, Effect, PlacedRule};
use crate::policy::{Policy, ground, settle};
use crate::withheld::{KEPT_RULE, keeps};
use crate::{secrets, taint};

/// What lets a tool of a server pass of which the person says in the settings that it only reads.
const VOUCHED_RULE: &str = "read_only, in the settings of its server";

/// Decides a call that the mode permits.
pub(crate) fn judge(policy: &Policy, question: &Question<'_>) -> Decision {
    let paths: &[PathBuf] = match question.access {
        Access::Read(paths) | Access::Write(paths) => paths,
        Access::Nothing | Access::Ask | Access::Run { .. } => &[],
    };
    if let Some(path) = kept(policy, question, paths) {
        let why = format!(
            "{} is where sessions and settings are kept, which no model reads or changes",
            path.display()
        );
        return Decision::Deny { rule: KEPT_RULE.to_owned(), why };
    }
    if let Some(rule) = matching(policy, question, Effect::Deny, paths) {
        return Decision::Deny { why: format!("the rule {rule} denies it"), rule };
    }
    let default = match question.access {
        Access::Read(paths) => read(question, paths),
        Access::Write(paths) => write(question, paths),
        Access::Nothing | Access::Ask | Access::Run { .. } => pathless(question),
    };
    let decided = with_rules(policy, question, paths, default);
    let asked = secrets::ask(question, &secret_files(paths), &grants(policy), decided);
    settle(question, with_taint(policy, question, asked))
}

/// The first of these paths that the product keeps for itself.
fn kept<'p>(policy: &Policy, question: &Question<'_>, paths: &'p [PathBuf]) -> Option<&'p PathBuf> {
    let is_kept = |path: &&PathBuf| keeps(policy.kept(), &normalized(&question.workspace.join(path)));
    paths.iter().find(is_kept)
}

/// The files of a call that hold the secrets of a program.
fn secret_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let is_secret =
        |path: &&PathBuf| path.file_name().is_some_and(|name| is_environment_file(&name.to_string_lossy()));
    paths.iter().filter(is_secret).cloned().collect()
}

/// The allow rules: who lets a file be read or changed has said yes to what it holds.
fn grants(policy: &Policy) -> Vec<&PlacedRule> {
    policy.of(Effect::Allow).collect()
}

fn with_taint(policy: &Policy, question: &Question<'_>, decision: Decision) -> Decision {
    let Some(foreign) = question.taint.filter(|_| taint::is_remote(question.tool)) else { return decision };
    // What a server has said may go back to it, where the person lets its tools be called: nobody else hears of it.
    let goes_back = foreign.server.is_some() && foreign.server == server_of_tool(question.tool);
    if goes_back && policy.after_foreign() == AfterForeign::Ask && is_let_by_person(&decision) {
        return decision;
    }
    reaching(policy, question, foreign, decision)
}

/// The decision about a call that reaches the network, now that foreign text was read.
fn reaching(policy: &Policy, question: &Question<'_>, foreign: Foreign<'_>, decision: Decision) -> Decision {
    let mut given = policy.of(Effect::Allow).filter(|placed| foreign.rules.contains(&placed.rule.text));
    let reach = taint::Reach {
        is_reaching: true,
        known: given
            .find(|placed| placed.rule.covers_tool(question.tool))
            .map(|placed| placed.rule.text.clone()),
        offers: vec![question.tool.to_owned()],
        effect: "reaches the network",
    };
    taint::ask((question, policy.after_foreign()), foreign, reach, decision)
}

/// The decision about a call that hears what reaches the network, in `heard` words.
pub(crate) fn hearing(policy: &Policy, question: &Question<'_>, heard: &str, decision: Decision) -> Decision {
    let Some(foreign) = question.taint else { return decision };
    match settle(question, reaching(policy, question, foreign, decision)) {
        Decision::Ask { rule, why, offers, is_catastrophic, confinement, .. } => Decision::Ask {
            rule,
            why: format!("{heard} has the network and was started before: {why}"),
            offers,
            is_catastrophic,
            confinement,
            effect: "hears a command that has the network".to_owned(),
        },
        Decision::Deny { rule, why } => {
            Decision::Deny { rule, why: format!("{heard} has the network: {why}") }
        }
        allowed @ Decision::Allow { .. } => allowed,
    }
}

/// Whether it is a person who lets the call pass, not the mode.
fn is_let_by_person(decision: &Decision) -> bool {
    match decision {
        Decision::Allow { rule, .. } => !rule.starts_with("built-in:") && !rule.starts_with("mode:"),
        Decision::Ask { .. } | Decision::Deny { .. } => false,
    }
}

/// Whether a rule that a person wrote denies this call, or asks before it.
pub(crate) fn is_withheld(policy: &Policy, question: &Question<'_>) -> bool {
    let paths: &[PathBuf] = match question.access {
        Access::Read(paths) | Access::Write(paths) => paths,
        Access::Nothing | Access::Ask | Access::Run { .. } => &[],
    };
    kept(policy, question, paths).is_some()
        || [Effect::Deny, Effect::Ask]
            .into_iter()
            .any(|effect| matching(policy, question, effect, paths).is_some())
}

/// Ask rules hold against what would be allowed; allow rules against what only the posture asks.
fn with_rules(policy: &Policy, question: &Question<'_>, paths: &[PathBuf], default: Decision) -> Decision {
    match default {
        Decision::Deny { .. } | Decision::Ask { is_catastrophic: true, .. } => default,
        Decision::Allow { .. } | Decision::Ask { .. } => {
            if let Some(rule) = matching(policy, question, Effect::Ask, paths) {
                let why = format!("the rule {rule} asks");
                return ask(question, rule, why, Vec::new());
            }
            match matching(policy, question, Effect::Allow, paths) {
                Some(rule) => allow(question, rule),
                None => default,
            }
        }
    }
}

/// The rule of an effect that is about this call. An allow rule must cover every path, the others any.
fn matching(policy: &Policy, question: &Question<'_>, effect: Effect, paths: &[PathBuf]) -> Option<String> {
    let ground = ground(question);
    let found = policy.of(effect).find(|placed| {
        let matches = |path: &PathBuf| placed.rule.matches_path(question.tool, path, &ground);
        placed.rule.covers_tool(question.tool)
            || match effect {
                // A directory is withheld where all that lies in it is: a search of it would show the files.
                Effect::Deny | Effect::Ask => {
                    paths.iter().any(|path| matches(path) || matches(&path.join("…")))
                }
                Effect::Allow => !paths.is_empty() && paths.iter().all(matches),
            }
    });
    found.map(|placed| placed.rule.text.clone())
}

fn read(question: &Question<'_>, paths: &[PathBuf]) -> Decision {
    let ground = ground(question);
    for path in paths {
        let absolute = normalized(&question.workspace.join(path));
        if is_secret(&absolute, &ground) || !absolute.starts_with(normalized(question.workspace)) {
            let why =
                format!("{} is outside the workspace, which the file tools do not leave", path.display());
            return Decision::Deny { rule: "built-in: outside the workspace".to_owned(), why };
        }
    }
    allow(question, "built-in: read-only".to_owned())
}

fn write(question: &Question<'_>, paths: &[PathBuf]) -> Decision {
    let ground = ground(question);
    let mut protected = None;
    for path in paths {
        let absolute = normalized(&question.workspace.join(path));
        if !absolute.starts_with(normalized(question.workspace)) {
            let why =
                format!("{} is outside the workspace, which the file tools do not leave", path.display());
            return Decision::Deny { rule: "built-in: outside the workspace".to_owned(), why };
        }
        if place_of_path(&absolute, &ground) == Place::Protected {
            protected = Some(path);
        }
    }
    match protected {
        None => allow(question, "built-in: confined to the workspace".to_owned()),
        Some(path) => Decision::Ask {
            rule: "built-in: catastrophic".to_owned(),
            why: format!(
                "{} is protected configuration: what it says is run or obeyed later on",
                path.display()
            ),
            offers: Vec::new(),
            is_catastrophic: true,
            confinement: question.applied(Confinement::Unconfined),
            effect: "changes protected configuration".to_owned(),
        },
    }
}

/// Calls that touch no path: what they are for is said by their class.
fn pathless(question: &Question<'_>) -> Decision {
    match (question.capability, question.mode.posture) {
        (Capability::Write, Posture::WhenUnsure | Posture::Never) => ask(
            question,
            "built-in: not understood".to_owned(),
            "what it changes is not known".to_owned(),
            vec![question.tool.to_owned()],
        ),
        // Only what the person says of it makes a tool of a server one that reads.
        (Capability::Read, _) if taint::is_remote(question.tool) => allow(question, VOUCHED_RULE.to_owned()),
        (
            Capability::Read
            | Capability::Write
            | Capability::Shell
            | Capability::State
            | Capability::Ask
            | Capability::Delegate,
            _,
        ) => allow(question, "built-in: touches nothing".to_owned()),
    }
}

fn allow(question: &Question<'_>, rule: String) -> Decision {
    Decision::Allow { rule, confinement: question.applied(question.mode.ceiling) }
}

fn ask(question: &Question<'_>, rule: String, why: String, offers: Vec<String>) -> Decision {
    let effect = match question.access {
        Access::Read(_) => "reads files",
        Access::Write(_) => "changes files of the workspace",
        Access::Nothing | Access::Ask | Access::Run { .. } => "acts by a tool",
    };
    Decision::Ask {
        rule,
        why,
        offers,
        is_catastrophic: false,
        confinement: question.applied(question.mode.ceiling),
        effect: effect.to_owned(),
    }
}
