//! `sample`: a few of many, always the same.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "sample",
        signature: "sample(items_or_n, n, seed=0, by=None)",
        summary: "n items, or n numbers below items_or_n, always the same for a seed; by= keeps the shares of groups.",
    },
    python: include_str!("sample.py"),
    call: None,
};
