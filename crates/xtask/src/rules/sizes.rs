//! No file is longer than 500 lines, and a `mod.rs` is a table of contents. (Functions: clippy, `too_many_lines`.)

use super::Rule;
use crate::{Finding, Repository, SourceFile};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "sizes", promise: "files have at most 500 lines, `mod.rs` files at most 120", check };

/// The hard limit of docs/STYLE.md.
const FILE_LINES: usize = 500;
/// What a trait and a list need.
const TABLE_OF_CONTENTS_LINES: usize = 120;

/// Files that are long because they are tables of data, each with its reason.
const DATA_TABLES: &[(&str, &str)] = &[];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    Ok(breaches(repository, DATA_TABLES))
}

fn breaches(repository: &Repository, exempt: &[(&str, &str)]) -> Vec<Finding> {
    let is_exempt = |file: &&SourceFile| exempt.iter().any(|(path, _)| *path == file.path());
    let mut found: Vec<Finding> =
        repository.rust().iter().filter(|file| !is_exempt(file)).filter_map(too_long).collect();
    for (path, reason) in exempt {
        if repository.rust_file(path).and_then(too_long).is_none() {
            found.push(Finding::file(
                path,
                format!("needs no exemption any more ({reason}): strike it from the list"),
            ));
        }
    }
    found
}

fn too_long(file: &SourceFile) -> Option<Finding> {
    let lines = file.text().lines().count();
    let limit = if file.stem() == "mod" { TABLE_OF_CONTENTS_LINES } else { FILE_LINES };
    (lines > limit).then(|| {
        Finding::file(file.path(), format!("{lines} lines, of at most {limit}: split it by verb or member"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_found_unless_exempt_with_need() {
        let (long, short) = ("//! x\n".repeat(501), "//! x\n".repeat(500));
        let contents = "//! x\n".repeat(121);
        let files = [("a.rs", long.as_str()), ("b.rs", &short), ("c/mod.rs", &contents), ("d.rs", &long)];
        let repository = Repository::of(&files).unwrap();
        let exempt = [("d.rs", "a table"), ("b.rs", "once a table"), ("gone.rs", "no more")];
        let paths: Vec<String> =
            breaches(&repository, &exempt).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["a.rs", "c/mod.rs", "b.rs", "gone.rs"]);
    }
}
