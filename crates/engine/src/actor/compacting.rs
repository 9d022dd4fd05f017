//! `/compact`: the older messages are summarized because the person asks for it.

use std::collections::VecDeque;

use headwater_protocol::events::{RepairKind, Repaired};
use headwater_protocol::{Delta, Op};

use super::running::record_revoked;
use super::steering::Steering;
use super::{Actor, Flow};
use crate::asking::Asking;
use crate::ledger::LedgerError;
use crate::relief::Relief;
use crate::turn::TurnError;

impl Actor {
    pub(super) async fn compact(
        &mut self,
        focus: String,
        later: &mut VecDeque<Op>,
    ) -> Result<Flow, LedgerError> {
        let Self { ledger, parts, store, ops, .. } = self;
        let mut steering = Steering::new(parts, store, ledger.updates(), later);
        let cancel = steering.cancel.clone();
        let outcome = {
            let asking = Asking { ledger: &mut *ledger, provider: parts.provider.as_ref(), cancel: &cancel };
            let (thresholds, store, hooks) = (parts.thresholds, Some(parts.blobs.as_path()), Some(&*parts));
            let mut relief = Relief { asking, thresholds, store, hooks };
            let work = relief.compact(&focus);
            steering.run(ops, std::future::pending(), work).await
        };
        let said = match outcome {
            Ok(true) => None,
            Ok(false) => Some(
                "Nothing was compacted: there is too little before the newest messages, or no summary came."
                    .to_owned(),
            ),
            Err(TurnError::Interrupted) => Some("Interrupted; nothing was compacted.".to_owned()),
            Err(TurnError::Ledger(error)) => return Err(error),
            Err(TurnError::Provider(error)) => {
                Some(format!("Nothing was compacted: {error}. {}", error.next_step()))
            }
            Err(TurnError::Repl(error)) => Some(error.to_string()),
        };
        match said {
            // A summary that was asked for is no longer waited for, and the log says so.
            Some(detail) if ledger.state().relief.is_asking() => {
                ledger.record(Repaired { kind: RepairKind::UnfinishedEdit, call: None, detail }).await?;
                ledger.commit();
            }
            Some(text) => ledger.tell_delta(Delta::Notice { text }).await,
            None => {}
        }
        record_revoked(ledger, std::mem::take(&mut steering.revoked)).await?;
        Ok(steering.flow)
    }
}
