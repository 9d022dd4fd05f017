//! The end of a mission: how it ended, and what it took against what was expected. Its report follows as an answer.

use headwater_protocol::EndReason;
use headwater_protocol::card::Estimate;
use headwater_protocol::events::MissionEnded;

use super::notice::paragraphs;
use super::{CellView, RenderContext, Role};
use crate::mission::range;
use crate::parts::amount;
use crate::text::Row;
use crate::theme::Slot;

/// The end of a mission.
#[derive(Clone, Debug)]
pub struct MissionEndCell {
    source: String,
    reason: EndReason,
}

impl MissionEndCell {
    /// The end, with the estimate of the card that was approved and how many seconds it took since.
    pub fn new(ended: &MissionEnded, estimate: Option<&Estimate>, seconds: Option<u64>) -> Self {
        let tokens = ended.usage.input.0.saturating_add(ended.usage.output.0);
        let expected = estimate.map(|estimate| {
            let (low, high) = estimate.calls;
            let cost =
                estimate.cost_usd.map(|(low, high)| format!(", {}", range(low, high))).unwrap_or_default();
            format!(" (estimate {low}–{high} calls{cost})")
        });
        let time = seconds.map(|seconds| format!(" · {}", amount::seconds(seconds))).unwrap_or_default();
        let took = format!(
            "{} calls · {} tok · {}{time}{}",
            ended.calls,
            amount::count(tokens),
            ended.cost_usd,
            expected.unwrap_or_default()
        );
        let source = match ended.reason {
            EndReason::Done => format!("mission done · {took}"),
            other => format!("mission ended · {took}\n{}", other.what_now()),
        };
        Self { source, reason: ended.reason }
    }
}

impl CellView for MissionEndCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let (mark, slot) = match self.reason {
            EndReason::Done => ("✓ ", Slot::Ok),
            reason if reason.is_failure() => ("■ ", Slot::Error),
            _stopped => ("■ ", Slot::Warn),
        };
        paragraphs(&self.source, mark, slot, context.width)
    }

    fn role(&self) -> Role {
        Role::Notice
    }

    fn plain(&self) -> Vec<String> {
        self.source.lines().map(|line| format!("Mission: {line}")).collect()
    }

    fn stands_apart(&self) -> bool {
        true
    }
}
