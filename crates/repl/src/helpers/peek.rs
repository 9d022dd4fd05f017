//! `peek`: a stretch of characters.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "peek",
        signature: "peek(start=0, end=2000)",
        summary: "Characters start to end; negative counts from the end.",
    },
    python: include_str!("peek.py"),
    call: None,
};
