//! What a session that has read foreign text may still send: nothing without a yes given since.

use headwater_protocol::Confinement;
use headwater_protocol::audit::AFTER_FOREIGN;

use crate::decision::{Decision, Foreign, Question};
use crate::permissions::AfterForeign;

/// The built-in rule that asks before the network is reached once foreign text was read.
pub const TAINT_RULE: &str = "built-in: network after foreign text";

/// How a command stands to the network.
pub(crate) struct Reach {
    /// Whether it reaches it, by what is known of it.
    pub(crate) is_reaching: bool,
    /// A rule that was given since, where such rules cover all that does.
    pub(crate) known: Option<String>,
    /// The rules that would.
    pub(crate) offers: Vec<String>,
    /// What it does, in a few words.
    pub(crate) effect: &'static str,
}

/// Whether a tool is one of a server elsewhere, or fetches from one.
pub(crate) fn is_remote(tool: &str) -> bool {
    tool.starts_with("mcp__") || tool == "web_fetch"
}

/// The decision about a call, now that foreign text was read.
pub(crate) fn ask(
    (question, after): (&Question<'_>, AfterForeign),
    foreign: Foreign<'_>,
    reach: Reach,
    decision: Decision,
) -> Decision {
    let since = format!("this session has read {}, which may be foreign text", foreign.source);
    match decision {
        Decision::Deny { .. } => decision,
        Decision::Allow { confinement, .. } if reach.is_reaching && after == AfterForeign::Allow => {
            Decision::Allow { rule: AFTER_FOREIGN.to_owned(), confinement }
        }
        Decision::Allow { .. } | Decision::Ask { .. } if after == AfterForeign::Allow => decision,
        Decision::Allow { rule, confinement } if !reach.is_reaching => {
            // What needs no network gets none, where the operating system can see to that.
            let narrowed = if question.is_sandboxed {
                confinement.min(Confinement::WorkspaceWrite)
            } else {
                confinement
            };
            let is_wider = confinement == Confinement::Unconfined && question.mode.ceiling < confinement;
            Decision::Allow { rule, confinement: if is_wider { confinement } else { narrowed } }
        }
        Decision::Allow { confinement, .. } if let Some(rule) = reach.known => {
            Decision::Allow { rule, confinement }
        }
        Decision::Allow { .. } | Decision::Ask { .. } if reach.is_reaching && after == AfterForeign::Deny => {
            let why = format!("it reaches the network, {since}, and permissions.after_foreign is \"deny\"");
            Decision::Deny { rule: TAINT_RULE.to_owned(), why }
        }
        Decision::Allow { confinement, .. } => Decision::Ask {
            rule: TAINT_RULE.to_owned(),
            why: format!("it reaches the network, and {since}"),
            offers: reach.offers,
            is_catastrophic: false,
            confinement,
            effect: reach.effect.to_owned(),
        },
        Decision::Ask { rule, why, offers, is_catastrophic, confinement, effect } => {
            let why = if reach.is_reaching { format!("{why}; {since}") } else { why };
            Decision::Ask { rule, why, offers, is_catastrophic, confinement, effect }
        }
    }
}
