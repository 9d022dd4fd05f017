//! The children of a session: who is asked, who has answered, and what the log can answer again.

use std::collections::HashMap;
use std::sync::Arc;

use super::View;
use crate::event::Event;
use crate::events::{ChildReturned, ChildStarted, ChildStatus};
use crate::ids::ChildId;
use crate::record::Record;
use crate::time::Timestamp;
use crate::units::{Usage, Usd};

/// One child as the records tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// How it began.
    pub started: Arc<ChildStarted>,
    /// When.
    pub at: Timestamp,
    /// How it ended; absent while it is asked.
    pub returned: Option<Arc<ChildReturned>>,
}

/// The children in the order in which they were asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Children {
    list: Vec<Child>,
    places: HashMap<ChildId, usize>,
    /// The children that answered, by their key.
    answered: HashMap<String, usize>,
    /// What they consumed together.
    pub usage: Usage,
    /// What that cost, as far as known.
    pub cost: Usd,
    /// How many ended without an answer.
    pub failed: u32,
}

impl Children {
    /// All of them, in the order in which they were asked.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Child> {
        self.list.iter()
    }

    /// How many were asked.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Those that are still asked.
    pub fn open(&self) -> impl Iterator<Item = &Child> {
        self.list.iter().filter(|child| child.returned.is_none())
    }

    /// One of them.
    pub fn get(&self, child: &ChildId) -> Option<&Child> {
        self.list.get(*self.places.get(child)?)
    }

    /// The answer that the log has for a key: nobody pays twice.
    pub fn answer(&self, key: &str) -> Option<&Arc<ChildReturned>> {
        self.list.get(*self.answered.get(key)?)?.returned.as_ref()
    }

    fn started(&mut self, at: Timestamp, started: &ChildStarted) {
        self.places.insert(started.child.clone(), self.list.len());
        self.list.push(Child { started: Arc::new(started.clone()), at, returned: None });
    }

    fn returned(&mut self, returned: &ChildReturned) {
        let Some(place) = self.places.get(&returned.child).copied() else { return };
        let Some(child) = self.list.get_mut(place) else { return };
        if matches!(returned.status, ChildStatus::Ok | ChildStatus::Truncated) {
            self.answered.insert(child.started.key.clone(), place);
        }
        child.returned = Some(Arc::new(returned.clone()));
        self.failed += u32::from(returned.is_error);
        self.usage.input += returned.usage.input;
        self.usage.cached += returned.usage.cached;
        self.usage.cache_written += returned.usage.cache_written;
        self.usage.output += returned.usage.output;
        self.usage.reasoning += returned.usage.reasoning;
        self.cost += returned.cost_usd.unwrap_or_default();
    }
}

impl View for Children {
    fn apply(&mut self, record: &Record) {
        if let Event::ChildStarted(started) = &record.event {
            self.started(record.at, started);
        } else if let Event::ChildReturned(returned) = &record.event {
            self.returned(returned);
        }
    }
}
