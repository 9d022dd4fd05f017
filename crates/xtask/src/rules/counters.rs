//! No count of the harness stands outside of the views: what is counted is folded from the log, or it is lost at a resume.

use super::Rule;
use crate::{Finding, Repository, SourceFile};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "counters", promise: "no mutable counter stands outside of the views", check };

/// The crates that decide.
const CRATES: &[&str] =
    &["crates/protocol/src/", "crates/policy/src/", "crates/context/src/", "crates/engine/src/"];
/// Counters that change behind a shared reference, or outlive a session.
const COUNTERS: &[&str] = &[
    "AtomicU8",
    "AtomicU16",
    "AtomicU32",
    "AtomicU64",
    "AtomicUsize",
    "AtomicI32",
    "AtomicI64",
    "AtomicIsize",
    "thread_local",
];
/// Places whose figures decide nothing that a resume must know, each with why.
const LISTED: &[(&str, &str)] = &[
    ("crates/engine/src/children/meter.rs", "how many children wait, for the screen"),
    ("crates/engine/src/children/pool.rs", "the next number of a child goes on from those in the log"),
    ("crates/engine/src/conductor/bench.rs", "the next number of a call goes on from those in the log"),
    ("crates/engine/src/subagents/setup.rs", "the next number of a sub-agent goes on from those in the log"),
    ("crates/engine/src/checkpoints/recent.rs", "how far one walk over a directory has come"),
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let deciding =
        repository.rust().iter().filter(|file| CRATES.iter().any(|folder| file.path().starts_with(folder)));
    let files = deciding.filter(|file| LISTED.iter().all(|(path, _)| *path != file.path()));
    Ok(files.flat_map(counters).collect())
}

fn counters(file: &SourceFile) -> Vec<Finding> {
    let is_counter = |text: &str| COUNTERS.contains(&text);
    let found = file.tokens().iter().filter(|token| !token.is_test && is_counter(&token.text));
    let found = found.chain(file.sequences(&["static", "mut"]).filter(|token| !token.is_test));
    found.map(|token| Finding::line(file.path(), token.line, "fold it from the log, in a view")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b2_counters_outside_of_the_views_are_found() {
        let text = "//! x\nuse std::sync::atomic::AtomicU32;\nstatic mut FAILED: u32 = 0;\n#[cfg(test)]\nmod tests {\n    use std::sync::atomic::AtomicU64;\n}\n";
        let files = [
            ("crates/engine/src/turn/gate.rs", text),
            ("crates/engine/src/children/meter.rs", text),
            ("crates/tui/src/a.rs", text),
        ];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let lines: Vec<_> = found.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
        assert_eq!(
            lines,
            [("crates/engine/src/turn/gate.rs", Some(2)), ("crates/engine/src/turn/gate.rs", Some(3))]
        );
    }
}
