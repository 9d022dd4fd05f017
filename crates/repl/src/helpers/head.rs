//! `head`: the first and the last lines.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "head",
        signature: "head(n=20) · tail(n=20)",
        summary: "The first, or the last, n lines.",
    },
    python: include_str!("head.py"),
    call: None,
};
