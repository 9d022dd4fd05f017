//! docs/HARNESS.md tells the truth: every row of the specification once, files that exist, tests that exist.

use std::collections::BTreeSet;

use super::Rule;
use crate::{Finding, Repository};
use anyhow::{Context as _, Result};

pub(super) const RULE: Rule =
    Rule { name: "harness", promise: "docs/HARNESS.md names files and tests that exist, row by row", check };

/// The page.
const PAGE: &str = "docs/HARNESS.md";

/// The rows of the specification, in its order.
const ROWS: &[&str] = &[
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "D1",
    "D2", "D3", "D4", "D5", "D6", "D7", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S10", "S9", "P1",
    "P2", "P3", "P4", "P5", "P6", "E1", "E2", "E3", "X1", "X2", "X3", "X4", "X5", "X6", "T1", "T2", "T3",
    "T4", "R-A", "R-B", "R-C", "R-D", "R-E", "R-F", "R-G", "R-P", "R-I", "V1", "V2", "V3", "V4", "M1", "M2",
    "M3", "M4", "W1", "W2", "W3", "W4", "L1", "L2", "L3", "Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z7", "Z8",
    "N1", "N2",
];

/// A row of the page: its place, its id, and what it names.
struct Row<'a> {
    line: usize,
    id: &'a str,
    files: Vec<&'a str>,
    tests: Vec<&'a str>,
}

fn check(repository: &Repository) -> Result<Vec<Finding>> {
    if !repository.paths().iter().any(|path| path == PAGE) {
        return Ok(Vec::new());
    }
    let path = repository.root().join(PAGE);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(findings(repository, &text))
}

fn findings(repository: &Repository, page: &str) -> Vec<Finding> {
    let rows: Vec<Row<'_>> =
        page.lines().enumerate().filter_map(|(number, line)| row(number + 1, line)).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id).collect();
    let mut found = Vec::new();
    if ids != ROWS {
        let told = first_difference(&ids);
        found.push(Finding::file(
            PAGE,
            format!("the rows are those of the specification, in its order: {told}"),
        ));
    }
    let functions: BTreeSet<&str> =
        repository.rust().iter().flat_map(|file| functions(file.text())).collect();
    for row in &rows {
        found.extend(faults(repository, &functions, row));
    }
    found
}

fn first_difference(ids: &[&str]) -> String {
    let at =
        ids.iter().zip(ROWS).position(|(found, wanted)| found != wanted).unwrap_or(ids.len().min(ROWS.len()));
    let named = |list: &[&str]| list.get(at).map_or_else(|| "the end".to_owned(), |id| (*id).to_owned());
    format!("{} stands where {} should", named(ids), named(ROWS))
}

fn faults(repository: &Repository, functions: &BTreeSet<&str>, row: &Row<'_>) -> Vec<Finding> {
    let is_there = |path: &str| {
        let folder = format!("{}/", path.trim_end_matches('/'));
        repository.paths().iter().any(|known| known == path || known.starts_with(&folder))
    };
    let files = row.files.iter().filter(|file| !is_there(file)).map(|file| format!("there is no {file}"));
    let tests = row.tests.iter().filter(|test| !functions.contains(*test));
    let tests = tests.map(|test| format!("no test is called {test}"));
    let silent = (row.files.is_empty() && row.tests.is_empty())
        .then(|| "name a file and a test, or say under \"left\" why there is none".to_owned());
    let all = files.chain(tests).chain(silent);
    all.map(|message| Finding::line(PAGE, row.line, format!("{}: {message}", row.id))).collect()
}

/// `| id | held by | shown by | left |`; `None` for every other line. Names stand in backticks.
fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let mut cells = text.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
    let id = cells.next()?.trim().trim_matches('*');
    let (held, shown, left) = (cells.next()?, cells.next()?, cells.next().unwrap_or_default());
    if !ROWS.contains(&id) {
        return None;
    }
    let mut files = named(held);
    if files.is_empty() && !left.trim().is_empty() {
        files = vec![PAGE];
    }
    Some(Row { line, id, files, tests: named(shown) })
}

fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The names of all functions of a file, whatever they are for: a test is one of them.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("fn ").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(change: impl Fn(&str) -> String) -> String {
        ROWS.iter().map(|id| change(id) + "\n").collect()
    }

    fn found(page: &str) -> Vec<String> {
        let files = [("a/b.rs", "//! B.\nfn b1_it_holds() {}\n"), ("docs/HARNESS.md", "")];
        let findings = findings(&Repository::of(&files).unwrap(), page);
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn rows_files_and_tests_that_are_missing_are_found() {
        let good = |id: &str| format!("| {id} | `a/b.rs`, `a` | `b1_it_holds` |");
        assert_eq!(found(&page(good)), Vec::<String>::new());
        let left = |id: &str| format!("| {id} | – | – | Not built. |");
        assert_eq!(found(&page(left)), Vec::<String>::new());
        let gone = page(|id| if id == "B9" { String::new() } else { good(id) });
        let expected = ["the rows are those of the specification, in its order: A1 stands where B9 should"];
        assert_eq!(found(&gone), expected);
        let wrong =
            page(|id| if id == "N2" { "| N2 | `a/c.rs` | `n2_it_holds` |".to_owned() } else { good(id) });
        assert_eq!(found(&wrong), ["N2: there is no a/c.rs", "N2: no test is called n2_it_holds"]);
        let silent = page(|id| if id == "B1" { "| B1 | – | – |".to_owned() } else { good(id) });
        assert_eq!(found(&silent).len(), 1);
    }
}
