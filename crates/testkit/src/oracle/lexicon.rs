//! Which word has which label: what the model knows and the context does not say.

use std::collections::HashMap;
use std::sync::Arc;

/// The words with their labels, one label a line, as the generators of the evals use them.
const WORDS: &str = include_str!("../../../../assets/evals/lexicon.txt");

/// Labels by word.
#[derive(Clone, Debug)]
pub(super) struct Lexicon {
    labels: Arc<HashMap<&'static str, &'static str>>,
}

impl Lexicon {
    /// The lexicon from which the evals make their contexts.
    pub(super) fn shared_with_the_evals() -> Self {
        let lines = WORDS.lines().filter_map(|line| line.split_once(':'));
        let pairs = lines.flat_map(|(label, words)| words.split_whitespace().map(move |word| (word, label)));
        Self { labels: Arc::new(pairs.collect()) }
    }

    /// The label of a word.
    pub(super) fn label(&self, word: &str) -> Option<&'static str> {
        self.labels.get(word).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_has_two_labels() {
        let words = WORDS.lines().filter_map(|line| line.split_once(':'));
        let count: usize = words.map(|(_, words)| words.split_whitespace().count()).sum();
        let lexicon = Lexicon::shared_with_the_evals();
        assert_eq!((lexicon.labels.len(), lexicon.label("otter")), (count, Some("animal")));
    }
}
