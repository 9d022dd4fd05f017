//! The person's word about a contract: it holds at once, also while a turn runs, and is recorded at the next step.

use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::events::{ContractDeclared, Uncertainty, UncertaintyNoted, UncertaintyStatus};
use headwater_protocol::{ContractSource, Event, RunState, TaskContract};

use crate::ledger::{Ledger, LedgerError};

/// What a person says about the contract.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PersonWord {
    /// This is what must hold.
    Contract(Box<TaskContract>),
    /// These uncertainties are taken as they are; none named means all that are open.
    Accept(Vec<String>),
}

/// What was said and not yet heard. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words(Arc<Mutex<Vec<PersonWord>>>);

impl Words {
    /// Says something.
    pub(crate) fn say(&self, word: PersonWord) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(word);
    }

    fn take(&self) -> Vec<PersonWord> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Records what was said.
pub(crate) async fn hear(words: &Words, ledger: &mut Ledger) -> Result<(), LedgerError> {
    for word in words.take() {
        for event in events(ledger.state(), word) {
            ledger.record(event).await?;
        }
        ledger.commit();
    }
    Ok(())
}

fn events(state: &RunState, word: PersonWord) -> Vec<Event> {
    match word {
        PersonWord::Contract(contract) => {
            let (by, left_to_model) = (ContractSource::Person, state.contract.left_to_model(&contract));
            vec![ContractDeclared { contract: *contract, by, left_to_model }.into()]
        }
        PersonWord::Accept(ids) => {
            let is_meant = |entry: &&Uncertainty| ids.is_empty() || ids.contains(&entry.id);
            let accepted = |entry: &Uncertainty| {
                let uncertainty = Uncertainty { status: UncertaintyStatus::Accepted, ..entry.clone() };
                UncertaintyNoted { uncertainty }.into()
            };
            state.uncertainties.open().filter(is_meant).map(accepted).collect()
        }
    }
}
