//! The messages one can go back to.

use headwater_protocol::Event;
use headwater_protocol::op::RewindPoint;

use super::lives::Lives;
use crate::ledger::Ledger;
use crate::sessions::SessionStore;

/// The messages that count, oldest first, each with the number of files that were changed after it.
pub(crate) fn points(ledger: &Ledger, store: &SessionStore) -> Vec<RewindPoint> {
    let lives = Lives::of(ledger, store);
    let point = |seq: u64| {
        let record = ledger.records().get(usize::try_from(seq).ok()?)?;
        let Event::UserMessage(message) = &record.event else { return None };
        let files = lives.count_since(seq);
        Some(RewindPoint { seq, at: record.at, text: message.text.clone(), files })
    };
    ledger.state().rewinds.points().filter_map(point).collect()
}
