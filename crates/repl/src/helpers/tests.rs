//! What the list of helpers says of them is what their Python parts say.

use super::HELPERS;

/// The definitions at the top of a Python source that blocks can call: signature, and first line of the docstring.
fn definitions(python: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = python.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| {
        let signature = pair[0].strip_prefix("def ")?.strip_suffix(':')?;
        let summary = pair[1].trim().strip_prefix("\"\"\"")?;
        let summary = summary.strip_suffix("\"\"\"").unwrap_or(summary);
        (!signature.starts_with('_')).then(|| (signature.to_owned(), summary.to_owned()))
    });
    pairs.collect()
}

#[test]
fn the_documentation_is_that_of_the_python_part() {
    for helper in HELPERS {
        let found = definitions(helper.python);
        let signatures: Vec<&str> = found.iter().map(|(signature, _)| signature.as_str()).collect();
        assert_eq!(helper.doc.signature.split(" · ").collect::<Vec<_>>(), signatures, "{}", helper.doc.name);
        let (signature, summary) = &found[0];
        assert_eq!(helper.doc.summary, summary, "{}", helper.doc.name);
        assert!(signature.starts_with(&format!("{}(", helper.doc.name)), "{signature}");
        assert!(summary.len() <= 125, "{}: {} characters", helper.doc.name, summary.len());
    }
}

#[test]
fn no_helper_is_listed_twice() {
    let mut names: Vec<&str> = HELPERS.iter().map(|helper| helper.doc.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), HELPERS.len());
}
