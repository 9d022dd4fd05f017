//! Whether a quote really stands in a text: literally, but for white space (RECURSIVE §7.4).

use std::ops::Range;

use regex::Regex;

/// The fewest characters a quote must have, white space not counted: shorter ones stand everywhere.
const SHORTEST: usize = 4;
/// The most characters of a quote that are looked for.
const LONGEST: usize = 600;

/// Where `quote` stands in `text`, as a byte range; white space of any kind and length is equal, and marks with
/// which models wrap a quote are not part of it.
pub(crate) fn find(text: &str, quote: &str) -> Option<Range<usize>> {
    let quote = quote.trim().trim_matches(['"', '`', '“', '”', '…']).trim();
    let words: Vec<&str> = quote.split_whitespace().collect();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    if !(SHORTEST..=LONGEST).contains(&letters) {
        return None;
    }
    if let Some(start) = text.find(quote) {
        return Some(start..start + quote.len());
    }
    let pattern: Vec<String> = words.into_iter().map(regex::escape).collect();
    Regex::new(&pattern.join(r"\s+")).ok()?.find(text).map(|found| found.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_found_whatever_the_white_space() {
        let text = "let lock = self.state.lock();\n    send(&lock)\n        .await;\n";
        let table = [
            ("let lock = self.state.lock();", true),
            ("send(&lock) .await;", true),
            ("\"send(&lock)\n.await\"", true),
            ("`self.state.lock()`", true),
            ("send( &lock)", false),
            ("SEND(&lock)", false),
            ("let", false),
            ("", false),
            ("let lock = self.other.lock();", false),
        ];
        for (quote, expected) in table {
            assert_eq!(find(text, quote).is_some(), expected, "{quote}");
        }
        assert_eq!(
            find(text, "send(&lock) .await").and_then(|at| text.get(at)),
            Some("send(&lock)\n        .await")
        );
    }
}
