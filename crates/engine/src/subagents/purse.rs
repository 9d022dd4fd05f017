//! What is left of the session's money while sub-agents spend it: they share it, and all of them end when it is gone.

use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::{Cancel, Usd};

/// The money of the sub-agents of one batch. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Purse {
    /// What they may spend together; absent where nothing limits it.
    limit: Option<f64>,
    spent: Arc<Mutex<f64>>,
    empty: Cancel,
}

impl Purse {
    /// What a session with this limit has left after it spent so much.
    pub(super) fn new(limit: Option<f64>, spent: Usd) -> Self {
        let left = limit.map(|limit| (limit - spent.0).max(0.0));
        Self { limit: left, spent: Arc::default(), empty: Cancel::new() }
    }

    /// What is left.
    pub(super) fn left(&self) -> Option<f64> {
        let spent = *self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        self.limit.map(|limit| (limit - spent).max(0.0))
    }

    /// Takes out what a request cost.
    pub(super) fn pay(&self, cost: Usd) {
        let is_empty = {
            let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
            *spent += cost.0;
            self.limit.is_some_and(|limit| *spent >= limit)
        };
        if is_empty {
            self.empty.cancel();
        }
    }

    /// Resolves once nothing is left.
    pub(super) async fn emptied(&self) {
        self.empty.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_all_sub_agents_together_spend_no_more_than_the_session_has() {
        let purse = Purse::new(Some(1.0), Usd(0.4));
        let other = purse.clone();
        purse.pay(Usd(0.25));
        assert!(!purse.empty.is_cancelled());
        other.pay(Usd(0.35));
        assert!(purse.empty.is_cancelled() && purse.left() == Some(0.0));
        assert_eq!(Purse::new(None, Usd(9.0)).left(), None);
    }
}
