//! What was spent: requests, tokens, money, time.

use super::View;
use crate::event::Event;
use crate::record::Record;
use crate::time::Timestamp;
use crate::units::{Tokens, Usage, Usd};

/// What the session and the running turn have spent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Budget {
    /// Requests of the session.
    pub requests: u32,
    /// Requests of the running or last turn.
    pub turn_steps: u32,
    /// Turns begun.
    pub turns: u32,
    /// When the running or last turn began.
    pub turn_started: Timestamp,
    /// Everything the provider reported, summed.
    pub total: Usage,
    /// The last report: what the conversation weighs now.
    pub last: Usage,
    /// Money, as far as prices are known.
    pub cost: Usd,
    /// Whether some request had no known price.
    pub is_cost_partial: bool,
    /// Size of the last request as it was estimated when it was sent.
    pub last_estimate: Tokens,
}

impl View for Budget {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(_) = &record.event {
            self.turns += 1;
            self.turn_steps = 0;
            self.turn_started = record.at;
        } else if let Event::RequestSent(sent) = &record.event {
            self.requests += 1;
            self.turn_steps += 1;
            self.last_estimate = sent.tokens;
        } else if let Event::UsageReported(report) = &record.event {
            self.add(report.usage, report.cost_usd);
        }
    }
}

impl Budget {
    fn add(&mut self, usage: Usage, cost: Option<Usd>) {
        self.last = usage;
        self.total.input += usage.input;
        self.total.cached += usage.cached;
        self.total.output += usage.output;
        self.total.reasoning += usage.reasoning;
        match cost {
            Some(cost) => self.cost += cost,
            None => self.is_cost_partial = true,
        }
    }
}
