//! A turn that stood at the gate when its process ended goes on where it stood (HARNESS W3): its calls are judged again as
//! the world is now, what was answered is not asked twice, and what had begun is never made again.

use std::borrow::Cow;

use headwater_protocol::events::ResultStatus;
use headwater_protocol::{CallId, EndReason, Event, ToolCall};
use serde_json::Value;

use super::{Turn, TurnError};
use crate::asking::Claim;

/// How the place of a secret begins that was taken out.
const MARK: &str = "[redacted: ";

/// What the model reads instead of the result of a call that cannot be made as it was.
const GONE: &str = "Not run: this call held a secret, which no log keeps; the session ended while it waited, and the secret is \
                    gone with it. Make the call again, and let the command read the secret from where it is stored.";

impl Turn<'_> {
    /// Goes on to the end of the turn.
    pub(crate) async fn go_on(&mut self) -> Result<EndReason, TurnError> {
        let (gone, calls): (Vec<_>, Vec<_>) = self
            .gated_calls()
            .into_iter()
            .partition(|call| has_mark(&call.input) && !self.is_unredacted(call));
        for call in gone {
            self.close(&call.call, &call.name, ResultStatus::Refused, GONE.to_owned()).await?;
        }
        let calls = self.gate(calls).await?;
        self.perform(calls).await?;
        match self.settle(Claim::Working).await? {
            Some(end) => Ok(end),
            None => self.run().await,
        }
    }

    /// The calls whose input has a mark although no secret was taken out of it: what the log will not tell.
    pub(super) fn marked_by_themselves(&self, calls: &[ToolCall]) -> Vec<CallId> {
        let redactor = self.ledger.redactor();
        let is_same = |call: &&ToolCall| matches!(redactor.value(&call.input), Cow::Borrowed(_));
        let marked = calls.iter().filter(|call| has_mark(&call.input));
        marked.filter(is_same).map(|call| call.call.clone()).collect()
    }

    /// Whether the log says that nothing was taken out of a call.
    fn is_unredacted(&self, call: &ToolCall) -> bool {
        self.ledger.records().iter().any(|record| {
            matches!(&record.event, Event::CallsGated(gated) if gated.unredacted.contains(&call.call))
        })
    }

    /// The calls without a result, as the log has them, in their order.
    fn gated_calls(&self) -> Vec<ToolCall> {
        let is_open =
            |call: &ToolCall| self.ledger.state().open_calls.iter().any(|open| open.call == call.call);
        let calls = self.ledger.records().iter().filter_map(|record| {
            if let Event::ToolCalled(called) = &record.event { Some(&called.request) } else { None }
        });
        calls.filter(|call| is_open(call)).cloned().collect()
    }
}

/// Whether something was taken out of an input.
pub(super) fn has_mark(input: &Value) -> bool {
    match input {
        Value::String(text) => text.contains(MARK),
        Value::Array(items) => items.iter().any(has_mark),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains(MARK) || has_mark(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn w3_an_input_that_lost_its_secret_is_known() {
        assert!(has_mark(&json!({"env": [{"key": "a [redacted: API_KEY] b"}]})));
        assert!(has_mark(&json!({"[redacted: x]": 1})));
        assert!(!has_mark(&json!({"command": "echo redacted", "n": [1, null, true]})));
    }
}
