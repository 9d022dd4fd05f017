//! `vars`: the variables, and copies of them.

use headwater_protocol::repl::HelperDoc;

use crate::entry::HelperEntry;

pub(super) const HELPER: HelperEntry = HelperEntry {
    doc: HelperDoc {
        name: "vars",
        signature: "vars() · save(name) · load(name)",
        summary: "The variables: (name, type, bytes); a copy kept, a copy fetched.",
    },
    python: include_str!("vars.py"),
    call: None,
};
