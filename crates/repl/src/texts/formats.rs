//! What a text is written in, guessed from its name and its beginning.

use std::sync::LazyLock;

use regex::Regex;

use super::symbols::Language;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON value.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// Values with this delimiter, the first line naming them.
    Csv(u8),
    /// Lines of `key: value || key: value`.
    Pairs,
    /// Markdown.
    Markdown,
    /// A unified diff.
    Diff,
    /// Lines with times or levels.
    Log,
    /// A programming language.
    Code(Language),
    /// Anything else.
    Text,
}

/// Lines looked at.
const SAMPLE: usize = 40;

static LOG_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let time = r"^\W?(\d{4}[-/]\d\d[-/]\d\d|\d\d/[A-Z][a-z]{2}/\d{4}|[A-Z][a-z]{2}\s+\d+ )[ T:]?\d\d:\d\d";
    let level = r"^\W?(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b";
    Regex::new(&format!("{time}|{level}")).ok()
});

impl Format {
    /// Guesses. A name with a known ending decides.
    pub(crate) fn guess(name: Option<&str>, text: &str) -> Self {
        let ending = name.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_lowercase());
        match ending.as_deref() {
            Some("json") => return Self::Json,
            Some("jsonl" | "ndjson") => return Self::JsonLines,
            Some("csv") => return delimiter(text).map_or(Self::Csv(b','), Self::Csv),
            Some("tsv") => return Self::Csv(b'\t'),
            Some("md" | "markdown") => return Self::Markdown,
            Some("diff" | "patch") => return Self::Diff,
            Some(ending) => {
                if let Some(language) = Language::of_ending(ending) {
                    return Self::Code(language);
                }
            }
            None => {}
        }
        Self::of_content(text)
    }

    fn of_content(text: &str) -> Self {
        let lines: Vec<&str> =
            text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(SAMPLE).collect();
        let share = |is_one: fn(&&str) -> bool| {
            let found = lines.iter().filter(|line| is_one(line)).count();
            !lines.is_empty() && found * 10 >= lines.len() * 6
        };
        let first = lines.first().map(|line| line.trim_start()).unwrap_or_default();
        if first.starts_with(['{', '[']) && share(is_json_line) && lines.len() > 1 {
            return Self::JsonLines;
        }
        if is_json_beginning(first, &lines) {
            return Self::Json;
        }
        if share(|line| line.contains(" || ") && line.contains(": ")) {
            return Self::Pairs;
        }
        if lines.iter().any(|line| line.starts_with("@@ -"))
            && lines.iter().any(|line| line.starts_with("+++ "))
        {
            return Self::Diff;
        }
        if share(|line| LOG_LINE.as_ref().is_some_and(|rx| rx.is_match(line))) {
            return Self::Log;
        }
        if let Some(delimiter) = delimiter(text) {
            return Self::Csv(delimiter);
        }
        let is_marked = |line: &&str| is_heading(line) || line.starts_with("```");
        if lines.iter().any(is_marked) { Self::Markdown } else { Self::Text }
    }

    /// Its name, as `info` says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv(b'\t') => "tsv",
            Self::Csv(_) => "csv",
            Self::Pairs => "key: value || key: value",
            Self::Markdown => "markdown",
            Self::Diff => "diff",
            Self::Log => "log",
            Self::Code(language) => language.name(),
            Self::Text => "text",
        }
    }
}

/// Whether `line` is a heading with number signs, as Markdown has them.
fn is_heading(line: &str) -> bool {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&level) && line.get(level..).is_some_and(|rest| rest.starts_with(' '))
}

fn is_json_line(line: &&str) -> bool {
    line.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok()
}

/// Whether the first lines could begin one JSON value: an object with a key, or a list.
fn is_json_beginning(first: &str, lines: &[&str]) -> bool {
    let second = lines.get(1).map(|line| line.trim_start()).unwrap_or_default();
    if let Some(inside) = first.strip_prefix('{') {
        let inside = inside.trim_start();
        return inside.starts_with(['"', '}']) || (inside.is_empty() && second.starts_with(['"', '}']));
    }
    let Some(inside) = first.strip_prefix('[') else { return false };
    let begins_value = |part: &str| {
        part.starts_with(['{', '[', '"', ']', '-']) || part.starts_with(|digit: char| digit.is_ascii_digit())
    };
    let inside = inside.trim_start();
    let is_tail_json =
        inside.contains(',') || inside.ends_with(']') || !inside.starts_with(char::is_alphanumeric);
    (begins_value(inside) && is_tail_json) || (inside.is_empty() && begins_value(second))
}

/// The delimiter which most of the first lines have as often as the very first, if there is one.
pub(crate) fn delimiter(text: &str) -> Option<u8> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(SAMPLE).collect();
    let count = |line: &str, delimiter: u8| {
        let mut is_quoted = false;
        let outside = line.bytes().filter(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && *byte == delimiter
        });
        outside.count()
    };
    let is_even = |delimiter: &u8| {
        let wanted = lines.first().map_or(0, |line| count(line, *delimiter));
        let even = lines.iter().filter(|line| count(line, *delimiter) == wanted).count();
        wanted > 0 && even > 1 && even * 10 >= lines.len() * 7
    };
    [b'\t', b',', b';', b'|'].into_iter().find(is_even)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_guessed() {
        let table = [
            (Some("a.rs"), "fn main() {}", "rust"),
            (Some("a.csv"), "a;b\n1;2\n", "csv"),
            (None, "{\"a\": 1}\n{\"a\": 2}\n", "jsonl"),
            (None, "{\n  \"a\": 1\n}\n", "json"),
            (None, "[1, 2,\n 3]", "json"),
            (None, "[{\"a\": 1},\n{\"a\": 2}]", "json"),
            (None, "[section]\nkey = 1\n", "text"),
            (None, "2026-01-02 10:00:00 started\n2026-01-02 10:00:01 done\n", "log"),
            (None, "INFO a\nWARN b\n", "log"),
            (None, "name,age\nann,3\n\"bo, jr\",4\n", "csv"),
            (None, "name\tage\nann\t3\n", "tsv"),
            (None, "Date: Nov || User: 1\nDate: Dec || User: 2\n", "key: value || key: value"),
            (None, "# Title\n\nwords\n", "markdown"),
            (None, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "diff"),
            (None, "just words\n", "text"),
            (None, "a,b\n1,2\n3\n4,5\n", "csv"),
            (None, "One, two.\nThree, four, and five.\nSix.\n", "text"),
            (None, "", "text"),
        ];
        for (name, text, expected) in table {
            assert_eq!(Format::guess(name, text).name(), expected, "{text}");
        }
    }
}
