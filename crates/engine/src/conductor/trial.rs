//! How the tools of a mission do: a fold of what its calls record, which all of its blocks share, so that of many calls at
//! once only one tries a tool that was left alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use headwater_protocol::events::{ResultStatus, ToolCalled, ToolReturned};
use headwater_protocol::views::ToolHealth;
use headwater_protocol::{CallId, Event, Record, SessionId, ToolCall, View as _};

use crate::attempts::{Moment, Standing, ToolBounds};
use crate::clock;

/// The fold. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Trial(Arc<Mutex<ToolHealth>>);

impl Trial {
    /// Begins with what the mission's log says.
    pub(super) fn new(health: ToolHealth) -> Self {
        Self(Arc::new(Mutex::new(health)))
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

    /// How long a call of this tool may run, and the attempts it has.
    pub(super) fn bounds(&self, tool: &str, bounds: &ToolBounds) -> (Option<Duration>, u32) {
        let health = self.health();
        let standing = Standing::of(tool, &health, bounds);
        (standing.time_left(), standing.attempts())
    }

    /// Takes in what is recorded of a call.
    pub(super) fn learn(&self, event: impl Into<Event>) {
        self.health().apply(&record(event));
    }

    /// A call that was taken in and did not run after all.
    pub(super) fn forget(&self, call: &CallId) {
        self.learn(ToolReturned {
            call: call.clone(),
            name: String::new(),
            is_error: true,
            status: ResultStatus::Refused,
            text: String::new(),
            data: serde_json::Value::Null,
            reminders: Vec::new(),
            blobs: Vec::new(),
            files: Vec::new(),
            millis: 0,
        });
    }

    fn health(&self) -> std::sync::MutexGuard<'_, ToolHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record(event: impl Into<Event>) -> Record {
    Record { seq: 0, at: clock::system(), session: SessionId::new(""), parent: None, event: event.into() }
}
