//! Lines that define something: functions, types, headings. One pattern for most languages, cheap on purpose, since
//! it only ranks and groups.

use std::sync::LazyLock;

use regex::Regex;

/// How far before a place the definition it belongs to is looked for, in bytes.
const REACH: usize = 4_000;

static DEFINITION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let keyword =
        "fn|struct|enum|trait|type|mod|macro_rules!|class|def|func|function|interface|module|const|let|var";
    Regex::new(&format!(r"(?m)^(?:[ \t\w()]*\b(?:{keyword})\s+(\w+)|#{{1,6}} +(.+))")).ok()
});

/// The names that `text` defines, in order.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    let found = DEFINITION.as_ref().map(|rx| rx.captures_iter(text)).into_iter().flatten();
    found.filter_map(|found| found.get(1).or_else(|| found.get(2))).map(|name| name.as_str().trim())
}

/// The name defined last at or before byte `at`.
pub(crate) fn enclosing(text: &str, at: usize) -> Option<&str> {
    let from = text.floor_char_boundary(at.saturating_sub(REACH));
    let line = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    names(text.get(from..line)?).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_of_many_languages_are_seen() {
        let text = "pub(crate) async fn run() {\nclass Dog:\n    def bark(self):\nfunc main() {\n## Second part\nx = 1\n\
                    export default function go() {\nstructure\n";
        assert_eq!(names(text).collect::<Vec<_>>(), ["run", "Dog", "bark", "main", "Second part", "go"]);
    }

    #[test]
    fn a_place_belongs_to_the_definition_above_it() {
        let text = "fn a() {\n    one\n}\nfn b() {\n    two\n}\n";
        let at = |word: &str| enclosing(text, text.find(word).unwrap());
        assert_eq!((at("one"), at("two"), at("fn b")), (Some("a"), Some("b"), Some("b")));
        assert_eq!(enclosing("nothing here", 3), None);
        assert_eq!(enclosing("", 9), None);
    }
}
