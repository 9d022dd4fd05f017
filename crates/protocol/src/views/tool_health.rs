//! How each tool does: calls and time of the turn, and failures that were only for now.
//!
//! A tool has a row of failures when result after result says that it failed for now. Anything else that it says ends the
//! row, a mistake in the call too: whoever answers that is there.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::View;
use crate::event::Event;
use crate::events::{ResultStatus, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;
use crate::time::Timestamp;

/// The tools that were called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolHealth {
    tools: BTreeMap<String, Health>,
    /// Open calls by their tools.
    names: HashMap<CallId, String>,
    /// Open calls whose last attempt has failed for now.
    failed: HashSet<CallId>,
    is_checking: bool,
}

/// One tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Results in a row that failed for now.
    pub failures: u32,
    /// When the last of them came.
    pub failed_at: Timestamp,
    /// Calls of the turn that ran.
    pub calls: u32,
    /// Milliseconds that they took together.
    pub millis: u64,
    /// Calls without a result, oldest first.
    open: Vec<CallId>,
}

impl Health {
    /// How many calls without a result were made before this one.
    pub fn before(&self, call: &CallId) -> usize {
        self.open.iter().take_while(|open| *open != call).count()
    }
}

impl ToolHealth {
    /// A tool; `None` where it was never called.
    pub fn of(&self, tool: &str) -> Option<&Health> {
        self.tools.get(tool)
    }

    /// Whether an answer is being checked: the calls that are made are the host's.
    pub fn is_checking(&self) -> bool {
        self.is_checking
    }

    /// The same where the calls that follow are not the host's, though the log ends while an answer is checked.
    #[must_use]
    pub fn for_blocks(self) -> Self {
        Self { is_checking: false, ..self }
    }

    fn returned(&mut self, returned: &ToolReturned, at: Timestamp) {
        let Some(name) = self.names.remove(&returned.call) else { return };
        let has_failed = self.failed.remove(&returned.call);
        let tool = self.tools.entry(name).or_default();
        tool.open.retain(|open| *open != returned.call);
        tool.millis += returned.millis;
        if returned.status != ResultStatus::Ran {
            return;
        }
        tool.calls += 1;
        if has_failed {
            (tool.failures, tool.failed_at) = (tool.failures + 1, at);
        } else {
            tool.failures = 0;
        }
    }
}

impl View for ToolHealth {
    fn apply(&mut self, record: &Record) {
        if let Event::TurnStarted(_) = &record.event {
            self.tools.values_mut().for_each(|tool| (tool.calls, tool.millis) = (0, 0));
        } else if let Event::ToolCalled(called) = &record.event
            && !self.is_checking
        {
            let request = &called.request;
            self.names.insert(request.call.clone(), request.acts_as().to_owned());
            self.tools.entry(request.acts_as().to_owned()).or_default().open.push(request.call.clone());
        } else if let Event::AttemptFailed(failed) = &record.event
            && failed.delay_millis.is_none()
        {
            self.failed.insert(failed.call.clone());
        } else if let Event::ToolReturned(returned) = &record.event {
            self.returned(returned, record.at);
        } else if let Event::RequestSent(_) = &record.event {
            self.is_checking = false;
        } else if let Event::FinalProposed(_) = &record.event {
            self.is_checking = true;
        } else if let Event::FinalAccepted(_) | Event::FinalRefused(_) = &record.event {
            self.is_checking = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModeId;
    use crate::events::{AttemptFailed, FinalProposed, ToolCalled, TurnStarted};
    use crate::message::ToolCall;

    fn called(call: &str) -> Event {
        let (call, input) = (CallId::new(call), serde_json::json!({}));
        ToolCalled { request: ToolCall { call, name: "far".into(), input, malformed: None } }.into()
    }

    fn failed(call: &str, delay_millis: Option<u64>) -> Event {
        AttemptFailed { call: CallId::new(call), attempt: 1, delay_millis, text: "busy".into() }.into()
    }

    fn returned(call: &str, is_error: bool, status: ResultStatus) -> Event {
        let returned = ToolReturned {
            is_error,
            status,
            millis: 5,
            ..ToolReturned::ran(CallId::new(call), "far".into(), String::new())
        };
        returned.into()
    }

    fn health(events: Vec<Event>) -> Health {
        let mut view = ToolHealth::default();
        for (seq, event) in (0u64..).zip(events) {
            let at = Timestamp::from_millis(i64::try_from(seq).unwrap());
            view.apply(&Record { seq, at, session: "s".into(), parent: None, event });
        }
        view.of("far").cloned().unwrap_or_default()
    }

    #[test]
    fn a2_a_row_of_failures_ends_with_any_other_result_and_not_with_a_call_that_never_ran() {
        let (ran, denied) = (ResultStatus::Ran, ResultStatus::Denied);
        let down =
            |call| vec![called(call), failed(call, Some(7)), failed(call, None), returned(call, true, ran)];
        let row = [down("a"), down("b")].concat();
        assert_eq!(health(row.clone()).failures, 2);
        let refused = [row.clone(), vec![called("c"), returned("c", true, denied)]].concat();
        assert_eq!((health(refused.clone()).failures, health(refused).calls), (2, 2));
        for is_error in [false, true] {
            let other = [row.clone(), vec![called("c"), failed("c", Some(7)), returned("c", is_error, ran)]];
            assert_eq!(health(other.concat()).failures, 0, "{is_error}");
        }
        let health = health(row);
        assert_eq!((health.calls, health.millis, health.failed_at), (2, 10, Timestamp::from_millis(7)));
    }

    #[test]
    fn a2_a_turn_counts_its_own_calls_and_none_of_the_host() {
        let ran = ResultStatus::Ran;
        let turn = || -> Event { TurnStarted { turn: 1, mode: ModeId::Agent }.into() };
        let checking: Event = FinalProposed { text: String::new(), report: None }.into();
        let events = vec![turn(), called("a"), returned("a", false, ran), turn(), called("b"), called("c")];
        let before = health(events.clone());
        assert_eq!(
            (before.calls, before.before(&CallId::new("b")), before.before(&CallId::new("c"))),
            (0, 0, 1)
        );
        let after =
            [events, vec![returned("b", false, ran), checking, called("d"), returned("d", false, ran)]];
        assert_eq!(health(after.concat()).calls, 1);
    }
}
