//! No file and no type has a name that says nothing.

use super::Rule;
use crate::{Finding, Repository, SourceFile, Token};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "names", promise: "no file and no type has a name that says nothing", check };

/// Drawers into which anything is thrown (docs/STYLE.md, *Names* and *Files*).
const FILES: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc", "types", "impl"];
/// Suffixes that add nothing to a type's name.
const SUFFIXES: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils", "Handler"];
/// Words after which the name of a type follows.
const DEFINING: &[&str] = &["struct", "enum", "trait", "union", "type"];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for file in repository.rust() {
        if FILES.contains(&file.stem()) {
            found.push(Finding::file(file.path(), "name it after what it does"));
        }
        found.extend(defined(file).filter_map(|name| banned(file, name)));
    }
    Ok(found)
}

/// The names of the types which a file defines.
fn defined(file: &SourceFile) -> impl Iterator<Item = &Token> {
    let pairs = file.tokens().iter().zip(file.tokens().iter().skip(1));
    pairs.filter(|(word, _)| DEFINING.contains(&word.text.as_str())).map(|(_, name)| name)
}

fn banned(file: &SourceFile, name: &Token) -> Option<Finding> {
    if name.text == "Context" {
        return Some(Finding::line(file.path(), name.line, "`Context` alone has four meanings: say which"));
    }
    let suffix = SUFFIXES.iter().find(|suffix| name.text.ends_with(*suffix))?;
    Some(Finding::line(
        file.path(),
        name.line,
        format!("`{}`: `{suffix}` says nothing; name what it is", name.text),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found() {
        let files = [
            ("a/utils.rs", "//! x"),
            ("repl/helpers/peek.rs", "//! x"),
            (
                "b.rs",
                "//! x\nstruct ToolManager;\nenum Context {}\nstruct ToolContext;\nfn handler(_: EventHandler) {}\n",
            ),
        ];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let places: Vec<_> = found.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
        assert_eq!(places, [("a/utils.rs", None), ("b.rs", Some(2)), ("b.rs", Some(3))]);
    }
}
