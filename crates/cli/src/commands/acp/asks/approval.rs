//! May a call run? Once, or as long as the rules that are offered say.

use agent_client_protocol_schema::v1::{
    AgentRequest, PermissionOption, PermissionOptionKind, RequestPermissionRequest, SessionId,
    ToolCallUpdate, ToolCallUpdateFields,
};
use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::{ApprovalDecision, ApprovalScope, Op};

use super::open::{Ask, chosen};

const ONCE: &str = "once";
const SESSION: &str = "session";
const PROJECT: &str = "project";
const NO: &str = "no";

/// The question. A yes that lasts is offered only where there is a rule that it would save, and the rule is shown.
pub(in crate::commands::acp) fn approval(
    session: &SessionId,
    asked: &ApprovalRequested,
    fields: ToolCallUpdateFields,
) -> Ask {
    let mut options = vec![option(ONCE, "Yes, once".to_owned(), PermissionOptionKind::AllowOnce)];
    if !asked.offers.is_empty() {
        let rules = asked.offers.join(", ");
        let always = PermissionOptionKind::AllowAlways;
        options.push(option(SESSION, format!("Yes, in this session: {rules}"), always));
        options.push(option(PROJECT, format!("Yes, always in this project: {rules}"), always));
    }
    options.push(option(NO, "No".to_owned(), PermissionOptionKind::RejectOnce));
    let is_lasting = !asked.offers.is_empty();
    let call = asked.call.clone();
    Ask {
        request: dialog(session, call.as_str(), fields, options),
        read: Box::new(move |answer| {
            let (decision, scope) = decided(&chosen(answer)?, is_lasting)?;
            Some(Op::Approve { call: call.clone(), decision, scope })
        }),
    }
}

/// What an option means; nothing where it was not offered.
fn decided(option: &str, is_lasting: bool) -> Option<(ApprovalDecision, ApprovalScope)> {
    match option {
        ONCE => Some((ApprovalDecision::Allow, ApprovalScope::Once)),
        SESSION if is_lasting => Some((ApprovalDecision::Allow, ApprovalScope::Session)),
        PROJECT if is_lasting => Some((ApprovalDecision::Allow, ApprovalScope::Project)),
        NO => Some((ApprovalDecision::Deny { reason: String::new() }, ApprovalScope::Once)),
        _ => None,
    }
}

/// A dialog about what the client knows as the call `id`.
pub(super) fn dialog(
    session: &SessionId,
    id: &str,
    fields: ToolCallUpdateFields,
    options: Vec<PermissionOption>,
) -> AgentRequest {
    let shown = ToolCallUpdate::new(id.to_owned(), fields);
    AgentRequest::RequestPermissionRequest(RequestPermissionRequest::new(session.clone(), shown, options))
}

pub(super) fn option(id: &str, name: String, kind: PermissionOptionKind) -> PermissionOption {
    PermissionOption::new(id.to_owned(), name, kind)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(offers: &[&str], answer: &Value) -> Option<Op> {
        let asked = ApprovalRequested {
            call: "c".into(),
            rule: "r".into(),
            why: "w".into(),
            offers: offers.iter().map(|&offer| offer.to_owned()).collect(),
            effect: String::new(),
            is_catastrophic: false,
            input: None,
        };
        (approval(&SessionId::new("s"), &asked, ToolCallUpdateFields::new()).read)(answer)
    }

    #[test]
    fn b9_an_answer_that_was_not_offered_is_none() {
        let selected = |id: &str| json!({"outcome": {"outcome": "selected", "optionId": id}});
        let yes = |scope| Some(Op::Approve { call: "c".into(), decision: ApprovalDecision::Allow, scope });
        let no = Op::Approve {
            call: "c".into(),
            decision: ApprovalDecision::Deny { reason: String::new() },
            scope: ApprovalScope::Once,
        };
        let rule = ["Bash(ls *)"];
        let table = [
            (&rule[..], selected("once"), yes(ApprovalScope::Once)),
            (&rule[..], selected("session"), yes(ApprovalScope::Session)),
            (&rule[..], selected("project"), yes(ApprovalScope::Project)),
            (&rule[..], selected("no"), Some(no.clone())),
            (&[], selected("once"), yes(ApprovalScope::Once)),
            (&[], selected("session"), None),
            (&[], selected("project"), None),
            (&[], selected("no"), Some(no)),
            (&rule[..], selected("always"), None),
            (&rule[..], selected("Once"), None),
            (&rule[..], selected(""), None),
            (&rule[..], json!({"outcome": {"outcome": "cancelled"}}), None),
            (&rule[..], json!({"outcome": {"outcome": "allowed", "optionId": "once"}}), None),
            (&rule[..], json!({"outcome": "once"}), None),
            (&rule[..], json!({}), None),
            (&rule[..], json!(null), None),
            (&rule[..], json!("once"), None),
        ];
        for (offers, answer, expected) in table {
            assert_eq!(said(offers, &answer), expected, "{offers:?} {answer}");
        }
    }
}
