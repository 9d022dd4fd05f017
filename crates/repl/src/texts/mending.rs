//! What is nearly JSON made JSON5: words of Python, lines within texts, an end that is missing.
//!
//! JSON5 has the rest: trailing commas, other quotation marks or none around keys, comments.

use serde_json::Value;

/// How deep a value may nest: who reads it descends by recursion.
const DEPTH: usize = 100;
/// Words for values that JSON has no word for, and the words it has.
const WORDS: &[(&str, &str)] = &[
    ("True", "true"),
    ("False", "false"),
    ("None", "null"),
    ("undefined", "null"),
    ("NaN", "null"),
    ("Infinity", "null"),
];

/// The value that `text` nearly is.
pub(crate) fn mend(text: &str) -> Option<Value> {
    let mut mending = Mending::default();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (taken, behind) = rest.split_at(mending.length(next, rest));
        mending.take(next, taken)?;
        rest = behind;
    }
    mending.values().into_iter().find_map(|text| json5::from_str(&text).ok())
}

/// The text so far, and what is open in it.
#[derive(Default)]
struct Mending {
    out: String,
    /// What closes the open brackets, the outermost first.
    open: Vec<char>,
    /// The quotation mark that closes the open text.
    quotation: Option<char>,
    /// The text before the last comma, and what was open there: where it can be cut when its end is missing.
    before_comma: Option<(usize, Vec<char>)>,
}

impl Mending {
    /// How much of `rest`, which begins with `next`, is one thing: an escape, a comment, a word or a character.
    fn length(&self, next: char, rest: &str) -> usize {
        let behind = rest.get(next.len_utf8()..).unwrap_or_default();
        if next == '\\' {
            return next.len_utf8() + behind.chars().next().map_or(0, char::len_utf8);
        }
        if self.quotation.is_some() {
            return next.len_utf8();
        }
        if rest.starts_with("//") || next == '#' {
            return rest.find('\n').unwrap_or(rest.len());
        }
        if rest.starts_with("/*") {
            return rest.find("*/").map_or(rest.len(), |at| at + 2);
        }
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        rest.find(|character| !is_word(character)).unwrap_or(rest.len()).max(next.len_utf8())
    }

    /// Writes one thing; nothing when it nests too deep.
    fn take(&mut self, next: char, taken: &str) -> Option<()> {
        if let Some(quotation) = self.quotation {
            self.quotation = self.quotation.filter(|_| next != quotation);
            self.out.push_str(if taken == "\n" { "\\n" } else { taken });
            return Some(());
        }
        match next {
            '"' | '\'' => self.quotation = Some(next),
            '{' => self.open.push('}'),
            '[' => self.open.push(']'),
            '}' | ']' => {
                self.open.pop();
            }
            ',' => self.before_comma = Some((self.out.len(), self.open.clone())),
            _ => {}
        }
        let is_comment = taken.starts_with(['#', '/']) && taken.len() > 1;
        let known = WORDS.iter().find(|(word, _)| *word == taken).map(|(_, word)| *word);
        self.out.push_str(if is_comment { " " } else { known.unwrap_or(taken) });
        (self.open.len() <= DEPTH).then_some(())
    }

    /// What it can be: as it is with all closed that is open, and without what follows the last comma.
    fn values(self) -> Vec<String> {
        let closed = |text: &str, quotation: Option<char>, open: &[char]| {
            text.chars().chain(quotation).chain(open.iter().rev().copied()).collect::<String>()
        };
        let whole = closed(&self.out, self.quotation, &self.open);
        let cut = self.before_comma.as_ref().filter(|_| !self.open.is_empty());
        let cut = cut.and_then(|(end, open)| Some(closed(self.out.get(..*end)?, None, open)));
        [whole].into_iter().chain(cut).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_nearly_json_is_mended() {
        let table = [
            (
                "{'a': True, b: None, # why\n \"c\": [1, 2,], /* x */}",
                Some(json!({"a": true, "b": null, "c": [1, 2]})),
            ),
            ("{\"None\": \"True # //\"}", Some(json!({"None": "True # //"}))),
            ("{\"a\": \"x\\\"y\", \"b\": \"", Some(json!({"a": "x\"y", "b": ""}))),
            ("[1, [2, 3", Some(json!([1, [2, 3]]))),
            ("[{\"a\": 1}, {\"b\":", Some(json!([{"a": 1}]))),
            ("{a b}", None),
            ("]", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(mend(text), expected, "{text}");
        }
    }
}
