//! Whether the text of a block is a whole one.

use crate::directives::{Dialect, dialect, parse};

/// Whether `code` parses from beginning to end, in the dialect in which it begins.
pub(crate) fn is_whole(code: &str) -> bool {
    match dialect(code) {
        Dialect::Directives => parse(code).is_ok(),
        Dialect::Both => true,
        Dialect::Python => is_whole_python(code),
    }
}

fn is_whole_python(code: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    if parser.set_language(&tree_sitter_python::LANGUAGE.into()).is_err() {
        return false;
    }
    parser.parse(code, None).is_some_and(|tree| !tree.root_node().has_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_not_whole() {
        let table = [
            ("x = 1\nprint(x)", true),
            ("", true),
            ("for i in range(3):\n    print(i)\n", true),
            ("s = \"\"\"\n```\nfence inside\n```\n\"\"\"\n", true),
            ("s = \"\"\"\n", false),
            ("print(", false),
            ("x = {'a': [1, 2", false),
            ("match x:\n    case {'a': 1}:\n        pass\n", true),
            ("f'{a!r:>{w}}'", true),
            ("let a = \"x\"\nFINAL(a)\n", true),
            ("js a = \"\"\"\n```\n\"\"\"\n", true),
            ("js a = \"\"\"\n```\n", false),
            ("let a = \n", false),
            ("FINAL_VAR(a)", true),
            ("FINAL(a", false),
        ];
        for (code, expected) in table {
            assert_eq!(is_whole(code), expected, "{code}");
        }
    }
}
