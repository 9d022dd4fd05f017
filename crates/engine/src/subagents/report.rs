//! What comes back of a sub-agent: one result for the call, one record for the log.

use headwater_protocol::events::{SubagentReturned, SubagentStarted};
use headwater_protocol::{EndReason, ToolOutcome};
use serde_json::json;

/// How a sub-agent came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) reason: EndReason,
    /// Its last words: the report of one that is done.
    pub(super) words: String,
    /// What failed, when something did.
    pub(super) failure: Option<String>,
    /// Calls that were denied because nobody was there.
    pub(super) denied: u32,
}

impl End {
    /// The report as the model and the log have it.
    pub(super) fn text(&self, started: &SubagentStarted) -> String {
        let words = self.words.trim();
        let mut text = if self.reason == EndReason::Done {
            words.to_owned()
        } else {
            let agent = &started.agent;
            let mut text = format!("The sub-agent {agent} did not finish: {}.", self.why());
            if !words.is_empty() {
                text.push_str(" The last it said:\n");
                text.push_str(words);
            }
            text.push_str("\nWhat it changed stays: look before you do it again.");
            text
        };
        if self.denied > 0 {
            let calls = if self.denied == 1 { "1 of its calls was" } else { "some of its calls were" };
            text.push_str(&format!("\n({calls} denied, since nobody was there to approve.)"));
        }
        text
    }

    fn why(&self) -> String {
        let said = match self.reason {
            EndReason::Done => "it is done",
            EndReason::Interrupted | EndReason::Terminated => "it was cancelled",
            EndReason::NeedsPerson => "its calls need a person, and nobody is there",
            EndReason::MaxSteps => "its limit of steps was reached",
            EndReason::MaxCost => "the cost limit of the session was reached",
            EndReason::MaxTime => "its time was up",
            EndReason::Stalled => "it made no progress any more",
            EndReason::Failures => "too many of its steps in a row failed",
            EndReason::WindowFull => "its task filled the model's window; give it a smaller one",
            EndReason::ProviderFailed => "the provider failed",
            EndReason::HookStop => "a hook stopped it",
            EndReason::ContractUnmet | EndReason::BudgetSpent | EndReason::Error => "it failed",
        };
        match &self.failure {
            Some(failure) => format!("{said} ({})", failure.trim_end_matches('.')),
            None => said.to_owned(),
        }
    }
}

/// The result of the call.
pub(super) fn outcome(started: &SubagentStarted, returned: &SubagentReturned) -> ToolOutcome {
    let data = json!({
        "kind": "task",
        "agent": started.agent,
        "title": started.title,
        "session": started.opened,
        "reason": returned.reason,
        "steps": returned.steps,
        "millis": returned.millis,
    });
    let outcome = ToolOutcome::text(returned.text.clone()).with_data(data);
    ToolOutcome { is_error: returned.reason != EndReason::Done, ..outcome }
}

/// The result of a call for which nothing was started.
pub(super) fn not_started(why: &str) -> ToolOutcome {
    ToolOutcome::error(format!("No sub-agent was started: {why}."))
}
