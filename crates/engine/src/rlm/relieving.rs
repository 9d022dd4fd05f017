//! The root's requests within its window. It has no tool to read stored text, and needs none: what a block has found is in
//! the variables, so that older outputs can go.

use std::time::Duration;

use headwater_protocol::{Cancel, EndReason, Tokens, Usd};

use super::root::Root;
use crate::asking::{Asking, Enough, Reply};
use crate::children::Charge;
use crate::relief::{Relief, is_too_long};
use crate::turn::TurnError;

/// Whether there is room for the next request.
pub(super) enum Room {
    There,
    /// Nothing helps: so it ends.
    Full(EndReason),
    /// The time was up before it was made.
    TimeIsUp,
}

/// Makes the next request smaller when it would fill the window, within the time that is `left`.
pub(super) async fn relieve(root: &mut Root<'_>, left: Duration) -> Result<Room, TurnError> {
    let cancel = root.cancel.child();
    let meter = Meter::begin(root);
    let outcome = tokio::time::timeout(left, relief(root, &cancel).relieve()).await;
    meter.charge(root);
    Ok(match outcome {
        Ok(reason) => reason?.map_or(Room::There, Room::Full),
        Err(_) => Room::TimeIsUp,
    })
}

/// Asks. A request that the server finds too long is made smaller and sent once more. Who asks charges for all of it,
/// also when this is dropped half way.
pub(super) async fn ask(
    root: &mut Root<'_>,
    cancel: &Cancel,
    enough: Enough<'_>,
) -> Result<Reply, TurnError> {
    let request = asking(root, cancel).project().await?;
    let error = match asking(root, cancel).ask(request, Some(enough)).await {
        Err(error) if is_too_long(&error) => error,
        outcome => return outcome,
    };
    if !relief(root, cancel).refused().await? {
        return Err(error);
    }
    let request = asking(root, cancel).project().await?;
    asking(root, cancel).ask(request, Some(enough)).await
}

fn relief<'a>(root: &'a mut Root<'_>, cancel: &'a Cancel) -> Relief<'a> {
    let thresholds = root.thresholds;
    Relief { asking: asking(root, cancel), thresholds, store: None, hooks: None }
}

fn asking<'a>(root: &'a mut Root<'_>, cancel: &'a Cancel) -> Asking<'a> {
    Asking { ledger: &mut *root.ledger, provider: root.provider.as_ref(), cancel }
}

/// What requests take, a summary's like an answer's, read off the log: it counts against the budget.
pub(super) struct Meter {
    tokens: Tokens,
    cost: Usd,
}

impl Meter {
    pub(super) fn begin(root: &Root<'_>) -> Self {
        let budget = &root.ledger.state().budget;
        Self { tokens: budget.total.input + budget.total.output, cost: budget.cost }
    }

    pub(super) fn charge(self, root: &Root<'_>) {
        let now = Self::begin(root);
        let tokens = Tokens(now.tokens.0.saturating_sub(self.tokens.0));
        root.account.charge(Charge { tokens, cost: Usd((now.cost.0 - self.cost.0).max(0.0)) });
    }
}
