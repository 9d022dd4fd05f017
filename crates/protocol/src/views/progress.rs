//! Whether the turn gets anywhere: (call, result) pairs, cycles, failures in a row (HARNESS Z6, first part).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::View;
use crate::event::Event;
use crate::events::{AssistantBlock, AssistantMessage, ResultStatus, ToolCalled, ToolReturned};
use crate::ids::CallId;
use crate::message::StopSignal;
use crate::record::Record;

/// The longest cycle that is looked for: A-B-C-A-B-C.
const LONGEST_CYCLE: usize = 3;
/// How many (call, result) pairs are kept: three rounds of the longest cycle.
const KEPT: usize = LONGEST_CYCLE * 3;

/// A repetition which was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Calls in one round of the cycle; 1 is the same call again.
    pub period: usize,
    /// Complete rounds at the end of the history.
    pub rounds: usize,
}

/// What the last calls of the turn came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Digests of (name, input, result) of the calls that ran, oldest first.
    pairs: Vec<(u64, u64)>,
    inputs: HashMap<CallId, u64>,
    failed_steps: u32,
    step: StepOutcome,
    /// Calls in a row that the repeat guard refused.
    pub refused_repeats: u32,
    /// Assistant messages in a row that ended nothing and called nothing: empty, or cut at the output limit.
    pub idle_messages: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct StepOutcome {
    succeeded: bool,
    failed: bool,
}

impl Progress {
    /// The digest of a call as the repeat guard compares it.
    pub fn call_digest(name: &str, input: &serde_json::Value) -> u64 {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        input.to_string().hash(&mut hasher);
        hasher.finish()
    }

    /// The repetition at the end of the history that `next` would continue, if any: the shortest period with
    /// at least two complete rounds whose next element is `next`.
    pub fn repeat_continued_by(&self, next: u64) -> Option<Repeat> {
        (1..=LONGEST_CYCLE).find_map(|period| {
            let expected = self.pairs.len().checked_sub(period).and_then(|at| self.pairs.get(at))?;
            let rounds = self.rounds(period);
            (expected.0 == next && rounds >= 2).then_some(Repeat { period, rounds })
        })
    }

    /// Whether the same call gave exactly this text within the last cycle.
    pub fn has_given(&self, call: u64, text: &str) -> bool {
        self.pairs.iter().rev().take(LONGEST_CYCLE).any(|pair| *pair == (call, digest_of(text)))
    }

    /// Steps in a row in which at least one call was made and none succeeded, the running one included.
    pub fn failed_steps(&self) -> u32 {
        self.failed_steps + u32::from(self.step.failed && !self.step.succeeded)
    }

    /// Complete rounds of a cycle of `period` pairs at the end of the history; equal calls with different
    /// results do not count.
    fn rounds(&self, period: usize) -> usize {
        let mut chunks = self.pairs.rchunks_exact(period);
        let Some(last) = chunks.next() else { return 0 };
        1 + chunks.take_while(|chunk| *chunk == last).count()
    }

    fn called(&mut self, called: &ToolCalled) {
        let digest = Self::call_digest(&called.request.name, &called.request.input);
        self.inputs.insert(called.request.call.clone(), digest);
    }

    fn returned(&mut self, returned: &ToolReturned) {
        let Some(input) = self.inputs.remove(&returned.call) else { return };
        if returned.is_error {
            self.step.failed = true;
        } else {
            self.step.succeeded = true;
        }
        match returned.status {
            ResultStatus::Repeated => self.refused_repeats += 1,
            ResultStatus::Ran => self.ran(input, returned),
            ResultStatus::Denied | ResultStatus::Refused | ResultStatus::Cancelled | ResultStatus::Lost => {}
        }
    }

    fn ran(&mut self, input: u64, returned: &ToolReturned) {
        self.refused_repeats = 0;
        self.pairs.push((input, digest_of(&returned.text)));
        if self.pairs.len() > KEPT {
            self.pairs.remove(0);
        }
    }

    fn step_ended(&mut self) {
        if self.step.succeeded {
            self.failed_steps = 0;
        } else if self.step.failed {
            self.failed_steps += 1;
        }
        self.step = StepOutcome::default();
    }
}

impl View for Progress {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(_) | Event::UserMessage(_) = &record.event {
            *self = Self::default();
        } else if let Event::ToolCalled(called) = &record.event {
            self.called(called);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        } else if let Event::RequestSent(_) = &record.event {
            self.step_ended();
        } else if let Event::AssistantMessage(said) = &record.event {
            self.idle_messages = if is_idle(said) { self.idle_messages + 1 } else { 0 };
        }
    }
}

fn is_idle(said: &AssistantMessage) -> bool {
    let has_call = said.blocks.iter().any(|block| matches!(block, AssistantBlock::Call { .. }));
    !has_call && (said.blocks.is_empty() || said.stop == StopSignal::Length)
}

fn digest_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
