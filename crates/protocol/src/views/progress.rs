//! Whether the turn gets anywhere: repeated (call, result) pairs, failures in a row (HARNESS Z6, first part).
//!
//! *News* is a pair that the turn has not seen before. As long as there is news, calls may repeat (test, edit,
//! test); without it, each pair is counted, in whatever order or rhythm the calls come.

use foldhash::HashMap;

use super::View;
use crate::digest;
use crate::event::Event;
use crate::events::{AssistantBlock, AssistantMessage, ResultStatus, ToolCalled, ToolReturned};
use crate::ids::CallId;
use crate::message::StopSignal;
use crate::record::Record;

/// What the calls of the turn came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every (call, result) pair of the turn.
    seen: HashMap<(u64, u64), Seen>,
    /// How often there was news.
    news: u32,
    /// The last result of each call.
    last: HashMap<u64, u64>,
    inputs: HashMap<CallId, u64>,
    step: Step,
    failed_steps: u32,
    repeated_steps: u32,
    /// Whether an answer is being checked: the calls that are made are not the model's.
    is_checking: bool,
    /// Assistant messages in a row that ended nothing and called nothing: empty, or cut at the output limit.
    pub idle_messages: u32,
}

/// How often a pair came since the news it was last seen after; after later news it counts as one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    times: u32,
    news: u32,
}

/// The step under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Step {
    has_success: bool,
    has_failure: bool,
    has_repeat: bool,
}

impl Progress {
    /// The digest of a call as the repeat guard compares it.
    pub fn call_digest(name: &str, input: &serde_json::Value) -> u64 {
        digest::of_call(name, input)
    }

    /// The digest of a result without its times: a test run that only took longer is the same result.
    pub fn result_digest(text: &str) -> u64 {
        digest::of_result(text)
    }

    /// How often this call has given its last result since there was news.
    pub fn times(&self, call: u64) -> u32 {
        self.last.get(&call).and_then(|result| self.count((call, *result))).unwrap_or(0)
    }

    /// How often this pair came since there was news; `None` where it never came.
    fn count(&self, pair: (u64, u64)) -> Option<u32> {
        self.seen.get(&pair).map(|seen| if seen.news == self.news { seen.times } else { 1 })
    }

    /// Whether this call has given this text before.
    pub fn has_given(&self, call: u64, text: &str) -> bool {
        self.seen.contains_key(&(call, digest::of_result(text)))
    }

    /// Steps in a row in which at least one call was made and none succeeded, the running one included.
    pub fn failed_steps(&self) -> u32 {
        self.failed_steps + u32::from(self.step.has_failure && !self.step.has_success)
    }

    /// Steps since the last news in which the repeat guard refused a call, the running one included.
    pub fn repeated_steps(&self) -> u32 {
        self.repeated_steps + u32::from(self.step.has_repeat)
    }

    fn returned(&mut self, returned: &ToolReturned) {
        let Some(call) = self.inputs.remove(&returned.call) else { return };
        self.step.has_failure |= returned.is_error;
        self.step.has_success |= !returned.is_error;
        match returned.status {
            ResultStatus::Ran => self.ran(call, digest::of_result(&returned.text)),
            ResultStatus::Repeated => self.step.has_repeat = true,
            ResultStatus::Denied | ResultStatus::Refused | ResultStatus::Cancelled | ResultStatus::Lost => {}
        }
    }

    fn ran(&mut self, call: u64, result: u64) {
        self.last.insert(call, result);
        let times = self.count((call, result)).map_or(1, |times| times + 1);
        if times == 1 {
            self.news += 1;
            self.repeated_steps = 0;
            self.step.has_repeat = false;
        }
        self.seen.insert((call, result), Seen { times, news: self.news });
    }

    fn step_ended(&mut self) {
        self.failed_steps = if self.step.has_success { 0 } else { self.failed_steps() };
        self.repeated_steps = self.repeated_steps();
        self.step = Step::default();
    }
}

