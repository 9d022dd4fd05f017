//! `vars`: the variables, and copies of them.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "vars",
        signature: "vars() · save(name) · load(name)",
        summary: "The variables as (name, type, bytes); save(name) keeps a copy of one, load(name) gives that copy.",
    },
    python: include_str!("vars.py"),
    call: None,
};
