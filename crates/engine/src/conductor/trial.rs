//! How the tools of a mission do: a fold of what its calls record, which all of its blocks share, so that of many calls at
//! once only one tries a tool that was left alone.

use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::events::{ResultStatus, ToolCalled, ToolReturned};
use headwater_protocol::views::ToolHealth;
use headwater_protocol::{CallId, Event, Record, SessionId, ToolCall, View as _};

use crate::attempts::{Moment, Purses, Share, Standing, ToolBounds};
use crate::clock;

/// The fold, and the time that calls at work share. Clones share both.
#[derive(Clone, Debug)]
pub(super) struct Trial(Arc<Mutex<ToolHealth>>, Purses);

impl Trial {
    /// Begins with what the mission's log says.
    pub(super) fn new(health: ToolHealth) -> Self {
        Self(Arc::new(Mutex::new(health.for_blocks())), Purses::default())
    }

    /// Takes the call in as one that runs, or says why it may not.
    pub(super) fn claim(&self, request: &ToolCall, bounds: &ToolBounds) -> Option<String> {
        let mut health = self.health();
        health.apply(&record(ToolCalled { request: request.clone() }));
        Standing::of(request.acts_as(), &health, bounds).refusal(
            &request.call,
            clock::system(),
            Moment::Start,
        )
    }

    /// The time that a call of this tool may take, and the attempts it has.
    pub(super) fn bounds(&self, tool: &str, bounds: &ToolBounds) -> (Option<Share>, u32) {
        let health = self.health();
        let standing = Standing::of(tool, &health, bounds);
        (self.1.share(tool, standing.time_left()), standing.attempts())
    }

    /// Takes in what is recorded of a call.
    pub(super) fn learn(&self, event: impl Into<Event>) {
        self.health().apply(&record(event));
    }

    /// A call that was taken in and did not run after all.
    pub(super) fn forget(&self, call: &CallId) {
        let (name, text) = Default::default();
        self.learn(ToolReturned::of_none(call.clone(), name, ResultStatus::Refused, text));
    }

    fn health(&self) -> std::sync::MutexGuard<'_, ToolHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record(event: impl Into<Event>) -> Record {
    Record { seq: 0, at: clock::system(), session: SessionId::new(""), parent: None, event: event.into() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::attempts::ToolLimits;
    use headwater_protocol::events::{AttemptFailed, FinalProposed};
    use serde_json::json;

    fn request(call: &str) -> ToolCall {
        ToolCall { call: CallId::new(call), name: "far".into(), input: json!({}), malformed: None }
    }

    fn returned(call: &str) -> ToolReturned {
        ToolReturned::ran(CallId::new(call), "far".into(), String::new())
    }

    #[test]
    fn a2_a_mission_that_was_killed_while_its_answer_was_checked_is_bound_all_the_same() {
        let limits = ToolLimits { max_calls: Some(1), ..ToolLimits::default() };
        let bounds = ToolBounds::new([("far".to_owned(), limits)]);
        let mut health = ToolHealth::default();
        health.apply(&record(FinalProposed { text: String::new(), report: None }));
        let trial = Trial::new(health);
        assert_eq!(trial.claim(&request("m1"), &bounds), None);
        trial.learn(returned("m1"));
        assert!(trial.claim(&request("m2"), &bounds).is_some_and(|text| text.contains("used up")));
    }

    #[test]
    fn a2_of_all_blocks_of_a_mission_one_call_tries_a_tool_that_was_left_alone() {
        let limits = ToolLimits { breaker: Some(2), rest: Some(Duration::ZERO), ..ToolLimits::default() };
        let bounds = ToolBounds::new([("far".to_owned(), limits)]);
        let trial = Trial::new(ToolHealth::default());
        for call in ["m1", "m2"] {
            assert_eq!(trial.claim(&request(call), &bounds), None);
            let (call_id, text) = (CallId::new(call), "down".to_owned());
            trial.learn(AttemptFailed { call: call_id, attempt: 1, delay_millis: None, text });
            trial.learn(returned(call));
        }
        let claims = std::thread::scope(|scope| {
            let claim = |number: u32| {
                let (trial, bounds) = (trial.clone(), &bounds);
                scope.spawn(move || trial.claim(&request(&format!("t{number}")), bounds))
            };
            let threads: Vec<_> = (0..8).map(claim).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let passed: Vec<usize> = (0..8).filter(|number| claims[*number].is_none()).collect();
        assert_eq!(passed.len(), 1, "{claims:?}");
        for number in 0..8 {
            // Those that were refused have their results first, as they do in a mission.
            if !passed.contains(&number) {
                trial.forget(&CallId::new(format!("t{number}")));
            }
        }
        trial.learn(returned(&format!("t{}", passed[0])));
        for call in ["m3", "m4"] {
            assert_eq!(trial.claim(&request(call), &bounds), None, "it works again");
        }
    }
}
