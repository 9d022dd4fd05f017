//! What the tests of missions share: a corpus from pairs of name and text.

use headwater_protocol::{Corpus, CorpusPart, CorpusShape, SharedText};

/// A corpus of these texts; a text's digest is `sha:` and its name.
pub(crate) fn corpus(texts: &[(&str, &str)]) -> Corpus {
    let part = |(name, text): &(&str, &str)| CorpusPart {
        name: (*name).to_owned(),
        sha256: format!("sha:{name}"),
        file: None,
        text: SharedText::new((*text).to_owned()).unwrap_or_default(),
    };
    Corpus { shape: CorpusShape::Dict, parts: texts.iter().map(part).collect() }
}
