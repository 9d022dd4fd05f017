//! Regular expressions as Python writes them, for an engine whose time is linear in the text.
//!
//! *Not here:* look-around and back-references, which have no linear-time form.

use regex::{Regex, RegexBuilder};

/// What a compiled pattern may take; a pattern with thousands of words fits.
const SIZE: usize = 64 << 20;

/// Compiles `pattern`. `^` and `$` are the ends of lines; `flags` are letters as in Python: `i`, `s`, `x` (and `m`,
/// `u`, which hold anyway).
pub(crate) fn compile(pattern: &str, flags: &str) -> Result<Regex, String> {
    if let Some(strange) = flags.chars().find(|flag| !"imsuxIMSUX".contains(*flag)) {
        return Err(format!("`{strange}` is no flag of a pattern: i, s, x are"));
    }
    let has = |flag: char| flags.chars().any(|given| given.eq_ignore_ascii_case(&flag));
    RegexBuilder::new(&translate(pattern))
        .multi_line(true)
        .crlf(true)
        .case_insensitive(has('i'))
        .dot_matches_new_line(has('s'))
        .ignore_whitespace(has('x'))
        .size_limit(SIZE)
        .dfa_size_limit(SIZE)
        .build()
        .map_err(|error| explain(pattern, &error))
}

/// One sentence on a pattern that cannot be compiled, with the way out where there is one.
fn explain(pattern: &str, error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
    if message.contains("look-around") || ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|it| pattern.contains(it))
    {
        return "look-around is not supported, since the search takes linear time: match what stands around in the \
                pattern and take a group by find_all, or filter the matches in Python"
            .to_owned();
    }
    if message.contains("backreference") || pattern.contains("(?P=") {
        return "back-references are not supported, since the search takes linear time: capture both places as \
                groups by find_all and compare them in Python"
            .to_owned();
    }
    format!("`{pattern}` is no pattern: {last}")
}

/// Writes what Python and this engine read differently in this engine's way.
fn translate(pattern: &str) -> String {
    let mut translation = Translation { out: String::with_capacity(pattern.len() + 8), class: None };
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        rest = translation.step(first, rest);
    }
    translation.out
}

struct Translation {
    out: String,
    /// Inside a class of characters: how many characters of it were read.
    class: Option<usize>,
}

impl Translation {
    /// Writes what begins at `rest` and returns what follows it.
    fn step<'a>(&mut self, first: char, rest: &'a str) -> &'a str {
        let behind = rest.get(first.len_utf8()..).unwrap_or_default();
        if first == '\\' {
            return self.escape(behind);
        }
        match self.class {
            Some(read) => self.in_class(first, read, behind),
            None if first == '[' => self.open_class(behind),
            None if first == '{' => self.brace(behind),
            None => {
                self.out.push(first);
                behind
            }
        }
    }

    fn escape<'a>(&mut self, behind: &'a str) -> &'a str {
        let Some(next) = behind.chars().next() else {
            self.out.push('\\');
            return behind;
        };
        self.class = self.class.map(|read| read + 1);
        match next {
            'Z' => self.out.push_str("\\z"),
            // Plain characters in Python, the ends of a word here.
            '<' | '>' => self.out.push(next),
            other => self.out.extend(['\\', other]),
        }
        behind.get(next.len_utf8()..).unwrap_or_default()
    }

    fn open_class<'a>(&mut self, behind: &'a str) -> &'a str {
        self.out.push('[');
        self.class = Some(0);
        behind.strip_prefix('^').map_or(behind, |behind| {
            self.out.push('^');
            behind
        })
    }

    fn in_class<'a>(&mut self, first: char, read: usize, behind: &'a str) -> &'a str {
        self.class = Some(read + 1);
        match first {
            ']' if read > 0 => {
                self.class = None;
                self.out.push(']');
            }
            // `[:alpha:]` is kept: who writes it means it.
            '[' if behind.starts_with(':') => {
                let end = behind.find(":]").map_or(0, |at| at + 2);
                let (name, behind) = behind.split_at(end);
                self.out.push('[');
                self.out.push_str(name);
                return behind;
            }
            // Plain characters in Python, operations on sets here.
            '[' | '&' | '~' => self.out.extend(['\\', first]),
            other => self.out.push(other),
        }
        behind
    }

    /// A brace that is no repetition is a plain character in Python.
    fn brace<'a>(&mut self, behind: &'a str) -> &'a str {
        let repetition = behind.split_once('}').filter(|(inside, _)| is_repetition(inside));
        let Some((inside, behind)) = repetition.filter(|_| !self.out.is_empty()) else {
            self.out.push_str("\\{");
            return behind;
        };
        let least = if inside.starts_with(',') { "0" } else { "" };
        self.out.extend(["{", least, inside, "}"]);
        behind
    }
}

fn is_repetition(inside: &str) -> bool {
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |part: &str| part.chars().all(|digit| digit.is_ascii_digit());
    inside.chars().any(|character| character.is_ascii_digit()) && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_python() {
        let table = [
            (r"(?P<key>\w+): (?P<value>\d+)", "port: 80", Some("port: 80")),
            (r#"{"id": \d+}"#, r#"x {"id": 12} y"#, Some(r#"{"id": 12}"#)),
            (r"a{2}b{,2}", "aabb", Some("aabb")),
            (r"x{}", "x{}", Some("x{}")),
            (r"[[]x[]]", "[x]", Some("[x]")),
            (r"[]a]+", "]a", Some("]a")),
            (r"[^]]+", "]b]", Some("b")),
            (r"[&&~~]+", "x&~", Some("&~")),
            (r"[[:digit:]]+", "a12", Some("12")),
            (r"\<b\>", "<b>", Some("<b>")),
            (r"end\Z", "end\nend", Some("end")),
            (r"^two$", "one\r\ntwo\r\nthree", Some("two")),
            (r"\d+\.\d+", "v1.25", Some("1.25")),
            (r"[\]\-]+", "x]-", Some("]-")),
            (r"none", "some", None),
        ];
        for (pattern, text, expected) in table {
            let found = compile(pattern, "").unwrap();
            assert_eq!(found.find(text).map(|found| found.as_str()), expected, "{pattern}");
        }
        assert!(compile("a.b", "is").unwrap().is_match("A\nB"));
        assert!(!compile("a.b", "i").unwrap().is_match("A\nB"));
    }

    #[test]
    fn what_has_no_linear_form_is_refused_with_another_way() {
        for pattern in ["(?=x)a", "a(?!b)", "(?<=x)a", "(?<!x)a"] {
            assert!(compile(pattern, "").unwrap_err().contains("look-around"), "{pattern}");
        }
        for pattern in [r"(a)\1", "(?P<a>x)(?P=a)"] {
            assert!(compile(pattern, "").unwrap_err().contains("groups by find_all"), "{pattern}");
        }
        assert!(compile("(a", "").unwrap_err().contains("`(a` is no pattern: unclosed group"));
        assert!(compile("a", "iq").unwrap_err().contains("`q` is no flag"));
    }
}
