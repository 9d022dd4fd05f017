//! What was spent: requests, tokens, money, time.

use super::View;
use crate::context_edit::EditReason;
use crate::end::EndReason;
use crate::event::Event;
use crate::events::{RepairKind, WithdrawalCause};
use crate::model::Price;
use crate::record::Record;
use crate::time::Timestamp;
use crate::units::{Tokens, Usage, Usd};

/// The range in which a calibration is believed; beyond it the server counts something else than our text.
const CALIBRATION: (f64, f64) = (0.4, 3.0);

/// Edits under what was refused, after which more is tried; twice as many for each refusal.
const EDITS: u32 = 2;
/// How often that is doubled at most.
const MOST_DOUBLED: u32 = 6;
/// The part of what was refused by which it is lifted.
const LIFT: u64 = 4;

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
    /// Requests that nobody reported on: `total` and `cost` hold what was sent, as it was estimated.
    pub unreported: u32,
    awaited: Report,
    price: Option<Price>,
    /// Size of the last request as it was estimated when it was sent.
    pub last_estimate: Tokens,
    /// The smallest request that the server found too long, in tokens before calibration; absent once it took as much.
    pub refused: Option<Tokens>,
    /// Refusals by the model.
    refusals: u32,
    /// Edits under what was refused, since it last changed.
    edits_under: u32,
    /// Whether the log is one of the first schema so far, which lifted nothing.
    is_of_first_schema: bool,
    /// What an estimate must be multiplied with to meet the provider's figures; 1 before the first report.
    pub calibration: f64,
}

/// What is still to be reported of the last request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Report {
    #[default]
    None,
    /// What it consumed, which says how large the conversation is.
    OfSize,
    /// What it consumed: the server read another prompt than was estimated.
    OfSpending,
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
            unreported: 0,
            awaited: Report::default(),
            price: None,
            last_estimate: Tokens::default(),
            refused: None,
            refusals: 0,
            edits_under: 0,
            is_of_first_schema: false,
            calibration: 1.0,
        }
    }
}

impl View for Budget {
    fn apply(&mut self, record: &Record) {
        if let Some(schema) = record.event.schema() {
            self.is_of_first_schema = schema == 1;
        }
        if let Event::SessionStarted(started) = &record.event {
            self.price = started.model.price;
        } else if let Event::TurnStarted(_) = &record.event {
            self.turns += 1;
            self.turn_steps = 0;
            self.turn_started = record.at;
        } else if let Event::RequestSent(sent) = &record.event {
            self.count_unreported();
            self.awaited = Report::OfSize;
            self.requests += 1;
            self.turn_steps += 1;
            self.last_estimate = sent.tokens;
        } else if let Event::SummaryRequested(asked) = &record.event {
            self.count_unreported();
            self.awaited = Report::OfSize;
            self.last_estimate = asked.tokens;
        } else if let Event::ContextEdited(edited) = &record.event {
            match edited.plan.reason {
                EditReason::Refused => self.refuse(edited.before),
                EditReason::Pressure | EditReason::Asked => self.lift(),
            }
            // Until the provider says what the rest weighs.
            self.last_estimate = edited.after;
            self.last = Usage { input: edited.after, ..Usage::default() };
        } else if let Event::UsageReported(report) = &record.event {
            self.add(report.usage, report.cost_usd);
        } else if let Event::ConversationResent(resent) = &record.event {
            // An answer that was thrown away says nothing of the conversation's size.
            self.add_elsewhere(resent.usage.unwrap_or_default(), resent.cost_usd);
        } else if let Event::ClearingWithdrawn(withdrawn) = &record.event {
            self.expect_other(withdrawn.cause);
        } else if let Event::TurnEnded(_) = &record.event {
            self.count_unreported();
        } else if let Event::Repaired(repaired) = &record.event {
            if repaired.kind == RepairKind::UnreportedUsage {
                self.count_unreported();
            }
        } else if let Some((_, model)) = record.event.model() {
            self.price = model.price;
            (self.refused, self.refusals, self.edits_under) = (None, 0, 0);
        } else if let Event::ChildReturned(child) = &record.event {
            self.add_elsewhere(child.usage, child.cost_usd);
        } else if let Event::MissionEnded(mission) = &record.event {
            self.add_elsewhere(mission.usage, Some(mission.cost_usd));
        } else if let Event::SubagentReturned(returned) = &record.event {
            self.add_elsewhere(returned.usage, returned.cost_usd);
            // One that was lost with its process has told nobody what it spent.
            self.is_cost_partial |= returned.reason == EndReason::Terminated;
        }
    }
}

