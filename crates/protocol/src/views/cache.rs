//! Whether the provider's prefix cache answered as it should have, and where it did not, why (HARNESS D7).
//!
//! A request begins with all of the one before it unless something that is on the log came between; so the tokens of the
//! one before are what the cache should know.

use std::collections::VecDeque;

use super::View;
use crate::event::Event;
use crate::events::UsageReported;
use crate::record::Record;
use crate::time::Timestamp;
use crate::units::Tokens;

/// Misses that are kept.
const KEPT: usize = 8;
/// Caches count in blocks: what is missing beyond this part of the expected, and beyond a block, is a miss.
const SLACK: u64 = 10;
/// The largest block, in tokens.
const BLOCK: u64 = 256;
/// Prompts below this are cached by hardly any vendor.
const SHORT: Tokens = Tokens(1_024);
/// Most vendors forget a prefix that was not asked for so long, in milliseconds.
const IDLE: u64 = 5 * 60 * 1_000;

/// What the prefix cache did in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    /// Requests whose prompt was reported.
    pub reported: u32,
    /// Those that the cache answered as far as could be expected.
    pub hits: u32,
    /// All prompt tokens.
    pub input: Tokens,
    /// Those that the cache answered.
    pub cached: Tokens,
    misses: VecDeque<CacheMiss>,
    before: Option<Before>,
    asked: Option<u64>,
    edited: Option<u64>,
    has_other_model: bool,
}

/// A request whose prefix was not in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheMiss {
    /// The record of the request.
    pub request: u64,
    /// Tokens that it had in common with the request before.
    pub expected: Tokens,
    /// Tokens that the cache answered.
    pub cached: Tokens,
    /// Why.
    pub reason: MissReason,
}

/// Why a prefix was not in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissReason {
    /// There was nothing to know yet.
    FirstRequest,
    /// The conversation was edited by this record.
    Edited(u64),
    /// Another model read it for the first time.
    ModelChanged,
    /// So many minutes had passed; the vendor has probably forgotten it.
    Idle(u64),
    /// The prompt is shorter than what vendors cache.
    Short,
    /// The provider has not reported a cached token in this session.
    NeverReported,
    /// Nothing on our side explains it: the vendor dropped it, or another of its machines answered.
    Vendor,
}

/// The request before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Before {
    at: Timestamp,
    input: Tokens,
}

impl Cache {
    /// The last misses, oldest first.
    pub fn misses(&self) -> impl Iterator<Item = &CacheMiss> {
        self.misses.iter()
    }

    /// The next request goes on from where the conversation stood then.
    pub fn go_back(&mut self, then: &Self) {
        (self.before, self.asked, self.edited) = (then.before, None, then.edited);
    }

    fn report(&mut self, report: &UsageReported, at: Timestamp) {
        // A summary's request is none of the row.
        let Some(request) = self.asked.take() else { return };
        let usage = report.usage;
        self.reported += 1;
        self.input += usage.input;
        self.cached += usage.cached;
        let expected = self.before.map_or(Tokens(0), |before| before.input.min(usage.input));
        let missing = expected.0.saturating_sub(usage.cached.0);
        let is_first = self.before.is_none() && usage.cached.0 == 0;
        if is_first || missing > (expected.0 / SLACK).max(BLOCK) {
            let reason = self.reason(expected, at);
            self.misses.push_back(CacheMiss { request, expected, cached: usage.cached, reason });
            if self.misses.len() > KEPT {
                self.misses.pop_front();
            }
        } else {
            self.hits += 1;
        }
        self.before = Some(Before { at, input: usage.input });
        // What was recorded while the answer came changes the next request.
        self.edited = self.edited.filter(|record| *record > request);
        self.has_other_model = false;
    }

    fn reason(&self, expected: Tokens, at: Timestamp) -> MissReason {
        let Some(before) = self.before else { return MissReason::FirstRequest };
        let idle = at.millis_since(before.at);
        match self.edited {
            _ if self.has_other_model => MissReason::ModelChanged,
            Some(record) => MissReason::Edited(record),
            None if idle > IDLE => MissReason::Idle(idle / 60_000),
            None if expected < SHORT => MissReason::Short,
            None if self.cached == Tokens(0) => MissReason::NeverReported,
            None => MissReason::Vendor,
        }
    }
}

