//! The top level holds what docs/ARCHITECTURE.md lists, and nothing else.

use super::Rule;
use crate::{Finding, Repository};
use anyhow::Result;
use std::collections::BTreeSet;

pub(super) const RULE: Rule =
    Rule { name: "top-level", promise: "the top level holds what the architecture lists", check };

const LISTED: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".config",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "assets",
    "crates",
    "docs",
    "prompts",
    "spec",
    "tests",
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let present: BTreeSet<&str> =
        repository.paths().iter().filter_map(|path| path.split('/').next()).collect();
    let strange = present.into_iter().filter(|name| !LISTED.contains(name));
    Ok(strange
        .map(|name| Finding::file(name, "is not in the list of docs/ARCHITECTURE.md, *Top level*"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_files_at_the_top_are_found_once() {
        let files = [
            ("Cargo.toml", ""),
            ("docs/a.md", ""),
            ("scripts/a.sh", ""),
            ("scripts/b.sh", ""),
            ("TODO.md", ""),
        ];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let names: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(names, ["TODO.md", "scripts"]);
    }
}
