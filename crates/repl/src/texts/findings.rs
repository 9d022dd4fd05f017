//! Things of a kind in a text: addresses, dates, numbers, errors and the like.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Instant;

use regex::Regex;
use serde::de::IgnoredAny;

use super::pattern::compile;

/// The kinds, by their names.
const KINDS: &[(&str, Kind)] = &[
    ("json", Kind::Json),
    ("url", Kind::Url),
    ("path", Kind::Path),
    ("date", Kind::Date),
    ("number", Kind::Number),
    ("email", Kind::Email),
    ("ip", Kind::Ip),
    ("uuid", Kind::Uuid),
    ("version", Kind::Version),
    ("todo", Kind::Todo),
    ("import", Kind::Import),
    ("error", Kind::Error),
];

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Objects, and lists that are not empty.
    Json,
    /// Addresses of the web.
    Url,
    /// Paths of files.
    Path,
    /// Dates, with their time.
    Date,
    /// Numbers.
    Number,
    /// Addresses of mail.
    Email,
    /// Addresses of machines.
    Ip,
    /// Universally unique identifiers.
    Uuid,
    /// Numbers of versions.
    Version,
    /// What was left to do, to the end of its line.
    Todo,
    /// Lines of programs that name what they use.
    Import,
    /// Lines that tell of errors.
    Error,
}

impl Kind {
    /// The kind of that name.
    pub(crate) fn of(name: &str) -> Result<Self, String> {
        let known = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        known.ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            format!("`{name}` is no kind: {} are", names.join(", "))
        })
    }

    /// A pattern whose first group is the thing, or which is the thing.
    fn pattern(self) -> &'static str {
        match self {
            Self::Json => r"[\[{]",
            Self::Url => r#"\b(?:https?|ftp|wss?)://[^\s<>"'`\])}]+"#,
            Self::Path => {
                r#"(?:^|[\s"'`(\[=,:])((?:~|\.{1,2})?/(?:[\w.@+-]+/)*[\w.@+-]+/?|[A-Za-z]:\\[\w.\\@+-]+|(?:[\w.@+-]+/)+[\w@+-]*\.\w+)"#
            }
            Self::Date => concat!(
                r"\b(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?",
                r"|\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d\d)\b",
                r"|\d{1,2}(?:st|nd|rd|th)?\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?,?\s\d{4}",
                r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4})",
            ),
            Self::Number => r"(?:^|[^\w.,-])([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?%?)",
            Self::Email => r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b",
            Self::Ip => {
                r"(?:^|[^\w.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*:[0-9A-Fa-f.]{0,15})"
            }
            Self::Uuid => r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b",
            Self::Version => {
                r"(?:^|[^\w.])([vV]\d+(?:\.\d+)+(?:[-+][\w.-]*\w)?|\d+\.\d+\.\d+(?:[-+][\w.-]*\w)?)"
            }
            Self::Todo => r"\b(?:TODO|FIXME|XXX|HACK)\b.*$",
            Self::Import => concat!(
                r"^[ \t]*(import\s.+|from\s+\S+\s+import\s.+|(?:pub(?:\([^)]*\))?\s+)?use\s+[\w:]+.*;",
                r#"|#[ \t]*include\s*[<"].+[>"]|(?:const|let|var)\s.+=\s*require\s*\(.+|export\s.+\sfrom\s.+|using\s+[\w.]+;)$"#,
            ),
            Self::Error => {
                r"^.*(?:[A-Z]\w*(?:Error|Exception)\b|(?i:\b(?:errors?|exceptions?|traceback|panic|panicked|fatal|fail|failed|failure|critical|segfault|segmentation fault)\b)).*$"
            }
        }
    }
}

/// Tells `found` the places of what is of that kind, in their order.
pub(crate) fn find(
    kind: Kind,
    text: &str,
    deadline: Instant,
    mut found: impl FnMut(Range<usize>),
) -> Result<(), String> {
    let rx = compile(kind.pattern(), "")?;
    match kind {
        Kind::Json => find_json(&rx, text, deadline, found),
        Kind::Ip => {
            places(&rx, text).filter(|range| is_address(text, range)).for_each(found);
            Ok(())
        }
        Kind::Url => {
            places(&rx, text).for_each(|range| found(without_punctuation(text, range)));
            Ok(())
        }
        Kind::Version => {
            // Four numbers with points are the address of a machine.
            let is_longer = |range: &Range<usize>| {
                text.get(range.end..).is_some_and(|rest| rest.starts_with('.'))
                    && text
                        .get(range.end + 1..)
                        .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
            };
            places(&rx, text).filter(|range| !is_longer(range)).for_each(found);
            Ok(())
        }
        Kind::Path
        | Kind::Date
        | Kind::Number
        | Kind::Email
        | Kind::Uuid
        | Kind::Todo
        | Kind::Import
        | Kind::Error => {
            places(&rx, text).for_each(found);
            Ok(())
        }
    }
}

