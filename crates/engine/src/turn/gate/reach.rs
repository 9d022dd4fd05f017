//! The audit of the network: a call that reaches it is on record with what let it run, before it runs.

use headwater_policy::Decision;
use headwater_protocol::events::CallAllowed;
use headwater_protocol::{Access, Confinement, ToolCall};

use crate::parts::RegisteredTool;
use crate::turn::{Turn, TurnError};

impl Turn<'_> {
    /// Records that `call` may reach the network, where it does.
    pub(super) async fn note_reach(
        &mut self,
        call: &ToolCall,
        tool: &RegisteredTool,
        confinement: Confinement,
    ) -> Result<(), TurnError> {
        let Ok(access) = tool.tool.access(&call.input) else { return Ok(()) };
        let reaches = self.parts.rulebook.reaches_network(&self.question(tool, &access));
        // What runs elsewhere is held by no sandbox.
        let is_command = matches!(access, Access::Run { .. });
        let has_network = confinement > Confinement::WorkspaceWrite || !is_command;
        if !(reaches && has_network) {
            return Ok(());
        }
        let rule = match self.decide(tool, &access) {
            Decision::Allow { rule, .. } => rule,
            // An answer let it run; that is on record.
            Decision::Ask { .. } | Decision::Deny { .. } => String::new(),
        };
        self.ledger.record(CallAllowed { call: call.call.clone(), rule, confinement }).await?;
        Ok(())
    }
}
