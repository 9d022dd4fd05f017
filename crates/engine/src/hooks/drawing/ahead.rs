//! What came in while a hook drew something before it, and what of it cannot wait for the hook.
//!
//! *Invariant:* nothing is left out and the order stays; what is urgent is read off what waits.

use std::collections::VecDeque;
use std::time::Duration;

use headwater_protocol::{Delta, EndReason, Event, SessionId, Update};
use tokio::time::Instant;

/// How long a hook may go on once a question to the person waits behind it.
const PATIENCE: Duration = Duration::from_secs(1);

/// What waits, with the times at which it came in.
#[derive(Debug, Default)]
pub(super) struct Ahead(VecDeque<(Instant, Update)>);

impl Ahead {
    pub(super) fn push(&mut self, update: Update) {
        self.0.push_back((Instant::now(), update));
    }

    pub(super) fn pop(&mut self) -> Option<Update> {
        self.0.pop_front().map(|(_, update)| update)
    }

    /// Whether more of the answer comes next.
    pub(super) fn has_more_text(&self) -> bool {
        matches!(self.0.front(), Some((_, Update::Delta(Delta::Text { .. }))))
    }

    /// Whether the turn was cut off or the session ended: nothing is worth waiting for any more.
    pub(super) fn has_end(&self, session: &SessionId) -> bool {
        self.0.iter().any(|(_, update)| is_end(update, session))
    }

    /// When the person must see what waits, because it asks them something.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.iter().find(|(_, update)| asks(update)).map(|(since, _)| *since + PATIENCE)
    }
}

/// Ends when it is due; never where it is not.
pub(super) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn asks(update: &Update) -> bool {
    let Update::Record(record) = update else { return false };
    matches!(
        &record.event,
        Event::ApprovalRequested(_)
            | Event::QuestionAsked(_)
            | Event::MissionProposed(_)
            | Event::MissionAmended(_)
    )
}

fn is_end(update: &Update, session: &SessionId) -> bool {
    match update {
        Update::Closed => true,
        Update::Record(record) => {
            let is_cut = |reason| matches!(reason, EndReason::Interrupted | EndReason::Terminated);
            record.session == *session
                && matches!(&record.event, Event::TurnEnded(ended) if is_cut(ended.reason))
        }
        Update::Delta(_) | Update::Answer(_) => false,
    }
}
