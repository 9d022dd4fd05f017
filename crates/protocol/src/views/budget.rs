//! What was spent: requests, tokens, money, time.

use super::View;
use crate::context_edit::EditReason;
use crate::event::Event;
use crate::record::Record;
use crate::time::Timestamp;
use crate::units::{Tokens, Usage, Usd};

/// The range in which a calibration is believed; beyond it the server counts something else than our text.
const CALIBRATION: (f64, f64) = (0.4, 3.0);

/// What the session and the running turn have spent.
#[derive(Clone, Debug, PartialEq)]
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
    /// Whether some request has no known cost: no price, or no report (a server without one, a broken stream).
    pub is_cost_partial: bool,
    awaits_report: bool,
    /// Size of the last request as it was estimated when it was sent.
    pub last_estimate: Tokens,
    /// The smallest request that the server found too long, in tokens before calibration; absent once it took as much.
    pub refused: Option<Tokens>,
    /// What an estimate must be multiplied with to meet the provider's figures; 1 before the first report.
    pub calibration: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            requests: 0,
            turn_steps: 0,
            turns: 0,
            turn_started: Timestamp::default(),
            total: Usage::default(),
            last: Usage::default(),
            cost: Usd::default(),
            is_cost_partial: false,
            awaits_report: false,
            last_estimate: Tokens::default(),
            refused: None,
            calibration: 1.0,
        }
    }
}

impl View for Budget {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(_) = &record.event {
            self.turns += 1;
            self.turn_steps = 0;
            self.turn_started = record.at;
        } else if let Event::RequestSent(sent) = &record.event {
            self.is_cost_partial |= self.awaits_report;
            self.awaits_report = true;
            self.requests += 1;
            self.turn_steps += 1;
            self.last_estimate = sent.tokens;
        } else if let Event::SummaryRequested(asked) = &record.event {
            self.is_cost_partial |= self.awaits_report;
            self.awaits_report = true;
            self.last_estimate = asked.tokens;
        } else if let Event::ContextEdited(edited) = &record.event {
            if edited.plan.reason == EditReason::Refused {
                self.refuse(edited.before);
            }
            // Until the provider says what the rest weighs.
            self.last_estimate = edited.after;
            self.last = Usage { input: edited.after, ..Usage::default() };
        } else if let Event::UsageReported(report) = &record.event {
            self.add(report.usage, report.cost_usd);
        } else if let Event::ModelChanged(_) = &record.event {
            self.refused = None;
        } else if let Event::ChildReturned(child) = &record.event {
            self.add_elsewhere(child.usage, child.cost_usd);
        } else if let Event::MissionEnded(mission) = &record.event {
            self.add_elsewhere(mission.usage, Some(mission.cost_usd));
        }
    }
}

impl Budget {
    fn add(&mut self, usage: Usage, cost: Option<Usd>) {
        self.awaits_report = false;
        self.last = usage;
        if self.last_estimate.0 > 0 && usage.input.0 > 0 {
            let error = usage.input.0 as f64 / self.last_estimate.0 as f64;
            let taken = raw(self.last_estimate, self.calibration);
            self.refused = self.refused.filter(|refused| *refused > taken);
            self.calibration = (self.calibration * error).clamp(CALIBRATION.0, CALIBRATION.1);
        }
        self.add_elsewhere(usage, cost);
    }

    fn refuse(&mut self, size: Tokens) {
        let size = raw(size, self.calibration);
        self.refused = Some(self.refused.map_or(size, |before| before.min(size)));
    }

    /// What was consumed by requests that are none of this conversation: they say nothing of its size.
    fn add_elsewhere(&mut self, usage: Usage, cost: Option<Usd>) {
        self.total.input += usage.input;
        self.total.cached += usage.cached;
        self.total.output += usage.output;
        self.total.reasoning += usage.reasoning;
        match cost {
            Some(cost) => self.cost += cost,
            None => self.is_cost_partial |= usage != Usage::default(),
        }
    }
}

/// A size before calibration.
fn raw(size: Tokens, calibration: f64) -> Tokens {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size, divided by a factor near 1"
    )]
    Tokens((size.0 as f64 / calibration) as u64)
}
