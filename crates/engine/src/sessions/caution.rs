//! What a log with lost records can no longer be asked: which mode holds, and whether a rule was withdrawn. Among what is
//! lost may be the record that took a freedom back.

use headwater_protocol::events::{ModeChanged, RuleRevoked};
use headwater_protocol::views::{Approvals, SessionView};
use headwater_protocol::{ApprovalScope, Event, ModeId, Record, View as _};

/// The freedoms a salvaged session had, as the events that take them back: a mode beyond Agent, rules of the session.
pub(super) fn taken_back(records: &[Record]) -> Vec<Event> {
    let (mut settings, mut approvals) = (SessionView::default(), Approvals::default());
    for record in records {
        settings.apply(record);
        approvals.apply(record);
    }
    let from = settings.mode;
    let mode = (!is_careful(from)).then_some(ModeChanged { from, to: ModeId::Agent }.into());
    let revoked = |rule| RuleRevoked { rule, scope: ApprovalScope::Session }.into();
    mode.into_iter().chain(approvals.session_rules.into_iter().map(revoked)).collect()
}

fn is_careful(mode: ModeId) -> bool {
    match mode {
        ModeId::Plan | ModeId::Agent => true,
        ModeId::Yolo | ModeId::Recursive => false,
    }
}

/// What the person should know of it; `None` when nothing was taken back.
pub(super) fn notice(taken_back: &[Event]) -> Option<String> {
    let rules = taken_back.iter().filter(|event| matches!(event, Event::RuleRevoked(_))).count();
    let mode = (rules < taken_back.len()).then(|| "the mode is agent".to_owned());
    let rules = match rules {
        0 => None,
        1 => Some("the rule that was given for this session holds no more".to_owned()),
        _ => Some(format!("the {rules} rules that were given for this session hold no more")),
    };
    let told: Vec<String> = mode.into_iter().chain(rules).collect();
    let told = told.join(", and ");
    (!told.is_empty()).then(|| format!("What was lost may have taken a permission back, so {told}."))
}
