//! Each line follows from what stands before it (HARNESS A5). A log without any seal is one of an older program, a stream or
//! a foreign one, and is said to be unsealed.

use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let chain = &log.loaded.chain;
    let told = match (chain.sealed, chain.unsealed) {
        (0, _) => "not sealed".to_owned(),
        (sealed, 0) => format!("{sealed} lines are sealed"),
        (sealed, before) => format!("{sealed} lines are sealed, {before} are of an older program"),
    };
    Finding { class: "seals", told, faults: chain.breaks.iter().map(ToString::to_string).collect() }
}
