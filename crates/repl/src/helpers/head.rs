//! `head`: the first and the last lines.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "head",
        signature: "head(n=20, src=None) · tail(n=20, src=None)",
        summary: "The first n lines; tail: the last.",
    },
    python: include_str!("head.py"),
    call: None,
};
