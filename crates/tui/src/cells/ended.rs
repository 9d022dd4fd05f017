//! A turn that did not simply finish: why, and what now.

use headwater_protocol::EndReason;
use headwater_protocol::events::TurnEnded;

use super::notice::paragraphs;
use super::{CellView, RenderContext, Role};
use crate::text::{Row, sanitize};
use crate::theme::Slot;

/// The end of a turn.
#[derive(Clone, Debug)]
pub struct EndedCell {
    source: String,
    is_failure: bool,
}

impl EndedCell {
    /// `None` when the turn finished: its answer says enough.
    pub fn new(ended: &TurnEnded) -> Option<Self> {
        // Nothing was asked of the conversation's model: a mission card waits, and stands below by itself.
        let is_card = ended.reason == EndReason::NeedsPerson && ended.steps == 0;
        if ended.reason == EndReason::Done || is_card {
            return None;
        }
        let is_failure = ended.reason.is_failure();
        // Why a person is needed may be told in more than a sentence, and what is missing stands above already.
        let told = ended.text.lines().next().filter(|_| ended.reason == EndReason::NeedsPerson);
        let told = told.map(|line| line.strip_suffix(':').map_or(line.to_owned(), |line| format!("{line}.")));
        let what_now = match ended.reason {
            // Whoever reads this has resumed it.
            EndReason::Terminated => "It was cut off when the program ended; say how to go on.",
            // What failed, and what to do about it, stands above.
            EndReason::ProviderFailed => "The provider failed; say how to go on once it answers again.",
            reason => reason.what_now(),
        };
        let mut source = sanitize(told.as_deref().unwrap_or(what_now)).into_owned();
        if ended.denied > 0 {
            let calls = if ended.denied == 1 { "call was" } else { "calls were" };
            source = format!("{source} {} {calls} denied.", ended.denied);
        }
        Some(Self { source, is_failure })
    }
}

impl CellView for EndedCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let slot = if self.is_failure { Slot::Error } else { Slot::Warn };
        paragraphs(&self.source, "■ ", slot, context.width)
    }

    fn role(&self) -> Role {
        Role::Notice
    }

    fn plain(&self) -> Vec<String> {
        vec![format!("Ended: {}", self.source)]
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
