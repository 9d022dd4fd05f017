//! What children have answered already, by the key of everything an answer depends on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headwater_protocol::events::{ChildReturned, ChildStatus};
use headwater_protocol::repl::QueryResult;
use headwater_protocol::views::Children;
use headwater_protocol::{Usage, Usd};

/// Answers by their key. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    known: Arc<Mutex<HashMap<String, Arc<ChildReturned>>>>,
}

impl Memo {
    /// The answers which a log has.
    pub fn of(children: &Children) -> Self {
        let memo = Self::default();
        memo.learn(children);
        memo
    }

    /// Takes over the answers of another log: that of a recursive child which never came to its end.
    pub fn learn(&self, children: &Children) {
        let answers = children.iter().filter_map(|child| {
            let key = &child.started.key;
            Some((key.clone(), Arc::clone(children.answer(key)?)))
        });
        self.lock().extend(answers);
    }

    /// The answer to a key, for nothing.
    pub(super) fn answer(&self, key: &str) -> Option<QueryResult> {
        let returned = self.lock().get(key).cloned()?;
        Some(QueryResult {
            text: returned.text.clone(),
            is_cached: true,
            is_truncated: returned.status == ChildStatus::Truncated,
            cost: Some(Usd(0.0)),
            usage: Usage::default(),
            ..QueryResult::default()
        })
    }

    /// Keeps an answer; anything else is asked again.
    pub(super) fn keep(&self, key: &str, returned: ChildReturned) {
        if matches!(returned.status, ChildStatus::Ok | ChildStatus::Truncated) {
            self.lock().insert(key.to_owned(), Arc::new(returned));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<ChildReturned>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