impl Budget {
    /// Whether a request went out of which nothing has been reported.
    pub fn awaits_report(&self) -> bool {
        self.awaited != Report::None
    }

    /// Counts the last request by its estimate, where nobody will report on it any more: what was sent was paid for, and
    /// the limits are to hold (HARNESS R-E). What was answered is not known, so that the sums are the least it can be.
    fn count_unreported(&mut self) {
        if std::mem::take(&mut self.awaited) == Report::None {
            return;
        }
        self.unreported += 1;
        self.is_cost_partial = true;
        let usage = Usage { input: self.last_estimate, ..Usage::default() };
        self.add_elsewhere(usage, self.price.map(|price| price.of(usage)));
    }

    /// The report of a server that did not clear what it was to counts all of that.
    fn expect_other(&mut self, cause: WithdrawalCause) {
        if cause == WithdrawalCause::Differs {
            self.awaited = Report::OfSpending;
        }
    }

    /// The conversation weighs what it weighed then; what was spent is spent.
    pub fn go_back(&mut self, then: &Self) {
        (self.last, self.last_estimate) = (then.last, then.last_estimate);
    }

    fn add(&mut self, usage: Usage, cost: Option<Usd>) {
        if std::mem::take(&mut self.awaited) == Report::OfSpending {
            return self.add_elsewhere(usage, cost);
        }
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
        (self.refusals, self.edits_under) = (self.refusals + 1, 0);
    }

    /// What was refused may have been the answer that was asked for beside the prompt, or a moment of the server's: once
    /// the conversation was made smaller often enough for it, a little more is tried. Each further refusal doubles the wait.
    fn lift(&mut self) {
        let Some(refused) = self.refused.filter(|_| !self.is_of_first_schema) else { return };
        self.edits_under += 1;
        if self.edits_under >= EDITS << self.refusals.min(MOST_DOUBLED) {
            self.refused = Some(refused + Tokens(refused.0 / LIFT));
            self.edits_under = 0;
        }
    }

