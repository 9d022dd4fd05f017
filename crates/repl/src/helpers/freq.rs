//! `freq`: counts and groups.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "freq",
        signature: "freq(items, k=20) · group_by(items, key)",
        summary: "The most frequent items with counts; a dict of lists.",
    },
    python: include_str!("freq.py"),
    call: None,
};
