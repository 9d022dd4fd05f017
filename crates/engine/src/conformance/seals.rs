//! Each line follows from what stands before it (HARNESS A5). Without any seal are logs of an older program, foreign ones,
//! streams and exports: they are said to be unsealed. In the store of sessions a log that says by its first record that it was
//! sealed has lost its seals.

use super::{Finding, Log, Origin};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let chain = &log.loaded.chain;
    let told = match (chain.sealed, chain.unsealed) {
        (0, _) => "not sealed".to_owned(),
        (sealed, 0) => format!("{sealed} lines are sealed"),
        (sealed, before) => format!("{sealed} lines are sealed, {before} are of an older program"),
    };
    let is_stripped = log.origin == Origin::Store && log.loaded.is_stripped();
    let stripped = is_stripped.then(|| {
        "its first record is of a program that seals every line, and no line has a seal: they were taken away".to_owned()
    });
    let faults = stripped.into_iter().chain(chain.breaks.iter().map(ToString::to_string)).collect();
    Finding { class: "seals", told, faults }
}
