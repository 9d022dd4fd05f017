//! The context variable of Recursive mode: texts that are too large for a prompt, shared and never copied.
//!
//! *Invariants:* a text is valid UTF-8 and never changes; it is known by the SHA-256 of its bytes.

use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes that somebody owns: read into memory, or a mapped file.
pub trait TextBytes: Send + Sync {
    /// All of them.
    fn bytes(&self) -> &[u8];
}

impl TextBytes for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl TextBytes for String {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// A text that is shared by all who read it. Cloning copies a pointer.
#[derive(Clone)]
pub struct SharedText {
    owner: Arc<dyn TextBytes>,
    is_ascii: bool,
}

impl SharedText {
    /// Checks that `owner` is UTF-8 and takes it over.
    pub fn new(owner: impl TextBytes + 'static) -> Result<Self, std::str::Utf8Error> {
        std::str::from_utf8(owner.bytes())?;
        let is_ascii = owner.bytes().is_ascii();
        Ok(Self { owner: Arc::new(owner), is_ascii })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Checked when it was taken over, and it cannot change: the other branch is never reached.
        std::str::from_utf8(self.owner.bytes()).unwrap_or_default()
    }

    /// The bytes of the text, without the cost of a check.
    pub fn as_bytes(&self) -> &[u8] {
        self.owner.bytes()
    }

    /// The text between two byte offsets; `None` when they do not lie on character boundaries within it. Only
    /// that part is looked at, whatever the size of the whole.
    pub fn get(&self, range: Range<usize>) -> Option<&str> {
        let starts_character = |at: usize| self.as_bytes().get(at).is_none_or(|byte| (byte & 0xC0) != 0x80);
        let part = self.as_bytes().get(range.clone())?;
        if !(starts_character(range.start) && starts_character(range.end)) {
            return None;
        }
        std::str::from_utf8(part).ok()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// Whether byte and character offsets are the same.
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }
}

impl std::fmt::Debug for SharedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedText({} bytes)", self.len())
    }
}

impl PartialEq for SharedText {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Default for SharedText {
    fn default() -> Self {
        Self { owner: Arc::new(Vec::new()), is_ascii: true }
    }
}

/// What the variable `context` is in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorpusShape {
    /// One text.
    #[default]
    Text,
    /// Several texts without names.
    List,
    /// Texts by name.
    Dict,
}

/// One text of the context variable.
#[derive(Clone, Debug, PartialEq)]
pub struct CorpusPart {
    /// Its name: a path, or what it is.
    pub name: String,
    /// SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// Where its bytes are kept on disk, for a process that maps them itself; absent for what is only in memory.
    pub file: Option<std::path::PathBuf>,
    /// The text.
    pub text: SharedText,
}

/// The context variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corpus {
    /// What it looks like in a block.
    pub shape: CorpusShape,
    /// Its texts, in the order in which they were given.
    pub parts: Arc<[CorpusPart]>,
}

impl Corpus {
    /// All bytes together.
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.text.len()).sum()
    }

    /// The part with this digest.
    pub fn find(&self, sha256: &str) -> Option<&CorpusPart> {
        self.parts.iter().find(|part| part.sha256 == sha256)
    }
}

/// A corpus as a record holds it: digests, never texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CorpusSummary {
    /// What it looks like in a block.
    pub shape: CorpusShape,
    /// Its texts.
    pub parts: Vec<CorpusPartSummary>,
}

/// One text of a corpus as a record holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CorpusPartSummary {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
}

impl From<&Corpus> for CorpusSummary {
    fn from(corpus: &Corpus) -> Self {
        let part = |part: &CorpusPart| CorpusPartSummary {
            name: part.name.clone(),
            sha256: part.sha256.clone(),
            bytes: part.text.len() as u64,
        };
        Self { shape: corpus.shape, parts: corpus.parts.iter().map(part).collect() }
    }
}

/// A piece of a prompt: words, or a part of a text that is stored once (RECURSIVE §8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PromptPiece {
    /// The words themselves.
    Text {
        /// The words.
        text: String,
    },
    /// A part of a text of the corpus.
    Span {
        /// SHA-256 of that text.
        source: String,
        /// Its first byte.
        start: u64,
        /// The byte behind its last.
        end: u64,
    },
}

impl PromptPiece {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The words of this piece; `None` when `corpus` does not hold them.
    pub fn resolve<'a>(&'a self, corpus: &'a Corpus) -> Option<&'a str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Span { source, start, end } => {
                let range = usize::try_from(*start).ok()?..usize::try_from(*end).ok()?;
                corpus.find(source)?.text.get(range)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Corpus {
        let text = SharedText::new("naïve text".to_owned()).unwrap();
        let part = CorpusPart { name: "a".into(), sha256: "s".into(), file: None, text };
        Corpus { shape: CorpusShape::Text, parts: [part].into() }
    }

    #[test]
    fn a_span_is_resolved_on_character_boundaries_only() {
        let span = |start, end| PromptPiece::Span { source: "s".into(), start, end };
        let corpus = corpus();
        let table = [
            (0, 2, Some("na")),
            (2, 4, Some("ï")),
            (3, 4, None),
            (0, 3, None),
            (5, 99, None),
            (11, 11, Some("")),
        ];
        for (start, end, expected) in table {
            assert_eq!(span(start, end).resolve(&corpus), expected, "{start}..{end}");
        }
        assert_eq!(PromptPiece::text("x").resolve(&corpus), Some("x"));
        assert_eq!(PromptPiece::Span { source: "t".into(), start: 0, end: 1 }.resolve(&corpus), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        SharedText::new(vec![0xff, 0xfe]).unwrap_err();
        assert!(SharedText::new("a".to_owned()).unwrap().is_ascii());
        assert!(!corpus().parts[0].text.is_ascii());
    }
}