impl View for Cache {
    fn apply(&mut self, record: &Record) {
        if let Event::RequestSent(_) = &record.event {
            self.asked = Some(record.seq);
        } else if let Event::SummaryRequested(_) = &record.event {
            self.asked = None;
        } else if let Event::ContextEdited(_) | Event::ClearingWithdrawn(_) = &record.event {
            self.edited = Some(record.seq);
        } else if record.event.model().is_some() {
            self.has_other_model = true;
        } else if let Event::UsageReported(report) = &record.event {
            self.report(report, record.at);
        }
    }
}

impl std::fmt::Display for MissReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FirstRequest => write!(f, "the first request"),
            Self::Edited(record) => write!(f, "the conversation was edited (record {record})"),
            Self::ModelChanged => write!(f, "the model changed"),
            Self::Idle(minutes) => {
                write!(f, "{minutes} minutes had passed, the vendor has probably forgotten it")
            }
            Self::Short => write!(f, "the prompt is shorter than what vendors cache"),
            Self::NeverReported => write!(f, "the provider has reported no cached token so far"),
            Self::Vendor => write!(f, "nothing here explains it: the vendor dropped it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context_edit::{ContextEditPlan, EditKind, EditReason};
    use crate::events::{ContextEdited, ModelChanged, RequestSent, SummaryAsk, SummaryRequested};
    use crate::{ModelInfo, Usage};

    /// Events with the seconds at which they happen, and the reasons they lead to.
    fn reasons(events: Vec<(i64, Event)>) -> Vec<MissReason> {
        let mut view = Cache::default();
        for (seq, (seconds, event)) in (0u64..).zip(events) {
            let at = Timestamp::from_millis(seconds * 1_000);
            view.apply(&Record { seq, at, session: "s".into(), parent: None, event });
        }
        view.misses().map(|miss| miss.reason).collect()
    }

    fn asked() -> Event {
        RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) }.into()
    }

    fn used(input: u64, cached: u64) -> Event {
        let usage = Usage { input: Tokens(input), cached: Tokens(cached), ..Usage::default() };
        UsageReported { usage, cost_usd: None, millis: 1 }.into()
    }

    fn edited() -> Event {
        let plan = ContextEditPlan { reason: EditReason::Pressure, estimate: Tokens(1), edits: vec![] };
        ContextEdited { kind: EditKind::Drop, before: Tokens(2), after: Tokens(1), plan }.into()
    }

    #[test]
    fn d7_every_miss_has_a_reason() {
        let warm = || vec![(0, asked()), (1, used(10_000, 9_000)), (2, asked()), (3, used(11_000, 9_900))];
        let after = |more: Vec<(i64, Event)>| reasons([warm(), more].concat());
        assert_eq!(after(vec![]), []);
        assert_eq!(reasons(vec![(0, asked()), (1, used(10_000, 0))]), [MissReason::FirstRequest]);
        assert_eq!(after(vec![(4, asked()), (5, used(12_000, 0))]), [MissReason::Vendor]);
        let summary = SummaryAsk { before: 1, words: 1, attempt: 1, ..SummaryAsk::default() };
        let summary = SummaryRequested { ask: summary, digest: String::new(), tokens: Tokens(1) };
        let edit = vec![
            (4, summary.into()),
            (5, used(11_000, 10_900)),
            (6, edited()),
            (7, asked()),
            (8, used(6_000, 2_000)),
        ];
        assert_eq!(after(edit), [MissReason::Edited(6)]);
        let model = ModelChanged { vendor: "v".into(), model: ModelInfo::unknown("m") };
        assert_eq!(
            after(vec![(4, model.into()), (5, asked()), (6, used(12_000, 0))]),
            [MissReason::ModelChanged]
        );
        assert_eq!(after(vec![(604, asked()), (605, used(12_000, 0))]), [MissReason::Idle(10)]);
        let cold =
            |input: u64| vec![(0, asked()), (1, used(input, 0)), (2, asked()), (3, used(input + 100, 0))];
        assert_eq!(reasons(cold(9_000)), [MissReason::FirstRequest, MissReason::NeverReported]);
        assert_eq!(reasons(cold(900)), [MissReason::FirstRequest, MissReason::Short]);
    }

    #[test]
    fn a_cache_that_counts_in_blocks_does_not_miss() {
        let events = vec![(0, asked()), (1, used(2_000, 1_920)), (2, asked()), (3, used(2_300, 1_792))];
        assert_eq!(reasons(events), []);
    }
}
