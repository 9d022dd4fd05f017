//! Tests wait for conditions with deadlines; they do not sleep.

use super::Rule;
use crate::{Finding, Repository, SourceFile};
use anyhow::Result;

pub(super) const RULE: Rule = Rule { name: "sleeps", promise: "no test sleeps", check };

const SLEEPS: &[&[&str]] = &[&["thread", ":", ":", "sleep"], &["time", ":", ":", "sleep"]];

/// Waits with a deadline that must look again and again, because what they look at tells nobody when it changes.
const POLLS: &[(&str, &str)] = &[
    ("crates/sandbox/tests/behaviour/stage.rs", "looks at /proc and at files"),
    ("crates/tools/tests/mcp/mod.rs", "looks at /proc and at what servers have noted in files"),
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let files = repository.rust().iter().filter(|file| POLLS.iter().all(|(path, _)| *path != file.path()));
    Ok(files.flat_map(sleeps).collect())
}

fn sleeps(file: &SourceFile) -> Vec<Finding> {
    let places = SLEEPS.iter().flat_map(|tokens| file.sequences(tokens)).filter(|token| token.is_test);
    places
        .map(|token| Finding::line(file.path(), token.line, "wait for a condition with a deadline"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeps_are_found_in_tests_alone() {
        let text = "//! x\nfn a() { std::thread::sleep(d); }\n#[cfg(test)]\nmod tests {\n    fn b() { tokio::time::sleep(d); }\n}\n";
        let files = [("crates/a/src/lib.rs", text), ("tests/b.rs", "//! x\nuse std::thread::sleep;\n")];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let lines: Vec<_> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [Some(5), Some(2)]);
    }
}
