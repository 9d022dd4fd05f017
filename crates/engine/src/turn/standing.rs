//! Whether a tool may be called just now.

use headwater_protocol::ToolCall;

use super::Turn;
use crate::attempts::{Moment, Standing};

impl Turn<'_> {
    /// How a tool stands, as the log of this turn has it.
    pub(super) fn standing<'s>(&'s self, tool: &'s str) -> Standing<'s> {
        Standing::of(tool, &self.ledger.state().tools, &self.parts.tool_bounds)
    }

    /// Why this call may not run now, for the model; `None` where it may.
    pub(super) fn refusal(&self, call: &ToolCall, moment: Moment) -> Option<String> {
        self.standing(call.acts_as()).refusal(&call.call, self.ledger.now(), moment)
    }
}
