//! Clusters: what the cursor steps over. A chip is one, whatever stands beside it.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::text::{TAB_WIDTH, sanitize};

/// The first character of the private-use plane which stands for chips.
const FIRST: char = '\u{F0000}';
/// The last one.
const LAST: char = '\u{FFFFD}';

/// A paste folded into one character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chip {
    /// What is shown: `[paste 1 · 214 lines]`.
    pub(super) label: String,
    /// What is sent.
    pub(super) text: String,
}

/// The character for the chip with this index; `None` when the plane is full.
pub(super) fn chip_character(index: usize) -> Option<char> {
    let code = u32::try_from(index).ok()?.checked_add(u32::from(FIRST))?;
    char::from_u32(code).filter(|character| *character <= LAST)
}

/// The index of the chip which a character stands for.
pub(super) fn chip_index(character: char) -> Option<usize> {
    (FIRST..=LAST).contains(&character).then(|| u32::from(character) - u32::from(FIRST))?.try_into().ok()
}

/// The clusters of a text with their byte offsets.
pub(super) fn clusters(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> {
    text.grapheme_indices(true).flat_map(|(at, grapheme)| {
        let chip = grapheme.chars().next().filter(|first| chip_index(*first).is_some());
        // A combining mark after a chip must not become part of it.
        let head = chip.map_or(grapheme.len(), char::len_utf8);
        let (first, rest) = grapheme.split_at_checked(head).unwrap_or((grapheme, ""));
        [(at, first), (at + head, rest)].into_iter().filter(|(_, part)| !part.is_empty())
    })
}

/// What an ordinary cluster looks like.
pub(super) fn shown(cluster: &str) -> Cow<'_, str> {
    if cluster == "\t" { Cow::Owned(" ".repeat(TAB_WIDTH)) } else { sanitize(cluster) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_is_a_cluster_of_its_own() {
        let chip = chip_character(3).unwrap();
        assert_eq!(chip_index(chip), Some(3));
        assert_eq!(chip_index('x'), None);
        let text = format!("a{chip}\u{301}b");
        let parts: Vec<_> = clusters(&text).map(|(_, part)| part.chars().count()).collect();
        assert_eq!(parts, [1, 1, 1, 1]);
        assert_eq!(chip_character(usize::MAX), None);
    }
}
