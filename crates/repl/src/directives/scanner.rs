//! Reads the text of a block of directives: where it stands, blanks and comments, quoted texts, names and numbers.

use serde_json::{Number, Value};

use super::syntax::{Code, Mistake};

/// The text of a block, read from front to back.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// A quoted text.
pub(super) struct Quoted {
    /// With all escapes resolved.
    pub(super) resolved: String,
    /// With only those of its own quotes resolved.
    pub(super) verbatim: String,
}

impl From<Quoted> for Code {
    fn from(quoted: Quoted) -> Self {
        Self { resolved: quoted.resolved, verbatim: quoted.verbatim }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The line it stands in, from 1.
    pub(super) fn line(&self) -> u32 {
        let before = self.text.get(..self.at).unwrap_or_default();
        u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// What is wrong here.
    pub(super) fn mistake<T>(&self, message: impl Into<String>) -> Result<T, Mistake> {
        Err(Mistake { line: self.line(), message: message.into() })
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    /// Passes over spaces, and line ends too within brackets.
    pub(super) fn pass_blanks(&mut self, is_bracketed: bool) {
        let is_blank = |c: char| c == ' ' || c == '\t' || c == '\r' || (is_bracketed && c == '\n');
        let rest = self.rest();
        self.skip(rest.len() - rest.trim_start_matches(is_blank).len());
    }

    /// Passes over blank lines and comments to the next directive.
    pub(super) fn pass_lines(&mut self) {
        loop {
            let rest = self.rest();
            self.skip(rest.len() - rest.trim_start().len());
            if !self.pass_comment() {
                return;
            }
        }
    }

    fn pass_comment(&mut self) -> bool {
        let rest = self.rest();
        let is_comment = rest.starts_with('#') || rest.starts_with("//");
        if is_comment {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        }
        is_comment
    }

    /// Passes over the end of a directive: a semicolon, a comment, the line end.
    pub(super) fn pass_end(&mut self) -> Result<(), Mistake> {
        self.pass_blanks(false);
        while self.take(";") {
            self.pass_blanks(false);
        }
        self.pass_comment();
        if self.rest().is_empty() || self.take("\n") {
            return Ok(());
        }
        let rest: String = self.rest().lines().next().unwrap_or_default().chars().take(40).collect();
        self.mistake(format!("`{}` cannot stand here", rest.trim_end()))
    }

    /// Takes `sign` if it comes next.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        let is_next = self.rest().starts_with(sign);
        if is_next {
            self.skip(sign.len());
        }
        is_next
    }

    /// The name that comes next.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name =
            rest.get(..end).filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))?;
        self.skip(end);
        Some(name)
    }

    /// The whole number that comes next.
    pub(super) fn whole(&mut self) -> Option<i64> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let sign = rest.len() - digits.len();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let number = rest.get(..sign + end)?.parse().ok()?;
        self.skip(sign + end);
        Some(number)
    }

    /// The number that comes next.
    pub(super) fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | 'e' | 'E');
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let number: Number = rest.get(..end).and_then(|digits| serde_json::from_str(digits).ok())?;
        self.skip(end);
        Some(Value::Number(number))
    }

    /// The quoted text that comes next; `None` when there is none. It may run over several lines.
    pub(super) fn quoted(&mut self) -> Result<Option<Quoted>, Mistake> {
        let rest = self.rest();
        let quotes = ["\"\"\"", "'''", "\"", "'", "`"];
        let Some(quote) = quotes.into_iter().find(|quote| rest.starts_with(quote)) else { return Ok(None) };
        let begin = rest.get(quote.len()..).unwrap_or_default();
        let Some(length) = length_to(begin, quote) else {
            return self.mistake(format!("the text that begins with {quote} has no end"));
        };
        let inside = begin.get(..length).unwrap_or_default();
        self.skip(quote.len() * 2 + length);
        // Long quotes and backticks are for code, which has escapes of its own.
        let is_raw = quote.len() > 1 || quote == "`";
        let verbatim = if is_raw { inside.to_owned() } else { inside.replace(&format!("\\{quote}"), quote) };
        let resolved = if is_raw { inside.to_owned() } else { resolve(inside) };
        Ok(Some(Quoted { resolved, verbatim }))
    }
}

/// Bytes to the quote that ends a text.
fn length_to(text: &str, quote: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(quote) {
            return Some(at);
        }
        let mut characters = rest.chars();
        let first = characters.next()?;
        at += first.len_utf8();
        if first == '\\' {
            at += characters.next()?.len_utf8();
        }
    }
}

/// The text with its escapes resolved; one that is none stays, since patterns are full of them.
fn resolve(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        resolved.push_str(rest.get(..at).unwrap_or_default());
        let escape = rest.get(at + 1..).unwrap_or_default();
        let (sign, length) = escaped(escape);
        if let Some(sign) = sign {
            resolved.push(sign);
            rest = escape.get(length..).unwrap_or_default();
        } else {
            resolved.push('\\');
            rest = escape;
        }
    }
    resolved.push_str(rest);
    resolved
}

/// What the escape stands for, and its length behind the backslash.
fn escaped(escape: &str) -> (Option<char>, usize) {
    let Some(first) = escape.chars().next() else { return (None, 0) };
    let sign = match first {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        '"' | '\'' | '\\' | '`' => Some(first),
        'u' => {
            let code = escape.get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            return (code.and_then(char::from_u32), 5);
        }
        _ => None,
    };
    (sign, first.len_utf8())
}
