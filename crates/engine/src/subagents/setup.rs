//! What sub-agents of a session are made with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use headwater_protocol::AnyTool;
use tokio::sync::Semaphore;

use super::roster::Roster;
use super::tool::Task;
use crate::sessions::SessionStore;

/// What sub-agents are made with.
#[derive(Clone, Debug)]
pub struct SubagentSetup {
    /// The kinds there are.
    pub roster: Roster,
    /// How many work at once; more wait for their turn.
    pub parallel: usize,
    /// Model requests that one may make.
    pub max_steps: u32,
    /// How long one may work, waiting for its turn and for the person not counted.
    pub max_time: Duration,
    /// Names of models in definitions, and what they mean here.
    pub models: BTreeMap<String, String>,
}

impl Default for SubagentSetup {
    fn default() -> Self {
        Self {
            roster: Roster::default(),
            parallel: 4,
            max_steps: 50,
            max_time: Duration::from_mins(15),
            models: BTreeMap::new(),
        }
    }
}

/// The sub-agents of a session that runs. Clones share everything.
#[derive(Clone)]
pub(crate) struct Subagents {
    pub(super) setup: Arc<SubagentSetup>,
    pub(super) roster: Arc<Roster>,
    pub(super) store: SessionStore,
    pub(super) slots: Arc<Semaphore>,
    numbers: Arc<AtomicU32>,
}

impl Subagents {
    pub(crate) fn new(setup: SubagentSetup, store: SessionStore) -> Self {
        Self {
            roster: Arc::new(setup.roster.clone()),
            slots: Arc::new(Semaphore::new(setup.parallel.max(1))),
            setup: Arc::new(setup),
            store,
            numbers: Arc::default(),
        }
    }

    /// The tool that starts them.
    pub(crate) fn tool(&self) -> Arc<dyn AnyTool> {
        Arc::new(Task::new(Arc::clone(&self.roster)))
    }

    /// The number of the next one; so many have been started as the log says.
    pub(super) fn number(&self, started: usize) -> u32 {
        let started = u32::try_from(started).unwrap_or(u32::MAX);
        self.numbers.fetch_max(started, Ordering::SeqCst);
        self.numbers.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }
}
