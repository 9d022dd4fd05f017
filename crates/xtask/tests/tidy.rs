//! The repository keeps the rules of the house: the same check as `cargo xtask tidy`.

use headwater_xtask::{Repository, commands, rules};

#[test]
fn the_repository_keeps_every_rule() {
    let repository = Repository::open().unwrap();
    let mut broken = Vec::new();
    for rule in rules::RULES {
        let findings = (rule.check)(&repository).unwrap();
        broken.extend(findings.iter().map(|finding| format!("{finding} [{}]", rule.name)));
    }
    assert!(broken.is_empty(), "{} findings\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn the_rules_see_the_repository() {
    let repository = Repository::open().unwrap();
    assert!(repository.rust_file("crates/xtask/src/lib.rs").is_some());
    assert!(repository.paths().iter().any(|path| path == "Cargo.toml"));
    assert!(!repository.paths().iter().any(|path| path.starts_with("target/")));
}

#[test]
fn a_command_runs_the_rules_it_is_given_and_names_the_unknown() {
    let repository = Repository::of(&[("a.rs", "fn a() {}\n")]).unwrap();
    let tidy = commands::by_name("tidy").unwrap();
    let mut out = Vec::new();
    (tidy.run)(&repository, &["headers".to_owned()], &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out, "a.rs:1: begin with `//!` and a sentence what this file is [headers]\n1 findings\n");

    let error = (tidy.run)(&repository, &["haeders".to_owned()], &mut Vec::new()).unwrap_err();
    assert!(error.to_string().starts_with("no rule is named haeders; there are headers, sizes,"));
}
