//! `coverage`: how much of the context was read.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "coverage",
        signature: "coverage(spans)",
        summary: "The share of the context that these parts are, gaps, what was read twice.",
    },
    python: include_str!("coverage.py"),
    call: None,
};
