//! `peek`: a stretch of characters.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "peek",
        signature: "peek(start=0, end=None)",
        summary: "Characters start to end, or 2,000; negative counts from the end.",
    },
    python: include_str!("peek.py"),
    call: None,
};
