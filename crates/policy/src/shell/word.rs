//! One word of a command after quotes, escapes and concatenation were resolved.

use std::path::Path;

use tree_sitter::Node;

use super::ansi;

/// A word. Where it is not wholly literal, the text keeps the expansion as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one word, not states")]
pub(crate) struct Word {
    /// The text, unquoted.
    pub(crate) text: String,
    /// Whether part of it is only known when the script runs (variables, substitutions, braces).
    pub(crate) is_dynamic: bool,
    /// Whether it is dynamic from its first character on, so that it may turn out to be an option.
    pub(crate) starts_dynamic: bool,
    /// Whether an unquoted `*`, `?` or `[` stands in it.
    pub(crate) is_glob: bool,
    /// Whether it begins with an unquoted `~`.
    pub(crate) has_tilde: bool,
    /// Whether it is `<(…)` or `>(…)`.
    pub(crate) is_process: bool,
}

impl Word {
    /// A word that is exactly this text.
    pub(crate) fn literal(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A word nobody knows before it runs.
    pub(crate) fn unknown(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_dynamic: true, starts_dynamic: true, ..Self::default() }
    }

    /// A word that stands for any path below `directory`.
    pub(crate) fn below(directory: &Self) -> Self {
        let text = format!("{}/?*", directory.text.trim_end_matches('/'));
        Self { text, is_glob: true, ..directory.clone() }
    }

    /// What follows `~/`, when the word begins with an unquoted `~` of the person themself.
    pub(crate) fn tilde_rest(&self) -> Option<&str> {
        let rest = self.text.strip_prefix('~').filter(|_| self.has_tilde)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// Whether it names, as a file, what is fed to the command: `/dev/stdin`, `<(…)`.
    pub(crate) fn is_stream(&self) -> bool {
        self.is_process
            || self.text == "/dev/stdin"
            || self.text.starts_with("/dev/fd/")
            || self.text.starts_with("/proc/self/fd/")
    }

    /// Whether it begins with `-` and is more than that.
    pub(crate) fn is_option(&self) -> bool {
        self.text.len() > 1 && self.text.starts_with('-')
    }
}

/// Reads one word node.
pub(super) fn read_word(source: &str, home: Option<&Path>, node: Node<'_>) -> Word {
    let mut reading = Reading { source, home, word: Word::default() };
    reading.node(node);
    let Reading { mut word, .. } = reading;
    if has_braces(source, node) {
        word.is_dynamic = true;
        word.starts_dynamic |= word.text.starts_with('{');
    }
    word
}

/// Whether the shell will make several words of it: `{a,b}` or `{1..3}` outside of quotes.
fn has_braces(source: &str, node: Node<'_>) -> bool {
    let node = if node.kind() == "command_name" { node.child(0).unwrap_or(node) } else { node };
    let mut is_open = false;
    let mut cursor = node.walk();
    let pieces: Vec<Node<'_>> =
        if node.kind() == "concatenation" { node.children(&mut cursor).collect() } else { vec![node] };
    for piece in pieces {
        if piece.kind() == "brace_expression" {
            return true;
        }
        if piece.kind() != "word" && !piece.kind().starts_with('{') {
            continue;
        }
        let text = source.get(piece.byte_range()).unwrap_or_default();
        is_open |= text.contains('{');
        if is_open && (text.contains(',') || text.contains("..")) {
            return true;
        }
    }
    false
}

struct Reading<'s> {
    source: &'s str,
    home: Option<&'s Path>,
    word: Word,
}

impl<'s> Reading<'s> {
    fn text(&self, node: Node<'_>) -> &'s str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    fn node(&mut self, node: Node<'_>) {
        let text = self.text(node);
        match node.kind() {
            "word" | "variable_name" | "test_operator" | "extglob_pattern" | "regex" => self.unquoted(text),
            "number" if node.child_count() == 0 => self.word.text.push_str(text),
            "raw_string" => self.word.text.push_str(text.trim_matches('\'')),
            "ansi_c_string" => self.ansi(text),
            "string" => self.string(node),
            "translated_string" | "concatenation" | "command_name" => self.children(node),
            "simple_expansion" | "expansion" => self.variable(text),
            "process_substitution" => {
                self.word.is_process = true;
                self.dynamic(text);
            }
            _ if !node.is_named() => self.word.text.push_str(text),
            _ => self.dynamic(text),
        }
    }

    fn children(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.is_named() || node.kind() != "translated_string" {
                self.node(child);
            }
        }
    }

    fn unquoted(&mut self, text: &str) {
        self.word.has_tilde |= self.word.text.is_empty() && text.starts_with('~');
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if character == '\\' {
                self.word.text.extend(characters.next().filter(|escaped| *escaped != '\n'));
            } else {
                self.word.is_glob |= matches!(character, '*' | '?' | '[');
                self.word.text.push(character);
            }
        }
    }

    fn ansi(&mut self, text: &str) {
        let inner = text.strip_prefix("$'").and_then(|inner| inner.strip_suffix('\''));
        match inner.and_then(ansi::decode) {
            Some(decoded) => self.word.text.push_str(&decoded),
            None => self.dynamic(text),
        }
    }

    /// Strings are read from the source between their expansions: the tree leaves blanks out.
    fn string(&mut self, node: Node<'_>) {
        let mut position = node.start_byte() + 1;
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.kind() == "string_content" {
                continue;
            }
            self.double_quoted(position, child.start_byte());
            self.node(child);
            position = child.end_byte();
        }
        self.double_quoted(position, node.end_byte().saturating_sub(1));
    }

    fn double_quoted(&mut self, start: usize, end: usize) {
        let mut characters = self.source.get(start..end).unwrap_or_default().chars().peekable();
        while let Some(character) = characters.next() {
            if character != '\\' {
                self.word.text.push(character);
                continue;
            }
            match characters.next() {
                Some('\n') => {}
                Some(escaped @ ('$' | '`' | '"' | '\\')) => self.word.text.push(escaped),
                Some(other) => self.word.text.extend(['\\', other]),
                None => self.word.text.push('\\'),
            }
        }
    }

    /// `$HOME` and `$PWD` are known; anything else is not.
    fn variable(&mut self, text: &str) {
        match (text, self.home.and_then(Path::to_str)) {
            ("$HOME" | "${HOME}", Some(home)) => self.word.text.push_str(home),
            ("$PWD" | "${PWD}", _) if self.word.text.is_empty() => self.word.text.push('.'),
            _ => self.dynamic(text),
        }
    }

    fn dynamic(&mut self, text: &str) {
        self.word.starts_dynamic |= self.word.text.is_empty();
        self.word.is_dynamic = true;
        self.word.text.push_str(text);
    }
}
