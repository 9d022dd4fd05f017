//! Vendor names stand in `assets/` and with the wires; everywhere else a vendor is data.
//!
//! Words in code and literals count, in any case and as parts of a constant's name; comments and tests do not.

use super::Rule;
use crate::{Finding, Repository, SourceFile, Token};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "vendors", promise: "vendor names stand only in assets and wires", check };

/// Where each vendor has its file, named as it is.
const VENDORS: &str = "assets/providers/";
/// Names among the vendors that are words of their own.
const GENERIC: &[&str] = &["demo", "local", "custom", "scripted"];
/// Code which speaks a vendor's protocol, or which plays one.
const SPEAKERS: &[&str] = &["crates/providers/src/wires", "crates/testkit/src/server/wires"];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let vendors: Vec<String> = repository.paths().iter().filter_map(|path| vendor(path)).collect();
    let code =
        repository.rust().iter().filter(|file| file.path().contains("/src/") && !is_speaker(file.path()));
    Ok(code.flat_map(|file| named(file, &vendors)).collect())
}

fn vendor(path: &str) -> Option<String> {
    let name = path.strip_prefix(VENDORS)?.strip_suffix(".toml")?.to_lowercase();
    (!GENERIC.contains(&name.as_str())).then_some(name)
}

fn is_speaker(path: &str) -> bool {
    SPEAKERS.iter().any(|speaker| path.starts_with(speaker))
}

fn named(file: &SourceFile, vendors: &[String]) -> Vec<Finding> {
    let code = file.tokens().iter().filter(|token| !token.is_test && !is_data_path(token));
    let places =
        code.filter_map(|token| Some((token.line, words(&token.text).find(|word| vendors.contains(word))?)));
    places
        .map(|(line, name)| {
            Finding::line(file.path(), line, format!("`{name}` is a vendor: take it from the data"))
        })
        .collect()
}

/// The literal by which a vendor's file is built in.
fn is_data_path(token: &Token) -> bool {
    token.text.contains(VENDORS)
}

/// Words in lower case. A hyphen joins, so that a wire's name (`x-chat`) is not its vendor's; an underscore does not,
/// so that `X_API_KEY` names X.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '-').map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_are_found_in_code_and_literals() {
        let text = "//! Acme is a vendor.\n/// Acme.\nconst KEY: &str = \"ACME_API_KEY\"; // acme\n\
                    const WIRE: &str = \"acme-chat\";\nconst DATA: &str = include_str!(\"../assets/providers/acme.toml\");\n\
                    fn acme() {}\nconst DEMO: &str = \"demo\";\n#[cfg(test)]\nmod tests {\n    const A: &str = \"acme\";\n}\n";
        let files = [
            ("assets/providers/acme.toml", ""),
            ("assets/providers/demo.toml", ""),
            ("crates/cli/src/a.rs", text),
            ("crates/providers/src/wires/acme_chat.rs", "//! x\nfn acme() {}\n"),
        ];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let lines: Vec<_> = found.iter().filter_map(|finding| finding.line).collect();
        assert_eq!(lines, [3, 6]);
    }
}
