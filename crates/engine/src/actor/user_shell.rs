//! A command of the person (`!`): it runs with the person's own rights, its output is shown and kept for the
//! model to see with the next message.

use std::collections::VecDeque;
use std::sync::Arc;

use headwater_protocol::events::UserShell;
use headwater_protocol::{CallId, Capability, Confinement, Op};

use super::running::record_revoked;
use super::steering::Steering;
use super::{Actor, Flow};
use crate::ledger::LedgerError;
use crate::turn::{CallPlace, finish, tool_context};
use crate::withheld::Found;

impl Actor {
    pub(super) async fn user_shell(
        &mut self,
        command: String,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let Self { ledger, parts, store, ops, .. } = self;
        let Some(shell) = parts.tools.of(Capability::Shell) else { return Ok(Flow::Continue) };
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        // Its stored output bears this name too, so that no two commands may share one.
        let call = CallId::new(format!("user-{}", ledger.next_seq()));
        let cancel = steering.cancel.clone();
        // The person's own command, with the person's own eyes.
        let withheld = Found::default();
        let place = CallPlace { call, confinement: Confinement::Unconfined, cancel, withheld };
        let context = tool_context(parts, ledger, place);
        let tool = Arc::clone(&shell.tool);
        let input = serde_json::json!({ "command": command });
        let mut task = tokio::spawn(async move { tool.run(input, context).await });
        let cancel = steering.cancel.clone();
        let outcome = steering.run(ops, std::future::pending(), finish(&mut task, &cancel)).await;
        let kept = UserShell { command, output: outcome.model_text, is_error: outcome.is_error };
        ledger.record(kept).await?;
        record_revoked(ledger, std::mem::take(&mut steering.revoked)).await?;
        ledger.commit();
        Ok(steering.flow)
    }
}
