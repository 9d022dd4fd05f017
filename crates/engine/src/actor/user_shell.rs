//! A command of the person (`!`): it runs with the person's own rights, its output is shown and kept for the
//! model to see with the next message.

use std::collections::VecDeque;
use std::sync::Arc;

use headwater_protocol::events::UserShell;
use headwater_protocol::tool::Person;
use headwater_protocol::{
    Bytes, CallId, Cancel, Capability, Confinement, Delta, Op, ToolContext, ToolOutcome, Update,
};
use tokio::sync::mpsc::error::TrySendError;

use super::{Actor, Flow};
use crate::ledger::LedgerError;

impl Actor {
    pub(super) async fn user_shell(
        &mut self,
        command: String,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let cancel = Cancel::new();
        let Some(shell) = self.parts.tools.of(Capability::Shell) else { return Ok(Flow::Continue) };
        let input = serde_json::json!({ "command": command });
        let mut running = shell.tool.run(input, self.shell_context(cancel.clone()));
        let mut flow = Flow::Continue;
        let outcome: ToolOutcome = loop {
            tokio::select! {
                outcome = &mut running => break outcome,
                op = self.ops.recv(), if flow == Flow::Continue => match op {
                    None | Some(Op::Shutdown) => {
                        flow = Flow::End;
                        cancel.cancel();
                    }
                    Some(Op::Interrupt) => cancel.cancel(),
                    Some(other) => later.push_back(other),
                },
            }
        };
        drop(running);
        let kept = UserShell { command, output: outcome.model_text, is_error: outcome.is_error };
        self.ledger.record(kept).await?;
        self.ledger.commit();
        Ok(flow)
    }

    fn shell_context(&self, cancel: Cancel) -> ToolContext {
        let updates = self.ledger.updates();
        let call = CallId::new(format!("user-{}", self.ledger.transcript().next_seq()));
        let shown = call.clone();
        ToolContext {
            call,
            workspace: self.parts.workspace.clone(),
            blobs: self.parts.blobs.clone(),
            confinement: Confinement::Unconfined,
            files_seen: Arc::clone(&self.ledger.state().files),
            result_cap: Bytes(self.parts.result_cap().0),
            cancel,
            progress: Arc::new(move |text: &str| {
                let delta = Delta::ToolOutput { call: shown.clone(), text: text.to_owned() };
                match updates.try_send(Update::Delta(delta)) {
                    // Live output may be lost when the front end is slow; the record has all of it.
                    Ok(()) | Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
                }
            }),
            person: Arc::new(self.parts.desk.clone()) as Arc<dyn Person>,
        }
    }
}
