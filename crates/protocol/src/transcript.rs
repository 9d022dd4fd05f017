//! The transcript: append-only, the only truth.

use std::sync::Arc;

use crate::event::Event;
use crate::record::Record;
use crate::views::Rewinds;

/// The records of one session in order. There is no way to remove or change one.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    records: Vec<Arc<Record>>,
}

/// A record that does not continue the transcript.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {found} cannot follow: the next sequence number is {expected}")]
pub struct OutOfSequence {
    /// What had to come.
    pub expected: u64,
    /// What came.
    pub found: u64,
}

impl Transcript {
    /// Appends the next record; its `seq` must be [`Transcript::next_seq`].
    pub fn append(&mut self, record: Arc<Record>) -> Result<(), OutOfSequence> {
        let expected = self.next_seq();
        if record.seq != expected {
            return Err(OutOfSequence { expected, found: record.seq });
        }
        self.records.push(record);
        Ok(())
    }

    /// The sequence number of the next record.
    pub fn next_seq(&self) -> u64 {
        self.records.len() as u64
    }

    /// All records, oldest first.
    pub fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// The records that still count, oldest first: without what the conversation was taken back over, and without the
    /// rewinds that did so.
    pub fn live(&self) -> Vec<&Arc<Record>> {
        let (mut live, mut rewinds): (Vec<&Arc<Record>>, _) = (Vec::new(), Rewinds::default());
        // What each rewind took, and where it stood.
        let mut undone: Vec<(usize, Vec<&Arc<Record>>)> = Vec::new();
        for record in &self.records {
            let is_back = matches!(
                &record.event,
                Event::Rewound(rewound) if rewound.scope.has_conversation() && rewinds.accepts(rewound)
            );
            let place = rewinds.apply(record, || live.len());
            match (is_back, place, &record.event) {
                (false, _, _) => live.push(record),
                (true, Some(_), Event::Rewound(rewound)) if rewound.redoes.is_some() => {
                    let (at, taken) = undone.pop().unwrap_or_default();
                    let since = live.split_off(at.min(live.len()));
                    live.extend(taken);
                    // Files that were put back meanwhile were taken back before this could be: nothing of it is left.
                    live.extend(
                        since.into_iter().filter(|record| !matches!(record.event, Event::Rewound(_))),
                    );
                }
                (true, place, _) => {
                    let at = place.map_or(live.len(), |place| *place);
                    undone.push((at, live.split_off(at)));
                }
            }
        }
        live
    }
}
