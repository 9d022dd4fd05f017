//! Numbers after a salvage: dense again, and what names a record by its number names the same record as before.

use std::collections::HashMap;

use headwater_protocol::{ContextEdit, Event, Passage, Record};

/// Numbers `records` by their place. Names of records that are lost are left out where a list may be shorter; the end of a
/// range becomes the next record that is there.
pub(super) fn renumber(records: &mut [Record], is_new: impl Fn(&Record) -> bool) {
    let mut numbers = Numbers::default();
    for (place, record) in (0..).zip(records.iter_mut()) {
        if !is_new(record) {
            numbers.places.entry(record.seq).or_insert(place);
            numbers.order.push((record.seq, place));
        }
        record.seq = place;
    }
    numbers.order.sort_unstable();
    if numbers.order.iter().all(|(seq, place)| seq == place) {
        return;
    }
    for record in records {
        numbers.rename(&mut record.event);
    }
}

/// Where the records stand now, by their old numbers.
#[derive(Default)]
struct Numbers {
    places: HashMap<u64, u64>,
    order: Vec<(u64, u64)>,
}

impl Numbers {
    fn rename(&self, event: &mut Event) {
        if let Event::ContextEdited(edited) = event {
            edited.plan.edits.iter_mut().for_each(|edit| self.rename_in(edit));
        } else if let Event::CoverageChanged(changed) = event {
            changed.coverage.iter_mut().for_each(|one| self.keep(&mut one.evidence));
        } else if let Event::Rewound(rewound) = event {
            rewound.to = self.next(rewound.to);
            rewound.redoes = rewound.redoes.map(|rewind| self.next(rewind));
        } else if let Event::SummaryRequested(asked) = event {
            asked.ask.before = self.next(asked.ask.before);
        }
    }

    fn rename_in(&self, edit: &mut ContextEdit) {
        match edit {
            ContextEdit::Externalize { replacement, .. } => self.rename_passage(&mut replacement.passage),
            ContextEdit::ClearResults { cleared } => {
                for one in cleared {
                    self.rename_passage(&mut one.passage);
                }
            }
            ContextEdit::Summarize { before, keep, .. } | ContextEdit::Drop { before, keep, .. } => {
                *before = self.next(*before);
                self.keep(keep);
            }
            ContextEdit::Reframe { .. } => {}
        }
    }

    fn rename_passage(&self, passage: &mut Passage) {
        match passage {
            Passage::Part(record) | Passage::Said(record) | Passage::Thought(record) => {
                *record = self.next(*record);
            }
            Passage::Result(_) | Passage::Input(_) => {}
        }
    }

    fn keep(&self, records: &mut Vec<u64>) {
        *records = records.iter().filter_map(|record| self.places.get(record).copied()).collect();
    }

    /// The place of a record, or of the first behind it that is there.
    fn next(&self, record: u64) -> u64 {
        let at = self.order.partition_point(|(seq, _)| *seq < record);
        self.order.get(at).map_or(record, |(_, place)| *place)
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{ContextEdited, UserMessage};
    use headwater_protocol::{ContextEditPlan, EditKind, EditReason, Timestamp, Tokens};

    use super::*;

    fn record(seq: u64, event: impl Into<Event>) -> Record {
        Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event: event.into() }
    }

    fn edited(before: u64, keep: Vec<u64>) -> ContextEdited {
        let edits = vec![ContextEdit::Summarize { before, text: String::new(), keep }];
        let plan = ContextEditPlan { reason: EditReason::Asked, estimate: Tokens(1), edits };
        ContextEdited { kind: EditKind::Summarize, before: Tokens(2), after: Tokens(1), plan }
    }

    #[test]
    fn r_d_an_edit_names_the_same_messages_after_lines_before_it_were_lost() {
        let said = |seq| record(seq, UserMessage { text: seq.to_string() });
        // Record 3 is lost, and something new stands before record 5.
        let new = record(u64::MAX, UserMessage { text: "new".into() });
        let mut records = vec![said(0), said(1), said(2), said(4), new, said(5), said(6)];
        records.push(record(7, edited(5, vec![1, 3, 4])));
        renumber(&mut records, |record| record.seq == u64::MAX);
        assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
        assert_eq!(records[7].event, edited(5, vec![1, 3]).into());
        assert_eq!(records[5].event, UserMessage { text: "5".into() }.into());
        assert_eq!(records[3].event, UserMessage { text: "4".into() }.into());
    }
}
