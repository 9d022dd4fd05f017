//! Which bytes of a corpus were shown to models: ranges per text, joined as they come.

use std::collections::BTreeMap;
use std::sync::Arc;

use headwater_protocol::PromptPiece;

/// The bytes of a corpus that prompts have named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By the digest of the text: ranges apart from each other, by their starts.
    texts: BTreeMap<Arc<str>, BTreeMap<u64, u64>>,
    bytes: u64,
}

impl Coverage {
    /// Adds what a prompt names.
    pub fn add(&mut self, prompt: &[PromptPiece]) {
        for piece in prompt {
            match piece {
                PromptPiece::Text { .. } => {}
                PromptPiece::Span { source, start, end } => self.join(source, *start, *end),
            }
        }
    }

    /// How many bytes, each counted once.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn join(&mut self, source: &str, start: u64, end: u64) {
        if start >= end {
            return;
        }
        if !self.texts.contains_key(source) {
            self.texts.insert(source.into(), BTreeMap::new());
        }
        let Some(ranges) = self.texts.get_mut(source) else { return };
        let (mut first, mut last) = (start, end);
        // From the right to the left: every range that touches the new one becomes part of it.
        while let Some((from, to)) = ranges.range(..=last).next_back().map(|(from, to)| (*from, *to)) {
            if to < first {
                break;
            }
            ranges.remove(&from);
            self.bytes -= to - from;
            first = first.min(from);
            last = last.max(to);
        }
        ranges.insert(first, last);
        self.bytes += last - first;
    }
}

/// Bytes that a single prompt names.
pub fn named(prompt: &[PromptPiece]) -> u64 {
    let mut coverage = Coverage::default();
    coverage.add(prompt);
    coverage.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(source: &str, start: u64, end: u64) -> PromptPiece {
        PromptPiece::Span { source: source.into(), start, end }
    }

    #[test]
    fn what_overlaps_counts_once() {
        let mut coverage = Coverage::default();
        coverage.add(&[span("a", 0, 10), PromptPiece::text("words"), span("a", 5, 15), span("b", 0, 3)]);
        assert_eq!(coverage.bytes(), 18);
        coverage.add(&[span("a", 20, 30), span("a", 12, 22), span("a", 9, 3)]);
        assert_eq!(coverage.bytes(), 33);
        assert_eq!(named(&[span("a", 0, 4), span("a", 2, 6)]), 6);
    }

    proptest! {
        #[test]
        fn it_is_the_size_of_the_union(spans in proptest::collection::vec((0_u64..60, 0_u64..60), 0..30)) {
            let mut coverage = Coverage::default();
            let mut seen = std::collections::HashSet::new();
            for (start, end) in spans {
                coverage.add(&[span("a", start, end)]);
                seen.extend(start..end);
            }
            prop_assert_eq!(coverage.bytes(), seen.len() as u64);
        }
    }
}
