//! Whether a tool may be called just now, and for how long: a pure function of what the log says of it.

use std::time::Duration;

use headwater_protocol::views::{Health, ToolHealth};
use headwater_protocol::{CallId, Timestamp};

use super::bounds::{Bounds, ToolBounds};

/// When it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before anybody is asked whether the call may run: other calls of its message are still to run.
    Gate,
    /// The call is about to run.
    Start,
}

/// How a tool stands.
pub(crate) struct Standing<'a> {
    tool: &'a str,
    health: Option<&'a Health>,
    bounds: Bounds,
}

impl<'a> Standing<'a> {
    /// How `tool` stands. What the host calls to check an answer is bound by nothing of this.
    pub(crate) fn of(tool: &'a str, tools: &'a ToolHealth, bounds: &ToolBounds) -> Self {
        Self { tool, health: tools.of(tool).filter(|_| !tools.is_checking()), bounds: bounds.of(tool) }
    }

    /// Attempts at one call.
    pub(crate) fn attempts(&self) -> u32 {
        self.bounds.attempts
    }

    /// How long a call may run.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let used = Duration::from_millis(self.health?.millis);
        Some(self.bounds.max_time?.saturating_sub(used))
    }

    /// Why this call may not run now, for the model; `None` where it may.
    pub(crate) fn refusal(&self, call: &CallId, now: Timestamp, moment: Moment) -> Option<String> {
        let health = self.health?;
        self.used_up(health, call).or_else(|| self.left_alone(health, call, now, moment))
    }

    fn used_up(&self, health: &Health, call: &CallId) -> Option<String> {
        let tool = self.tool;
        let before = u32::try_from(health.before(call)).unwrap_or(u32::MAX);
        let calls = self.bounds.max_calls.filter(|most| health.calls.saturating_add(before) >= *most);
        let what = match (calls, self.bounds.max_time) {
            (Some(most), _) => format!("{tool} may be called {most} times in a turn (max_calls in [tools])"),
            (None, Some(most)) if Duration::from_millis(health.millis) >= most => {
                let seconds = most.as_secs_f64();
                format!("the calls of {tool} may take {seconds} s in a turn (max_time in [tools])")
            }
            (None, Some(_) | None) => return None,
        };
        Some(format!(
            "Not run: {what}, and that is used up. Go on with what it has brought, or in another way; the next turn may \
             call it again."
        ))
    }

    fn left_alone(&self, health: &Health, call: &CallId, now: Timestamp, moment: Moment) -> Option<String> {
        if health.failures < self.bounds.breaker {
            return None;
        }
        let (tool, failures) = (self.tool, health.failures);
        let rested = Duration::from_millis(now.millis_since(health.failed_at));
        if rested < self.bounds.rest {
            let seconds = self.bounds.rest.saturating_sub(rested).as_secs_f64().ceil();
            return Some(format!(
                "Not run: {tool} failed for now {failures} times in a row, and is left alone for another {seconds} s. Do \
                 something else meanwhile, or tell the person that it does not work."
            ));
        }
        let is_first = moment == Moment::Gate || health.before(call) == 0;
        (!is_first).then(|| {
            format!(
                "Not run: {tool} failed for now {failures} times in a row, and another call tries just now whether it works \
                 again. See what that one brings first."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempts::ToolLimits;
    use headwater_protocol::events::{AttemptFailed, ToolCalled, ToolReturned};
    use headwater_protocol::{Event, Record, ToolCall, View as _};

    /// A tool that has failed for now so often, the last time at second 100, and a call of it that is open.
    fn failed(times: u32) -> ToolHealth {
        let mut tools = ToolHealth::default();
        let mut apply = |event: Event| {
            let (at, session) = (Timestamp::from_millis(100_000), "s".into());
            tools.apply(&Record { seq: 0, at, session, parent: None, event });
        };
        let called = |call: &str| -> Event {
            let (call, input) = (CallId::new(call), serde_json::json!({}));
            ToolCalled { request: ToolCall { call, name: "far".into(), input, malformed: None } }.into()
        };
        for number in 0..times {
            let call = CallId::new(number.to_string());
            apply(called(call.as_str()));
            apply(
                AttemptFailed { call: call.clone(), attempt: 1, delay_millis: None, text: String::new() }
                    .into(),
            );
            let returned =
                ToolReturned { is_error: true, ..ToolReturned::ran(call, "far".into(), String::new()) };
            apply(returned.into());
        }
        apply(called("open"));
        tools
    }

    #[test]
    fn a2_the_breaker_opens_and_half_opens_at_its_numbers() {
        let bounds = ToolBounds::new([("far".to_owned(), ToolLimits::default())]);
        let refusal = |times: u32, seconds: i64, call: &str| {
            let (tools, now) = (failed(times), Timestamp::from_millis(seconds * 1_000));
            let standing = Standing::of("far", &tools, &bounds);
            standing.refusal(&CallId::new(call), now, Moment::Start)
        };
        assert_eq!(refusal(4, 100, "open"), None);
        let left = |seconds| refusal(5, seconds, "open").unwrap_or_default();
        assert!(left(100).contains("for another 30 s"), "{}", left(100));
        assert!(left(129).contains("for another 1 s"), "{}", left(129));
        assert_eq!(refusal(5, 130, "open"), None);
        assert!(refusal(5, 130, "behind").is_some_and(|text| text.contains("another call tries just now")));
        assert_eq!(refusal(4, 130, "behind"), None);
    }
}
