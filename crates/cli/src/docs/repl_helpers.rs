//! The page of the helpers of `repl` blocks, written from their list.

use std::fmt::Write as _;

use headwater_repl::helpers::HELPERS;

const HEAD: &str = "\
# Helpers

Written from the descriptions of the helpers (`crates/repl/src/helpers/`); a test keeps this page current.

What a Python block of Recursive mode can call, beside the models. Where nothing else is said a helper works on the whole context.
`src=` names another text: a part of the context by its name or number, any `str`, or a list of them. Texts that come back know
their place: `.src` (the part), `.start` and `.end` (characters) and `.line`; slices of them do too.

A pattern `rx` is a regular expression as in Python, or a compiled one. The time it takes is linear in the text; look-around and
back-references have no place in it. `^` and `$` are the ends of lines. `flags` are letters: `i` (case does not count; the default),
`s` (a dot matches ends of lines too), `x` (spaces in the pattern do not count).
";

/// The whole page, in Markdown.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    for function in HELPERS.iter().flat_map(headwater_repl::HelperEntry::functions) {
        writeln!(page, "\n## `{}`\n\n{}", function.signature, function.description).unwrap();
    }
    page
}
