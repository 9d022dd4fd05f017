//! What comes back of a sub-agent: one result for the call, one record for the log.

use headwater_protocol::events::{SubagentReturned, SubagentStarted};
use headwater_protocol::{EndReason, SessionId, ToolOutcome};
use schemars::JsonSchema;
use serde::Serialize;

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
            text.extend(["\n(", calls, " denied, since nobody was there to approve.)"]);
        }
        text
    }

    fn why(&self) -> String {
        let said = match self.reason {
            EndReason::Done => "it is done",
            EndReason::Interrupted | EndReason::Terminated => "it was cancelled",
            EndReason::NeedsPerson => "it cannot go on without a person",
            EndReason::MaxSteps => "its limit of steps was reached",
            EndReason::MaxCost => "the cost limit of the session was reached",
            EndReason::MaxTime => "its time was up",
            EndReason::Stalled => "it made no progress any more",
            EndReason::Failures => "too many of its steps in a row failed",
            EndReason::WindowFull => "its task filled the model's window; give it a smaller one",
            EndReason::ProviderFailed => "the provider failed",
            EndReason::HookStop => "a hook stopped it",
            EndReason::ContractUnmet => "what it declared is not there",
            EndReason::BudgetSpent | EndReason::Error => "it failed",
        };
        match &self.failure {
            Some(failure) => format!("{said} ({})", failure.trim_end_matches('.')),
            None => said.to_owned(),
        }
    }
}

/// The screen's shape `task`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Shown<'a> {
    kind: &'static str,
    agent: &'a str,
    title: &'a str,
    session: &'a SessionId,
    reason: EndReason,
    steps: u32,
    millis: u64,
}

/// The result of the call.
pub(super) fn outcome(started: &SubagentStarted, returned: &SubagentReturned) -> ToolOutcome {
    let shown = Shown {
        kind: "task",
        agent: &started.agent,
        title: &started.title,
        session: &started.opened,
        reason: returned.reason,
        steps: returned.steps,
        millis: returned.millis,
    };
    // A plain struct always serializes.
    let data = serde_json::to_value(&shown).unwrap_or_default();
    let outcome = ToolOutcome::text(returned.text.clone()).with_data(data);
    ToolOutcome { is_error: returned.reason != EndReason::Done, ..outcome }
}

/// The result of a call for which nothing was started.
pub(super) fn not_started(why: &str) -> ToolOutcome {
    ToolOutcome::error(format!("No sub-agent was started: {why}."))
}

#[cfg(test)]
mod tests {
    use headwater_protocol::tool::schema_of;
    use headwater_protocol::{ModeId, Usage};

    use super::*;

    #[test]
    fn b1_the_json_of_a_task_keeps_its_schema() {
        let started = SubagentStarted {
            call: "c".into(),
            opened: "s".into(),
            number: 1,
            agent: "general".to_owned(),
            title: "Look around".to_owned(),
            model: "acme/large".to_owned(),
            mode: ModeId::Plan,
            tools: Vec::new(),
            foreign: None,
        };
        let returned = SubagentReturned {
            call: "c".into(),
            opened: "s".into(),
            reason: EndReason::MaxSteps,
            text: "Two files.".to_owned(),
            steps: 3,
            usage: Usage::default(),
            cost_usd: None,
            millis: 5,
            foreign: None,
        };
        let schema = jsonschema::validator_for(&schema_of::<Shown<'_>>()).unwrap();
        let mut data = outcome(&started, &returned).data;
        assert!(schema.is_valid(&data), "{data}");
        data["more"] = serde_json::json!(1);
        assert!(!schema.is_valid(&data), "the schema lets anything through");
    }
}
