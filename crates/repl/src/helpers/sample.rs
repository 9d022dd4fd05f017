//! `sample`: a few of many, always the same.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "sample",
        signature: "sample(items_or_n, n, seed=0, by=None)",
        summary: "n of them, the same for a seed; by= keeps the shares of groups.",
    },
    python: include_str!("sample.py"),
    call: None,
};
