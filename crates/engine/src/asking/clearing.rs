//! Results that were left to the server to clear: what it says that it did is held against what it was to do. A difference
//! is no failure of the turn; from the next request on the results are cleared here.

use headwater_protocol::ServerCleared;
use headwater_protocol::events::{ClearingWithdrawn, WithdrawalCause};

use super::{Asking, Draft};
use crate::turn::TurnError;

impl Asking<'_> {
    /// Records where the server refused, or cleared something else than `planned` results. An answer that broke off before
    /// it could say says nothing.
    pub(super) async fn check_cleared(
        &mut self,
        planned: Option<u32>,
        draft: &Draft,
    ) -> Result<(), TurnError> {
        let Some(planned) = planned else { return Ok(()) };
        let Some(withdrawn) = withdrawn(planned, draft) else { return Ok(()) };
        tracing::warn!(cause = ?withdrawn.cause, detail = %withdrawn.detail, "old results are cleared here");
        Ok(self.ledger.record(withdrawn).await?)
    }
}

fn withdrawn(planned: u32, draft: &Draft) -> Option<ClearingWithdrawn> {
    let (cause, cleared, detail) = match &draft.cleared {
        Some(ServerCleared::Refused(detail)) => (WithdrawalCause::Refused, 0, detail.clone()),
        Some(ServerCleared::Results(cleared)) if *cleared == planned => return None,
        Some(ServerCleared::Results(cleared)) => {
            let detail = format!("it was to clear {planned} results and says that it cleared {cleared}");
            (WithdrawalCause::Differs, *cleared, detail)
        }
        None if draft.stop.is_none() => return None,
        None => {
            let detail = format!("it was to clear {planned} results and does not say that it cleared any");
            (WithdrawalCause::Differs, 0, detail)
        }
    };
    Some(ClearingWithdrawn { cause, planned, cleared, detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_protocol::StopSignal;

    #[test]
    fn s5_what_the_server_cleared_is_held_against_the_plan() {
        let stop = Some(StopSignal::EndTurn);
        let table = [
            ("as planned", Some(ServerCleared::Results(3)), stop, None),
            ("fewer", Some(ServerCleared::Results(2)), stop, Some((WithdrawalCause::Differs, 2))),
            ("more", Some(ServerCleared::Results(4)), stop, Some((WithdrawalCause::Differs, 4))),
            ("not said", None, stop, Some((WithdrawalCause::Differs, 0))),
            ("cut off", None, None, None),
            ("refused", Some(ServerCleared::Refused("no".into())), stop, Some((WithdrawalCause::Refused, 0))),
        ];
        for (name, cleared, stop, expected) in table {
            let mut draft = Draft::default();
            (draft.cleared, draft.stop) = (cleared, stop);
            let found = withdrawn(3, &draft).map(|withdrawn| (withdrawn.cause, withdrawn.cleared));
            assert_eq!(found, expected, "{name}");
        }
    }
}
