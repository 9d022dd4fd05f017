//! `jobs`: looks after commands in the background.

use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::tool::Heard;
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::background::Background;
use crate::report::{cap_of, data_schema, within};

/// The longest wait for the end of a job, in seconds.
const LONGEST_WAIT: u32 = 300;

/// Looks after commands in the background.
pub(super) struct Jobs {
    background: Arc<Background>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    action: Action,
    /// Its number; for poll and kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    job: Option<u32>,
    /// poll: wait so many seconds for its end, at most 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    wait_s: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    List,
    Poll,
    Kill,
}

impl Jobs {
    pub(super) fn new(background: Arc<Background>) -> Self {
        Self { background }
    }

    async fn look(&self, input: &Input, context: &ToolContext) -> ToolOutcome {
        if input.action == Action::List {
            return self.background.list();
        }
        let Some(number) = input.job else {
            return ToolOutcome::error("Say which job: `job` is its number. `list` shows them all.");
        };
        let Some(job) = self.background.find(number) else {
            return ToolOutcome::error(format!("There is no job {number}. `list` shows them all."));
        };
        match (input.action, input.wait_s) {
            (Action::Kill, _) => drop(job.kill().await),
            (Action::Poll, Some(seconds)) => {
                let patience = Duration::from_secs(seconds.min(LONGEST_WAIT).into());
                self.background.wait(&job, patience, context).await;
            }
            (Action::Poll | Action::List, _) => {}
        }
        self.background.news(&job)
    }
}

impl Tool for Jobs {
    type Input = Input;

    fn name(&self) -> &'static str {
        "jobs"
    }

    fn description(&self) -> &'static str {
        "List background jobs, get the new output of one, or kill it."
    }

    fn capability(&self) -> Capability {
        Capability::State
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<crate::background::Shown>())
    }

    fn access(&self, _input: &Input) -> Access {
        Access::Nothing
    }

    fn hears(&self, input: &Input) -> Option<Heard> {
        match input.action {
            Action::Poll => self.background.heard(input.job?),
            // Names alone, and the end of one.
            Action::List | Action::Kill => None,
        }
    }

    fn at_large(&self) -> Vec<Heard> {
        self.background.at_large()
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        let cap = cap_of(&context);
        within(self.look(&input, &context).await, cap)
    }
}
