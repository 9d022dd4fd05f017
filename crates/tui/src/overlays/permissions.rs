//! Permissions: the rules in force, those which a person gave can be withdrawn.

use headwater_protocol::ApprovalScope;
use headwater_protocol::op::PermissionRule;

use super::{Line, Overlay, Pick};
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn permissions(rules: &[PermissionRule]) -> Overlay {
    let mut lines: Vec<Line> = rules.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(Line::of(
            Slot::Dim,
            "No rules beside the built-in ones: what is not known to be harmless asks.",
        ));
    }
    Overlay::new("permissions", "x withdraws a rule · / filter · Esc close", lines)
}

fn line(rule: &PermissionRule) -> Line {
    let slot = match rule.effect {
        "deny" => Slot::Error,
        "ask" => Slot::Warn,
        _ => Slot::Ok,
    };
    let line = Line::of(slot, format!("{:<6}", rule.effect))
        .and(Slot::Text, sanitize(&rule.rule))
        .and(Slot::Dim, format!("  {}", rule.source));
    match scope(rule.source).filter(|_| rule.is_revocable) {
        Some(scope) => line.picking(Pick::Revoke { rule: rule.rule.clone(), scope }),
        None => line,
    }
}

fn scope(source: &str) -> Option<ApprovalScope> {
    match source {
        "session" => Some(ApprovalScope::Session),
        "project" => Some(ApprovalScope::Project),
        _ => None,
    }
}
