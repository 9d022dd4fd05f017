//! A model that stands in for one that fails for now (HARNESS S10): for a turn, for the root of a mission, and for its
//! children.
//!
//! *Invariants:* a switch is a record before the other model is asked; nobody stands in for a refusal.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::events::FellBack;
use headwater_protocol::{Cancel, Delta, Limit, Provider, ProviderError};
use tokio::sync::OnceCell;

use crate::children::Journal;
use crate::ledger::Ledger;
use crate::parts::unlimited_cost;
use crate::setup::Fallback;
use crate::turn::TurnError;

/// Whether another model, or another vendor, may well answer the same request.
pub(crate) fn may_stand_in(error: &ProviderError) -> bool {
    match error {
        ProviderError::RateLimited { .. }
        | ProviderError::QuotaExhausted { .. }
        | ProviderError::Overloaded { .. }
        | ProviderError::Unreachable { .. }
        | ProviderError::TimedOut { .. }
        | ProviderError::Cut { .. } => true,
        ProviderError::Unauthorized { .. }
        | ProviderError::BadRequest { .. }
        | ProviderError::WindowExceeded { .. }
        | ProviderError::NotUnderstood { .. }
        | ProviderError::Filtered { .. }
        | ProviderError::Cancelled => false,
    }
}

/// Vendor and model.
pub(crate) fn name_of(provider: &dyn Provider) -> String {
    format!("{}/{}", provider.vendor(), provider.model().name)
}

/// A model that failed, and what it takes to let another one answer.
pub(crate) struct Failing<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) provider: &'a dyn Provider,
    pub(crate) fallback: Option<Fallback>,
    pub(crate) cancel: &'a Cancel,
    /// What the person allows, where the cost of the other model is to be told of.
    pub(crate) limits: Option<&'a Limit>,
}

impl Failing<'_> {
    /// The model that answers from now on, and the record that says so; `None` where none stands in for this error.
    pub(crate) async fn fall_back(
        self,
        error: &ProviderError,
    ) -> Result<Option<Arc<dyn Provider>>, TurnError> {
        let Some(connect) = self.fallback.filter(|_| may_stand_in(error)) else { return Ok(None) };
        let connected = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(TurnError::Interrupted),
            connected = connect() => connected,
        };
        let other = match connected {
            Ok(other) if name_of(other.as_ref()) != name_of(self.provider) => other,
            Ok(_same) => return Ok(None),
            Err(why) => {
                let text = format!("The fallback model cannot stand in: {why}");
                self.ledger.tell_delta(Delta::Notice { text }).await;
                return Ok(None);
            }
        };
        let notice = self.limits.and_then(|limits| unlimited_cost(limits, other.model()));
        if let Some(text) = notice {
            self.ledger.tell_delta(Delta::Notice { text }).await;
        }
        let failure = Failure { kind: error.kind(), message: &error.to_string() };
        self.ledger.record(fell_back(self.provider, other.as_ref(), failure)).await?;
        self.ledger.commit();
        Ok(Some(other))
    }
}

/// What failed, by its stable name and in one sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
}

fn fell_back(from: &dyn Provider, to: &dyn Provider, failure: Failure<'_>) -> FellBack {
    FellBack {
        from: name_of(from),
        vendor: to.vendor().to_owned(),
        model: to.model().clone(),
        kind: failure.kind.to_owned(),
        message: failure.message.to_owned(),
        of_children: false,
    }
}

/// Who stands in for the models of children: once for each, for the rest of the process.
#[derive(Clone, Default)]
pub struct StandIns {
    connect: Option<Fallback>,
    /// By the name of the model that failed; `None` where nobody stands in for it.
    others: Arc<Mutex<HashMap<String, Arc<Found>>>>,
}

/// Who was found for a model.
type Found = OnceCell<Option<Arc<dyn Provider>>>;

impl fmt::Debug for StandIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIns").field("has_fallback", &self.connect.is_some()).finish_non_exhaustive()
    }
}

impl StandIns {
    /// Those that this way leads to.
    pub fn new(connect: Option<Fallback>) -> Self {
        Self { connect, others: Arc::default() }
    }

    /// The way.
    pub(crate) fn connect(&self) -> Option<Fallback> {
        self.connect.clone()
    }

    /// Who answers for a model by now.
    pub(crate) fn current(&self, provider: &dyn Provider) -> Option<Arc<dyn Provider>> {
        self.found(&name_of(provider)).get().cloned().flatten()
    }

    /// From now on nobody stands in for a model: what it says is not for another to answer.
    pub(crate) fn never(&self, provider: &dyn Provider) {
        // Where somebody does already, nobody asks this one any more.
        self.found(&name_of(provider)).set(None).ok();
    }

    /// Who answers for a model that failed; the first to ask records it.
    pub(crate) async fn switch(
        &self,
        failed: &dyn Provider,
        failure: Failure<'_>,
        journal: &Journal,
    ) -> Option<Arc<dyn Provider>> {
        let connect = self.connect.clone()?;
        let found = self.found(&name_of(failed));
        let find = async {
            let other = match connect().await {
                Ok(other) if name_of(other.as_ref()) != name_of(failed) => other,
                Ok(_same) => return None,
                Err(why) => {
                    tracing::warn!(%why, "the fallback model cannot stand in for the children's");
                    return None;
                }
            };
            let fell_back = FellBack { of_children: true, ..fell_back(failed, other.as_ref(), failure) };
            journal.record(fell_back).await.ok()?;
            Some(other)
        };
        found.get_or_init(|| find).await.clone()
    }

    fn found(&self, name: &str) -> Arc<Found> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(others.entry(name.to_owned()).or_default())
    }
}
