//! Fuzzy ranking, as people know it from fzf.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Ranks texts against a query; keeps its buffers between calls.
#[derive(Debug)]
pub(super) struct Ranker {
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Ranker {
    /// For names and sentences.
    pub(super) fn new() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    /// For paths: what follows a slash counts more.
    pub(super) fn for_paths() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT.match_paths()), buffer: Vec::new() }
    }

    /// The places of the best `limit` matches in `texts`, best first; equal ones stay in order.
    pub(super) fn best<'a>(
        &mut self,
        query: &str,
        texts: impl Iterator<Item = &'a str>,
        limit: usize,
    ) -> Vec<usize> {
        let pattern = Pattern::parse(query, CaseMatching::Smart, Normalization::Smart);
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (place, text) in texts.enumerate() {
            let haystack = Utf32Str::new(text, &mut self.buffer);
            if let Some(score) = pattern.score(haystack, &mut self.matcher) {
                scored.push((score, place));
            }
        }
        scored.sort_unstable_by_key(|(score, place)| (std::cmp::Reverse(*score), *place));
        scored.into_iter().take(limit).map(|(_, place)| place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_comes_first_and_no_query_keeps_the_order() {
        let texts = ["src/main.rs", "tests/maintenance.rs", "docs/a.md"];
        let mut ranker = Ranker::for_paths();
        assert_eq!(ranker.best("main", texts.into_iter(), 9), [0, 1]);
        assert_eq!(ranker.best("", texts.into_iter(), 2), [0, 1]);
        assert_eq!(ranker.best("zzz", texts.into_iter(), 9), Vec::<usize>::new());
    }
}
