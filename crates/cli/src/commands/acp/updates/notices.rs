//! Sentences for the person that are no part of the conversation.

use agent_client_protocol_schema::v1::{Notice, NoticeSeverity, SessionUpdate};
use headwater_protocol::events::{HookRan, HookStatus};
use headwater_protocol::update::Waiting;

use crate::output::one_line;

/// Characters of a notice.
const LONGEST: usize = 600;

/// A sentence as the client shows it.
pub(super) fn notice(text: &str) -> SessionUpdate {
    SessionUpdate::Notice(Notice::new(NoticeSeverity::Info, one_line(text, LONGEST)))
}

/// What a hook did; one that passed in silence is not told.
pub(super) fn hook(ran: &HookRan) -> Option<String> {
    let what = match ran.status {
        HookStatus::Passed if ran.text.is_empty() => return None,
        HookStatus::Passed => "says",
        HookStatus::Allowed => "said yes",
        HookStatus::Blocked => "said no",
        HookStatus::Failed => "failed",
        HookStatus::TimedOut => "was ended",
    };
    Some(format!("hook {:?} {what}: {} ({})", ran.point, one_line(&ran.text, LONGEST), ran.command))
}

/// What the engine waits for, where a person should know.
pub(super) fn waiting(on: &Waiting) -> Option<String> {
    match on {
        Waiting::Model => None,
        Waiting::Retry { attempt, after, reason } => {
            let seconds = after.as_secs_f64().ceil();
            Some(format!("attempt {attempt} failed ({reason}); again in {seconds:.0} s"))
        }
    }
}
