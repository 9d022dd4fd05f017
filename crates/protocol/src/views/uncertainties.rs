//! The register of what is assumed or not known (HARNESS Z7).

use super::View;
use crate::event::Event;
use crate::events::{Uncertainty, UncertaintyStatus};
use crate::record::Record;

/// Everything that was noted, in the order in which it first was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncertainties {
    /// The entries as they stand.
    pub items: Vec<Uncertainty>,
}

impl Uncertainties {
    /// What nothing has settled and nobody has accepted.
    pub fn open(&self) -> impl Iterator<Item = &Uncertainty> {
        self.items.iter().filter(|entry| entry.status == UncertaintyStatus::Open)
    }
}

impl View for Uncertainties {
    fn apply(&mut self, record: &Record) {
        let Event::UncertaintyNoted(noted) = &record.event else { return };
        let entry = &noted.uncertainty;
        match self.items.iter_mut().find(|known| known.id == entry.id) {
            Some(known) => known.clone_from(entry),
            None => self.items.push(entry.clone()),
        }
    }
}
