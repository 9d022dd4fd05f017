//! Going beyond the card: the mission waits, and the person sees what would change (RECURSIVE §7.9).

use std::sync::{Arc, PoisonError, RwLock};

use headwater_protocol::events::{MissionAmended, MissionApproved};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::{Approver, MissionCard};
use tokio::sync::{mpsc, oneshot};

use super::deciding::approval;
use super::drafting::proposed;
use super::workshop::MissionError;
use crate::children::Account;
use crate::ledger::{Ledger, LedgerError};
use crate::mission::card::edit::Revision;
use crate::mission::card::lint::lint;
use crate::mission::grant::{Beyond, GrantRules, amend};

/// What a block is told of its wish.
pub(crate) type AmendAnswer = Result<(), String>;

/// A wish to go beyond the card.
pub(crate) struct Wish {
    pub(super) beyond: Beyond,
    pub(super) answer: oneshot::Sender<AmendAnswer>,
}

/// The grant in force, and the way to a wider one. Clones share it.
#[derive(Clone)]
pub(crate) struct GrantInForce {
    rules: Arc<RwLock<GrantRules>>,
    /// Absent where nobody can be asked.
    wishes: Option<mpsc::Sender<Wish>>,
}

impl GrantInForce {
    pub(super) fn new(rules: GrantRules, wishes: Option<mpsc::Sender<Wish>>) -> Self {
        Self { rules: Arc::new(RwLock::new(rules)), wishes }
    }

    /// Whether somebody can be asked for more.
    pub(super) fn is_attended(&self) -> bool {
        self.wishes.is_some()
    }

    /// The rules as they are now.
    pub(super) fn rules(&self) -> GrantRules {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, rules: GrantRules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// Asks to go beyond the card, and waits for the person.
    pub(super) async fn wish(&self, beyond: Beyond) -> AmendAnswer {
        let refused = format!("the approved card does not grant to {beyond}");
        let Some(wishes) = &self.wishes else {
            return Err(format!(
                "{refused}, and nobody is here to amend it; do without it, and say so in the answer"
            ));
        };
        let (answer, answered) = oneshot::channel();
        if wishes.send(Wish { beyond, answer }).await.is_err() {
            return Err(refused);
        }
        answered.await.unwrap_or(Err(refused))
    }
}

/// A wish that is before the person.
pub(super) struct Pending {
    before: MissionApproved,
    card_before: MissionCard,
    answer: oneshot::Sender<AmendAnswer>,
}

/// Puts a wish before the person: the change in one line, and the card that would allow it.
pub(super) async fn put(ledger: &mut Ledger, wish: Wish) -> Result<Option<Pending>, LedgerError> {
    let mission = &ledger.state().mission;
    let (Some(shown), Some(hash)) = (mission.card.clone(), mission.approved.clone()) else { return Ok(None) };
    let Some(amendment) = amend(&shown.card, &wish.beyond, None) else {
        wish.answer.send(Err(format!("no sub-task could {}", wish.beyond))).ok();
        return Ok(None);
    };
    let before = MissionApproved {
        mission: shown.mission.clone(),
        hash,
        grant: mission.grant.clone(),
        budget: mission.budget,
        by: Approver::Person,
    };
    let card_before = (*shown.card).clone();
    ledger.record(MissionAmended { mission: shown.mission.clone(), change: amendment.change }).await?;
    let card = amendment.card;
    let revision = Revision { hash: card.hash(), lint: lint(&card), card };
    ledger.record(proposed(&shown.mission, shown.revision + 1, revision)).await?;
    ledger.commit();
    Ok(Some(Pending { before, card_before, answer: wish.answer }))
}

/// Settles a wish by the person's decision. The wish stays when the decision was none: it comes back.
pub(super) async fn settle(
    ledger: &mut Ledger,
    pending: Pending,
    decision: MissionDecision,
    (grant, account): (&GrantInForce, &Account),
) -> Result<Option<Pending>, MissionError> {
    let Some(shown) = ledger.state().mission.card.clone() else { return Ok(None) };
    match decision {
        MissionDecision::Approve { hash } => {
            let approved = approval(&shown, &hash, Approver::Person)?;
            let rules = GrantRules::new(&approved.grant)
                .map_err(|message| MissionError::refused("grant", message, "Edit the card."))?;
            account.amend(approved.budget);
            ledger.record(approved).await?;
            ledger.commit();
            grant.replace(rules);
            pending.answer.send(Ok(())).ok();
            Ok(None)
        }
        MissionDecision::Reject { reason } => {
            // The card before goes on: it is put back as it was, with the approval it had.
            let revision =
                Revision { hash: pending.before.hash.clone(), lint: Vec::new(), card: pending.card_before };
            ledger.record(proposed(&shown.mission, shown.revision + 1, revision)).await?;
            ledger.record(pending.before).await?;
            ledger.commit();
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            pending.answer.send(Err(format!("the person said no{why}; go on inside the card"))).ok();
            Ok(None)
        }
        MissionDecision::Revise { .. } | MissionDecision::Toggle { .. } | MissionDecision::Budget(_) => {
            Ok(Some(pending))
        }
    }
}
