//! What a trial took, folded from its records.

use headwater_protocol::{Event, Record, Usage, Usd};
use serde::{Deserialize, Serialize};

/// What a trial took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Requests of the session itself.
    pub(super) steps: u32,
    /// Calls of child models.
    pub(super) calls: u32,
    /// Those without an answer.
    pub(super) failed_calls: u32,
    /// Blocks that ran.
    pub(super) blocks: u32,
    /// Tokens of all prompts, as reported.
    pub(super) input: u64,
    /// Tokens of all answers, as reported.
    pub(super) output: u64,
    /// US dollars, as far as prices are known.
    pub(super) cost_usd: f64,
    /// Tokens of the largest prompt of the session itself: what its model had to hold at once.
    pub(super) largest_prompt: u64,
    /// Seconds, the making of the context not counted.
    pub(super) seconds: f64,
}

impl Figures {
    /// Counts a record of the session that is followed. What its children's own sessions say is in its records too.
    pub(super) fn take(&mut self, record: &Record) {
        if let Event::RequestSent(_) = &record.event {
            self.steps += 1;
        } else if let Event::UsageReported(report) = &record.event {
            self.largest_prompt = self.largest_prompt.max(report.usage.input.0);
            self.add(report.usage, report.cost_usd);
        } else if let Event::ChildStarted(_) = &record.event {
            self.calls += 1;
        } else if let Event::ChildReturned(child) = &record.event {
            self.failed_calls += u32::from(child.is_error);
            self.add(child.usage, child.cost_usd);
        } else if let Event::CellReturned(_) = &record.event {
            self.blocks += 1;
        } else if let Event::MissionEnded(mission) = &record.event {
            self.calls += mission.calls;
            self.add(mission.usage, Some(mission.cost_usd));
        }
    }

    fn add(&mut self, usage: Usage, cost: Option<Usd>) {
        self.input += usage.input.0;
        self.output += usage.output.0;
        self.cost_usd += cost.unwrap_or_default().0;
    }
}