    /// What was consumed by requests that are none of this conversation: they say nothing of its size.
    fn add_elsewhere(&mut self, usage: Usage, cost: Option<Usd>) {
        self.total.input += usage.input;
        self.total.cached += usage.cached;
        self.total.cache_written += usage.cache_written;
        self.total.output += usage.output;
        self.total.reasoning += usage.reasoning;
        self.total.cleared += usage.cleared;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context_edit::{ContextEditPlan, EditKind};
    use crate::events::{
        ContextEdited, RepairKind, Repaired, RequestSent, SessionStarted, TurnEnded, TurnStarted,
        UsageReported,
    };
    use crate::{ModeId, ModelInfo};

    fn record(event: impl Into<Event>) -> Record {
        let at = Timestamp::default();
        Record { seq: 0, at, session: "s".into(), parent: None, event: event.into() }
    }

    fn session(events: Vec<Event>) -> Vec<Budget> {
        let price = Some(Price { input: 2.0, output: 10.0, cache_read: None, cache_write: None });
        let started = SessionStarted {
            schema: 2,
            version: String::new(),
            workspace: String::new(),
            vendor: String::new(),
            model: ModelInfo { price, ..ModelInfo::unknown("m") },
            mode: ModeId::Agent,
            header: crate::events::Header { system: "".into(), tools: [].into() },
        };
        let mut view = Budget::default();
        let mut after = |event: Event| {
            view.apply(&record(event));
            view.clone()
        };
        std::iter::once(started.into()).chain(events).map(&mut after).collect()
    }

    #[test]
    fn d3_what_was_refused_is_lifted_after_edits_and_each_refusal_doubles_the_wait() {
        let edited = |reason, before| -> Event {
            let plan = ContextEditPlan { reason, estimate: Tokens(1), edits: vec![] };
            ContextEdited { kind: EditKind::ClearResults, before: Tokens(before), after: Tokens(1), plan }
                .into()
        };
        let (refused, pressure) = (EditReason::Refused, || edited(EditReason::Pressure, 1));
        let first = [vec![edited(refused, 8_000)], vec![pressure(); 4]].concat();
        let bounds = |events: Vec<Event>| -> Vec<Option<u64>> {
            session(events).iter().map(|view| view.refused.map(|bound| bound.0)).collect()
        };
        assert_eq!(bounds(first.clone())[1..], [8_000, 8_000, 8_000, 8_000, 10_000].map(Some));
        let again = [first.clone(), vec![edited(refused, 9_000)], vec![pressure(); 8]].concat();
        assert_eq!(
            bounds(again)[5..],
            [10_000, 9_000, 9_000, 9_000, 9_000, 9_000, 9_000, 9_000, 9_000, 11_250].map(Some)
        );
        let mut of_first_schema = Budget { is_of_first_schema: true, ..Budget::default() };
        for event in first {
            of_first_schema.apply(&record(event));
        }
        assert_eq!(
            of_first_schema.refused,
            Some(Tokens(8_000)),
            "its logs are read by the rules of their time"
        );
    }

    fn sent(tokens: u64) -> Event {
        RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(tokens) }.into()
    }

    fn reported(input: u64, output: u64) -> Event {
        let usage = Usage { input: Tokens(input), output: Tokens(output), ..Usage::default() };
        UsageReported { usage, cost_usd: Some(Usd(1.0)), millis: 0 }.into()
    }

    fn ended() -> Event {
        let reason = EndReason::Interrupted;
        TurnEnded { turn: 1, reason, text: String::new(), denied: 0, steps: 1 }.into()
    }

    fn repaired() -> Event {
        Repaired { kind: RepairKind::UnreportedUsage, call: None, detail: String::new() }.into()
    }

    #[test]
    fn r_e_a_request_without_a_report_counts_as_it_was_estimated_and_once() {
        let table = [
            ("reported", vec![sent(1_000_000), reported(900_000, 5), ended()], 900_000, 1.0, 0),
            ("not reported", vec![sent(1_000_000), ended()], 1_000_000, 2.0, 1),
            ("the next one", vec![sent(1_000_000), sent(500_000), reported(500_000, 5)], 1_500_000, 3.0, 1),
            ("killed and mended", vec![sent(1_000_000), repaired(), ended()], 1_000_000, 2.0, 1),
            ("under way", vec![sent(1_000_000)], 0, 0.0, 0),
        ];
        for (name, events, input, cost, unreported) in table {
            let turn = TurnStarted { turn: 1, mode: ModeId::Agent }.into();
            let budget = session([vec![turn], events].concat()).pop().unwrap();
            assert_eq!((budget.total.input, budget.unreported), (Tokens(input), unreported), "{name}");
            assert!((budget.cost.0 - cost).abs() < 1e-9, "{name}: {}", budget.cost);
            assert_eq!(budget.is_cost_partial, unreported > 0, "{name}");
        }
    }

    #[test]
    fn r_e_counters_never_go_down() {
        let events =
            vec![sent(10), reported(9, 3), sent(20), ended(), repaired(), sent(5), sent(7), reported(1, 1)];
        let course = session(events);
        for pair in course.windows(2) {
            let [before, after] = pair else { unreachable!("windows of two") };
            assert!(before.requests <= after.requests && before.unreported <= after.unreported);
            assert!(before.total.input <= after.total.input && before.total.output <= after.total.output);
            assert!(before.cost.0 <= after.cost.0);
        }
    }
}