impl View for Progress {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(_) = &record.event {
            *self = Self::default();
        } else if let Event::FinalProposed(_) = &record.event {
            self.is_checking = true;
        } else if let Event::FinalAccepted(_) | Event::FinalRefused(_) = &record.event {
            self.is_checking = false;
        } else if let Event::ToolCalled(ToolCalled { request }) = &record.event
            && !self.is_checking
        {
            self.inputs.insert(request.call.clone(), Self::call_digest(&request.name, &request.input));
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned);
        } else if let Event::RequestSent(_) = &record.event {
            self.step_ended();
            self.is_checking = false;
        } else if let Event::AssistantMessage(said) = &record.event {
            self.idle_messages = if said.is_idle() { self.idle_messages + 1 } else { 0 };
        }
    }
}

impl AssistantMessage {
    /// Whether it calls nothing and is either blank, though nothing broke it off, or cut off at the output limit.
    pub fn is_idle(&self) -> bool {
        let has_call = self.blocks.iter().any(|block| matches!(block, AssistantBlock::Call { .. }));
        let is_blank = self.text.trim().is_empty() && self.stop != StopSignal::Interrupted;
        !has_call && (is_blank || self.stop == StopSignal::Length)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;
    use crate::message::ToolCall;
    use crate::time::Timestamp;

    /// Plays calls until the guard refuses: each letter of a step is a call, its result always the same.
    fn executed(step: &str, steps: usize) -> HashMap<char, u32> {
        let mut progress = Progress::default();
        let mut ran: HashMap<char, u32> = HashMap::new();
        let mut number = 0;
        for _ in 0..steps {
            let admitted: Vec<char> = step
                .chars()
                .filter(|letter| {
                    progress.times(Progress::call_digest("shell", &json!(letter.to_string()))) < 3
                })
                .collect();
            for letter in admitted {
                number += 1;
                *ran.entry(letter).or_default() += 1;
                for event in call(number, letter, "same") {
                    progress.apply(&record(event));
                }
            }
        }
        ran
    }

    fn call(number: u32, letter: char, text: &str) -> [Event; 2] {
        let id = CallId::new(number.to_string());
        let request = ToolCall {
            call: id.clone(),
            name: "shell".into(),
            input: json!(letter.to_string()),
            malformed: None,
        };
        let returned = ToolReturned::ran(id, "shell".into(), text.into());
        [ToolCalled { request }.into(), returned.into()]
    }

    fn record(event: Event) -> Record {
        Record { seq: 0, at: Timestamp::default(), session: "s".into(), parent: None, event }
    }

    #[test]
    fn z6_no_rhythm_gets_a_call_without_news_past_three() {
        for step in ["A", "AB", "ABCD", "AAB", "ABCDEFG"] {
            let ran = executed(step, 100);
            assert!(ran.values().all(|times| *times <= 4), "{step}: {ran:?}");
        }
        assert_eq!(executed("A", 100)[&'A'], 3);
        assert_eq!(executed("AB", 100), HashMap::from([('A', 3), ('B', 3)]));
    }

    #[test]
    fn z6_news_lets_a_call_repeat() {
        let mut progress = Progress::default();
        for round in 0..10 {
            let calls =
                [call(2 * round, 'T', "1 test failed"), call(2 * round + 1, 'E', &format!("edit {round}"))];
            for event in calls.into_iter().flatten() {
                progress.apply(&record(event));
            }
        }
        assert!(progress.times(Progress::call_digest("shell", &json!("T"))) < 3);
    }

    #[test]
    fn a_run_that_only_took_longer_is_the_same_result() {
        assert_eq!(
            digest::of_result("failed; finished in 0.13s"),
            digest::of_result("failed; finished in 12.9s")
        );
        assert_eq!(digest::of_result("took (41ms)"), digest::of_result("took (41ms)"));
        assert_eq!(
            digest::of_result("ok   0.5s"),
            digest::of_result("ok  10.25s"),
            "columns that moved with the time"
        );
        assert_ne!(digest::of_result("3 lines"), digest::of_result("4 lines"));
    }
}
