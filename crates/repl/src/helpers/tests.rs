//! What the list of helpers says of them is what their Python parts say.

use super::HELPERS;

/// A signature as the prompt has it: what most helpers take stands there once for all.
fn shortened(signature: &str) -> String {
    signature.replace(", src=None", "").replace("(src=None", "(").replace(", flags=\"i\"", "")
}

#[test]
fn the_documentation_is_that_of_the_python_part() {
    for helper in HELPERS {
        let functions = helper.functions();
        let signatures: Vec<String> =
            functions.iter().map(|function| shortened(function.signature)).collect();
        assert_eq!(helper.doc.signature, signatures.join(" · "));
        assert_eq!(Some(helper.doc.summary), functions[0].description.lines().next(), "{}", helper.doc.name);
        assert!(functions[0].signature.starts_with(&format!("{}(", helper.doc.name)), "{}", helper.doc.name);
    }
}

#[test]
fn every_description_begins_with_a_sentence() {
    for function in HELPERS.iter().flat_map(super::super::entry::HelperEntry::functions) {
        let mut lines = function.description.lines();
        assert!(lines.next().is_some_and(|first| first.ends_with('.')), "{}", function.signature);
        assert_eq!(lines.next().unwrap_or_default(), "", "{}", function.signature);
    }
}

#[test]
fn a_prompt_has_room_for_all_of_them() {
    let line = |doc: headwater_protocol::repl::HelperDoc| {
        doc.signature.chars().count() + doc.summary.chars().count() + 6
    };
    let size: usize = HELPERS.iter().map(|helper| line(helper.doc)).sum();
    // RECURSIVE §9: the first prompt of a root has at most 4,500 characters, of which its own words take 2,200.
    assert!(size <= 2_000, "{size} characters");
}

#[test]
fn no_helper_is_listed_twice() {
    let mut names: Vec<&str> = HELPERS.iter().map(|helper| helper.doc.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), HELPERS.len());
}
