//! Lints are silenced by `#[expect(lint, reason = "...")]` alone, and no test is ignored.
//!
//! A test may carry `#[ignore = "run by NAME"]` where NAME is a test beside it: the body of a process which that one
//! starts, and no test of its own.

use super::Rule;
use crate::{Finding, Repository, SourceFile};
use anyhow::Result;

pub(super) const RULE: Rule = Rule { name: "attributes", promise: "no `#[allow]` and no `#[ignore]`", check };

const BANNED: &[(&[&str], &str)] = &[
    (&["#", "[", "allow", "("], "write `#[expect(lint, reason = \"...\")]`, which goes away with its cause"),
    (
        &["#", "!", "[", "allow", "("],
        "write `#![expect(lint, reason = \"...\")]`, which goes away with its cause",
    ),
    (&["#", "[", "ignore"], "an ignored test tests nothing: mend it or strike it"),
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    Ok(repository.rust().iter().flat_map(banned).collect())
}

fn banned(file: &SourceFile) -> Vec<Finding> {
    let places = BANNED.iter().flat_map(|(tokens, advice)| {
        file.sequences(tokens).map(|first| Finding::line(file.path(), first.line, *advice))
    });
    places.filter(|finding| !is_run_by_another(file, finding)).collect()
}

fn is_run_by_another(file: &SourceFile, finding: &Finding) -> bool {
    let tokens = file.tokens().iter().filter(|token| Some(token.line) == finding.line);
    let mut runners = tokens.filter_map(|token| token.text.strip_prefix("\"run by ")?.strip_suffix('"'));
    runners.any(|name| file.sequences(&["fn", name]).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_lints_and_ignored_tests_are_found() {
        let text = "//! x\n#![allow(dead_code)]\n#[expect(dead_code, reason = \"x\")]\nfn a() {}\n\
                    #[allow(unused)]\nfn b() { let _ = \"#[allow(x)]\"; }\n#[test]\n#[ignore = \"slow\"]\nfn c() {}\n";
        let found = check(&Repository::of(&[("a.rs", text)]).unwrap()).unwrap();
        let mut lines: Vec<_> = found.iter().filter_map(|finding| finding.line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [2, 5, 8]);
    }

    #[test]
    fn the_body_of_another_test_may_be_ignored() {
        let text = "//! x\n#[test]\n#[ignore = \"run by b\"]\nfn a() {}\n#[test]\nfn b() {}\n#[ignore = \"run by c\"]\nfn d() {}\n";
        let found = check(&Repository::of(&[("a.rs", text)]).unwrap()).unwrap();
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [Some(7)]);
    }
}
