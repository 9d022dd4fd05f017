//! How a path is written where a line break or a control character in a name would look like something else, and how the
//! model gives it back: such a name stands in quotes, as a string of JSON.
//!
//! *Invariants:* every path is read back as what it was; a path is read before anything judges it.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Deserializer};

/// `path` as a result shows it: names that could be misread are in quotes.
pub(crate) fn spelled(path: &str) -> Cow<'_, str> {
    if path.split('/').all(is_plain) {
        return Cow::Borrowed(path);
    }
    let spelled = path.split('/').map(|name| if is_plain(name) { name.to_owned() } else { quoted(name) });
    Cow::Owned(spelled.collect::<Vec<_>>().join("/"))
}

/// The path that `text` means: names in quotes, or all of it, are read as strings of JSON.
fn meant(text: String) -> String {
    if !text.contains('"') {
        return text;
    }
    if let Some(whole) = unquoted(&text) {
        return whole;
    }
    let names = text.split('/').map(|name| unquoted(name).unwrap_or_else(|| name.to_owned()));
    names.collect::<Vec<_>>().join("/")
}

/// A path of a call's arguments.
pub(crate) fn path<'de, D: Deserializer<'de>>(arguments: D) -> Result<String, D::Error> {
    String::deserialize(arguments).map(meant)
}

/// A path of a call's arguments that may be missing.
pub(crate) fn optional_path<'de, D: Deserializer<'de>>(arguments: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(arguments)?.map(meant))
}

fn is_plain(name: &str) -> bool {
    name == name.trim() && !name.starts_with('"') && !name.contains(is_misleading)
}

/// Characters that end a line, act on a terminal, or turn the direction of text around.
fn is_misleading(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn quoted(name: &str) -> String {
    let mut quoted = String::from('"');
    for character in name.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // All of them lie below U+10000. Writing to a String cannot fail.
            _ if is_misleading(character) => {
                let _never = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn unquoted(text: &str) -> Option<String> {
    let is_quoted = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    is_quoted.then(|| serde_json::from_str(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_on_one_line_and_read_back_as_what_it_was() {
        let table = [
            ("src/a.rs", "src/a.rs"),
            ("it's a \"name\".txt", "it's a \"name\".txt"),
            ("back\\slash", "back\\slash"),
            ("a\nb.txt", r#""a\nb.txt""#),
            ("sub/a\nb/c\td", r#"sub/"a\nb"/"c\td""#),
            ("\u{1b}[2J", r#""\u001b[2J""#),
            ("gpj\u{202e}.exe", r#""gpj\u202e.exe""#),
            ("line\u{2028}s", r#""line\u2028s""#),
            (" indented", r#"" indented""#),
            ("\"quoted\"", r#""\"quoted\"""#),
            ("\"half", r#""\"half""#),
            ("back\\slash\n", r#""back\\slash\n""#),
            (".", "."),
        ];
        for (path, shown) in table {
            assert_eq!(spelled(path), shown);
            assert!(!shown.contains(is_misleading));
            assert_eq!(meant(shown.to_owned()), path);
        }
        assert_eq!(meant(r#""sub/a\nb""#.to_owned()), "sub/a\nb", "quoted as a whole");
    }

    proptest::proptest! {
        #[test]
        fn any_path_is_read_back(path in "[a/\"\\\\ \\n\\t\u{202e}\u{85}é]{0,12}") {
            proptest::prop_assert_eq!(meant(spelled(&path).into_owned()), path);
        }
    }
}
