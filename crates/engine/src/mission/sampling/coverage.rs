//! How much of the corpus was read, at each level of closeness.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::intake::Node;

/// What was read. Levels are counted from 1, so the first number is level 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Bytes read at each level.
    pub by_level: Vec<u64>,
    /// Bytes read at any level.
    pub read: u64,
    /// Bytes there are.
    pub of: u64,
}

/// The spans that were read, by level and text.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadSpans {
    spans: BTreeMap<(u8, usize), Vec<Range<usize>>>,
}

impl ReadSpans {
    pub(crate) fn add(&mut self, node: &Node) {
        self.spans.entry((node.level, node.part)).or_default().push(node.span.clone());
    }

    pub(crate) fn coverage(&self, of: usize) -> Coverage {
        let mut by_level: BTreeMap<u8, u64> = BTreeMap::new();
        let mut by_part: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
        for ((level, part), spans) in &self.spans {
            *by_level.entry(*level).or_default() += united(spans.clone());
            by_part.entry(*part).or_default().extend(spans.iter().cloned());
        }
        let deepest = by_level.keys().copied().max().unwrap_or_default();
        Coverage {
            by_level: (1..=deepest).map(|level| by_level.get(&level).copied().unwrap_or_default()).collect(),
            read: by_part.into_values().map(united).sum(),
            of: of as u64,
        }
    }
}

/// Bytes in the union of these spans.
fn united(mut spans: Vec<Range<usize>>) -> u64 {
    spans.sort_unstable_by_key(|span| span.start);
    let (mut sum, mut end) = (0, 0);
    for span in spans {
        let start = span.start.max(end);
        sum += span.end.saturating_sub(start) as u64;
        end = end.max(span.end);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_twice_count_once_a_level() {
        let mut read = ReadSpans::default();
        for (level, part, span) in
            [(1, 0, 0..100), (1, 1, 0..50), (2, 0, 10..30), (2, 0, 20..40), (3, 0, 25..26)]
        {
            read.add(&Node { id: 0, part, span, line: 1, level, prior: 0.0 });
        }
        let coverage = read.coverage(400);
        assert_eq!(coverage, Coverage { by_level: vec![150, 30, 1], read: 150, of: 400 });
        assert_eq!(ReadSpans::default().coverage(0), Coverage::default());
    }
}