/// The first group of each match, or the match.
fn places<'a>(rx: &'a Regex, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    rx.captures_iter(text)
        .filter_map(|groups| groups.get(1).or_else(|| groups.get(0)).map(|group| group.range()))
}

fn is_address(text: &str, range: &Range<usize>) -> bool {
    let is_ended =
        text.get(range.end..).is_none_or(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()));
    is_ended && text.get(range.clone()).is_some_and(|words| words.parse::<IpAddr>().is_ok())
}

fn without_punctuation(text: &str, range: Range<usize>) -> Range<usize> {
    let words = text.get(range.clone()).unwrap_or_default();
    range.start..range.start + words.trim_end_matches(['.', ',', ';', ':', '!', '?', '*']).len()
}

fn find_json(
    rx: &Regex,
    text: &str,
    deadline: Instant,
    mut found: impl FnMut(Range<usize>),
) -> Result<(), String> {
    let mut at = 0;
    while let Some(place) = rx.find_at(text, at) {
        let start = place.start();
        let rest = text.get(start..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let is_value = matches!(values.next(), Some(Ok(_)));
        at = if is_value { start + values.byte_offset() } else { start + 1 };
        if is_value && !is_empty_list(text, start..at) {
            found(start..at);
        }
        if Instant::now() > deadline {
            return Err(
                "the search for JSON values took too long: split the text, or find_all their beginnings"
                    .to_owned(),
            );
        }
    }
    Ok(())
}

fn is_empty_list(text: &str, range: Range<usize>) -> bool {
    let inside =
        text.get(range).unwrap_or_default().strip_prefix('[').and_then(|words| words.strip_suffix(']'));
    inside.is_some_and(|words| words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn things_of_each_kind_are_found() {
        let table: [(&str, &str, &[&str]); 14] = [
            (
                "url",
                "See https://a.b/c?d=1, (http://e.f/g). ftp://x",
                &["https://a.b/c?d=1", "http://e.f/g", "ftp://x"],
            ),
            (
                "path",
                "open /etc/hosts, ./a/b.rs and src/lib.rs:12 or C:\\a\\b.txt; and/or 1/2",
                &["/etc/hosts", "./a/b.rs", "src/lib.rs", "C:\\a\\b.txt"],
            ),
            (
                "date",
                "2026-11-28T03:04:05Z, 2026-11-28 and 3 May 2024, May 3rd, 2024; 1.2.2024 3/4/25",
                &["2026-11-28T03:04:05Z", "2026-11-28", "3 May 2024", "May 3rd, 2024", "1.2.2024", "3/4/25"],
            ),
            (
                "number",
                "-1.5 and 1,234,567 or 50% of 3e8, v2 x1 (42)",
                &["-1.5", "1,234,567", "50%", "3e8", "42"],
            ),
            ("email", "a.b+c@d-e.co.uk, x@y", &["a.b+c@d-e.co.uk"]),
            ("ip", "10.0.0.1, 999.1.1.1, ::1 fe80::1 12:30:45", &["10.0.0.1", "::1", "fe80::1"]),
            ("uuid", "id 123e4567-e89b-12d3-a456-426614174000.", &["123e4567-e89b-12d3-a456-426614174000"]),
            ("version", "v1.2 1.2.3-rc.1 10.0.0.1 2.0", &["v1.2", "1.2.3-rc.1"]),
            ("todo", "x // TODO: é\n# FIXME later\nTODOS", &["TODO: é", "FIXME later"]),
            (
                "import",
                "import os\nfrom a import b\nuse std::io;\n#include <x.h>\nconst a = require('b')\nimportant",
                &["import os", "from a import b", "use std::io;", "#include <x.h>", "const a = require('b')"],
            ),
            (
                "error",
                "ok\nValueError: x\n[ERROR] y\nall failed\nterror",
                &["ValueError: x", "[ERROR] y", "all failed"],
            ),
            ("json", "a {\"b\": [1, {}]} [INFO] [] [2, 3] {bad}", &["{\"b\": [1, {}]}", "[2, 3]"]),
            ("json", "{\"a\": ", &[]),
            ("number", "", &[]),
        ];
        for (name, text, expected) in table {
            let mut found: Vec<&str> = Vec::new();
            let deadline = Instant::now() + Duration::from_mins(1);
            find(Kind::of(name).unwrap(), text, deadline, |range| found.extend(text.get(range))).unwrap();
            assert_eq!(found, expected, "{name}: {text}");
        }
    }

    #[test]
    fn the_search_for_json_ends_in_time() {
        let text = "{\"a\": \"".repeat(20);
        let past = Instant::now();
        assert!(find(Kind::Json, &text, past, |_| ()).unwrap_err().contains("too long"));
    }
}
