//! Going beyond the card: the mission waits, and the person sees what would change (RECURSIVE §7.9).

use std::sync::{Arc, PoisonError, RwLock};

use headwater_protocol::events::{MissionAmended, MissionProposed};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::{Approver, Delta, Event};
use tokio::sync::{mpsc, oneshot};

use super::deciding::approval;
use super::drafting::proposed;
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
    answer: oneshot::Sender<AmendAnswer>,
}

/// Puts a wish before the person: the change in one line, and the card that would allow it.
pub(super) async fn put(ledger: &mut Ledger, wish: Wish) -> Result<Option<Pending>, LedgerError> {
    let Some(shown) = ledger.state().mission.card.clone() else { return Ok(None) };
    let Some(amendment) = amend(&shown.card, &wish.beyond, None) else {
        wish.answer.send(Err(format!("no sub-task could {}", wish.beyond))).ok();
        return Ok(None);
    };
    ledger.record(MissionAmended { mission: shown.mission.clone(), change: amendment.change }).await?;
    let card = amendment.card;
    let revision = Revision { hash: card.hash(), lint: lint(&card), card };
    ledger.record(proposed(&shown.mission, shown.revision + 1, revision)).await?;
    ledger.commit();
    Ok(Some(Pending { answer: wish.answer }))
}

/// Whether the card that waits is an amendment of one that runs.
pub(crate) fn is_amendment(ledger: &Ledger) -> bool {
    let decided = ledger.live().into_iter().rev().find(|record| {
        matches!(
            record.event,
            Event::MissionAmended(_)
                | Event::MissionApproved(_)
                | Event::MissionRejected(_)
                | Event::MissionRevised(_)
                | Event::MissionEnded(_)
        )
    });
    decided.is_some_and(|record| matches!(record.event, Event::MissionAmended(_)))
}

/// Puts the card back that was approved before the amendment, with the approval it had.
pub(crate) async fn withdraw(ledger: &mut Ledger) -> Result<(), LedgerError> {
    let records = ledger.live().into_iter().rev();
    let approved = records.clone().find_map(|record| {
        if let Event::MissionApproved(approved) = &record.event { Some(approved.clone()) } else { None }
    });
    let Some(approved) = approved else { return Ok(()) };
    let before = records.filter_map(|record| {
        if let Event::MissionProposed(proposed) = &record.event { Some(proposed) } else { None }
    });
    let before = before.into_iter().find(|proposed| proposed.hash == approved.hash).cloned();
    let (Some(before), Some(shown)) = (before, ledger.state().mission.card.clone()) else { return Ok(()) };
    ledger.record(MissionProposed { revision: shown.revision + 1, ..before }).await?;
    ledger.record(approved).await?;
    ledger.commit();
    Ok(())
}

/// Settles a wish by the person's decision. The wish stays when the decision was none: it comes back.
pub(super) async fn settle(
    ledger: &mut Ledger,
    pending: Pending,
    decision: MissionDecision,
    (grant, account): (&GrantInForce, &Account),
) -> Result<Option<Pending>, LedgerError> {
    let Some(shown) = ledger.state().mission.card.clone() else { return Ok(None) };
    match decision {
        MissionDecision::Approve { hash } => {
            let approved = match approval(&shown, &hash, Approver::Person) {
                Ok(approved) => approved,
                // It was meant for another card: the wish stays before the person.
                Err(error) => return stays(ledger, pending, error.to_string()).await,
            };
            let rules = match GrantRules::new(&approved.grant) {
                Ok(rules) => rules,
                Err(message) => return stays(ledger, pending, message).await,
            };
            account.amend(approved.budget);
            ledger.record(approved).await?;
            ledger.commit();
            grant.replace(rules);
            pending.answer.send(Ok(())).ok();
            Ok(None)
        }
        MissionDecision::Reject { reason } => {
            withdraw(ledger).await?;
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            pending.answer.send(Err(format!("the person said no{why}; go on inside the card"))).ok();
            Ok(None)
        }
        MissionDecision::Revise { .. } | MissionDecision::Toggle { .. } | MissionDecision::Budget(_) => {
            let told = "The mission waits for a yes or a no to this one change.";
            stays(ledger, pending, told.to_owned()).await
        }
    }
}

/// The wish stays before the person, who is told why.
async fn stays(ledger: &mut Ledger, pending: Pending, text: String) -> Result<Option<Pending>, LedgerError> {
    ledger.tell_delta(Delta::Notice { text }).await;
    Ok(Some(pending))
}
