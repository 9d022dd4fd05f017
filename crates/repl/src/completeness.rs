//! Whether the text of a block is a whole one.

/// Whether `code` parses as Python from beginning to end.
pub(crate) fn is_whole_python(code: &str) -> bool {
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
        ];
        for (code, is_whole) in table {
            assert_eq!(is_whole_python(code), is_whole, "{code}");
        }
    }
}
