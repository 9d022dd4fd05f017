//! May a mission run as its card says?

use agent_client_protocol_schema::v1::{
    PermissionOptionKind, SessionId, ToolCallStatus, ToolCallUpdateFields, ToolKind,
};
use headwater_protocol::Op;
use headwater_protocol::events::MissionProposed;
use headwater_protocol::op::MissionDecision;

use super::approval::{dialog, option};
use super::open::{Ask, chosen};
use crate::commands::acp::updates::text_block;
use crate::output::one_line;

const APPROVE: &str = "approve";
const REJECT: &str = "reject";

/// The question: the whole card, and yes or no to it. The answer is bound to the card that was shown.
pub(in crate::commands::acp) fn card(session: &SessionId, proposed: &MissionProposed) -> Ask {
    let title = format!("Mission: {}", one_line(&proposed.card.goal, 120));
    let text = headwater_context::card_text(proposed);
    let fields = ToolCallUpdateFields::new()
        .title(title)
        .kind(ToolKind::Other)
        .status(ToolCallStatus::Pending)
        .content(vec![text_block(&text).into()]);
    let id = format!("{}/card-{}", proposed.mission, proposed.revision);
    let options = vec![
        option(APPROVE, "Approve the card".to_owned(), PermissionOptionKind::AllowOnce),
        option(REJECT, "Reject it".to_owned(), PermissionOptionKind::RejectOnce),
    ];
    let hash = proposed.hash.clone();
    Ask {
        request: dialog(session, &id, fields, options),
        read: Box::new(move |answer| match chosen(answer)?.as_str() {
            APPROVE => Some(Op::DecideMission(MissionDecision::Approve { hash: hash.clone() })),
            REJECT => Some(Op::DecideMission(MissionDecision::Reject { reason: String::new() })),
            _ => None,
        }),
    }
}
