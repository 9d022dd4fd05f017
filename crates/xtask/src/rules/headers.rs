//! Every Rust file begins with a `//!` sentence that says what it is.

use super::Rule;
use crate::{Finding, Repository};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "headers", promise: "every file begins with a `//!` sentence", check };

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let bare = repository.rust().iter().filter(|file| !has_header(file.text()));
    Ok(bare
        .map(|file| Finding::line(file.path(), 1, "begin with `//!` and a sentence what this file is"))
        .collect())
}

fn has_header(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "))
        .is_some_and(|sentence| !sentence.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_sentence_is_found() {
        let files =
            [("a.rs", "//! A.\n"), ("b.rs", "fn b() {}\n"), ("c.rs", "//!\n"), ("d.rs", "\n//! D.\n")];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["b.rs", "c.rs", "d.rs"]);
    }
}
