//! The texts of the context as JavaScript gets at them.

use headwater_protocol::corpus::{Corpus, CorpusShape};
use serde_json::json;

use crate::directives::evaluation::LARGEST_COPY;
use crate::directives::place::landmarks;
use crate::entry::HelperCache;

/// Whether the whole context is copied; otherwise parts of it are read when they are wanted.
pub(super) fn is_copied(corpus: &Corpus) -> bool {
    corpus.bytes() <= LARGEST_COPY
}

/// What the context is: `text`, `list` or `dict`.
pub(super) fn shape(corpus: &Corpus) -> &'static str {
    match corpus.shape {
        CorpusShape::Text => "text",
        CorpusShape::List => "list",
        CorpusShape::Dict => "dict",
    }
}

/// Name and length in characters of each text, as JSON.
pub(super) fn described(corpus: &Corpus, cache: &HelperCache) -> String {
    let described = |part: &headwater_protocol::corpus::CorpusPart| {
        let bytes = part.text.as_bytes();
        let characters = landmarks(part, cache).characters_before(bytes, bytes.len());
        json!({"name": part.name, "length": characters})
    };
    corpus.parts.iter().map(described).collect::<serde_json::Value>().to_string()
}

/// The characters from `start` to `end` of a text.
pub(super) fn cut(corpus: &Corpus, cache: &HelperCache, [index, start, end]: [&str; 3]) -> Option<String> {
    let part = corpus.parts.get(index.parse::<usize>().ok()?)?;
    let (marks, bytes) = (landmarks(part, cache), part.text.as_bytes());
    let byte = |at: &str| Some(marks.byte_of_character(bytes, at.parse().ok()?));
    part.text.get(byte(start)?..byte(end)?).map(str::to_owned)
}
