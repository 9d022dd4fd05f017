//! A Rust file as the rules see it: its text, and its tokens with doc comments left out and tests marked.

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::str::FromStr as _;

/// A Rust file.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    text: String,
    tokens: Vec<Token>,
}

/// One token: a word, a literal or a punctuation mark, brackets included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its text as written.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// Whether it stands in a test: in `tests/`, in `benches/`, or under `#[cfg(test)]` or `#[test]`.
    pub is_test: bool,
}

impl SourceFile {
    /// Reads the tokens of this text.
    pub fn new(path: &str, text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let stream = TokenStream::from_str(&text).map_err(|error| anyhow!("{path}: {error}"))?;
        let mut tokens = Vec::new();
        flatten(stream, is_test_path(path), &mut tokens);
        Ok(Self { path: path.to_owned(), text, tokens })
    }

    /// Its path from the root of the repository.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its name without folders and without `.rs`.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".rs").unwrap_or(name)
    }

    /// Its tokens in order, without comments of any kind.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The places at which these tokens follow one another.
    pub fn sequences<'a>(&'a self, wanted: &'a [&'a str]) -> impl Iterator<Item = &'a Token> {
        let windows = self.tokens.windows(wanted.len());
        let is_wanted =
            |window: &&[Token]| window.iter().map(|token| token.text.as_str()).eq(wanted.iter().copied());
        windows.filter(is_wanted).filter_map(<[Token]>::first)
    }
}

fn is_test_path(path: &str) -> bool {
    path.split('/').any(|folder| folder == "tests" || folder == "benches")
}

/// Appends the tokens of a stream; an item under a test attribute is marked up to its end.
fn flatten(stream: TokenStream, is_test: bool, into: &mut Vec<Token>) {
    let mut in_test_item = false;
    for tree in stream {
        let mut ends_item = false;
        match &tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                let text = group.stream().to_string();
                if is_doc(&text) {
                    continue;
                }
                in_test_item |= is_test_attribute(&text);
            }
            TokenTree::Group(group) => ends_item = group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(mark) => ends_item = mark.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        push(tree, is_test || in_test_item, into);
        in_test_item &= !ends_item;
    }
}

/// The inside of an attribute made of a doc comment. The `#` before it stays, which no rule minds.
fn is_doc(attribute: &str) -> bool {
    attribute.starts_with("doc =")
}

fn is_test_attribute(attribute: &str) -> bool {
    let dense: String = attribute.split_whitespace().collect();
    dense == "test" || dense.ends_with("::test") || dense.contains("::test(") || dense.starts_with("cfg(test")
}

fn push(tree: TokenTree, is_test: bool, into: &mut Vec<Token>) {
    let line = tree.span().start().line;
    match tree {
        TokenTree::Group(group) => {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            let end = group.span_close().start().line;
            into.push(Token { text: open.to_owned(), line, is_test });
            flatten(group.stream(), is_test, into);
            into.push(Token { text: close.to_owned(), line: end, is_test });
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
            into.push(Token { text: tree.to_string(), line, is_test });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_and_comments_are_left_out_and_tests_are_marked() {
        let text = "//! Head.\n/// Doc.\nfn a() { b(); } // comment\n#[cfg(test)]\nmod tests {\n    c!(d);\n}\nfn e() {}\n";
        let file = SourceFile::new("crates/x/src/a.rs", text).unwrap();
        let words = |is_test: bool| -> Vec<&str> {
            let words = file.tokens().iter().filter(|token| token.is_test == is_test);
            words
                .map(|token| token.text.as_str())
                .filter(|word| word.chars().all(char::is_alphabetic))
                .collect()
        };
        assert_eq!(words(false), ["fn", "a", "b", "fn", "e"]);
        assert_eq!(words(true), ["cfg", "test", "mod", "tests", "c", "d"]);
        assert_eq!(file.sequences(&["d"]).next().unwrap().line, 6);
    }

    #[test]
    fn whole_files_of_tests_are_tests() {
        let file = SourceFile::new("crates/x/tests/main.rs", "fn a() {}").unwrap();
        assert!(file.tokens().iter().all(|token| token.is_test));
        assert_eq!(file.stem(), "main");
    }
}
