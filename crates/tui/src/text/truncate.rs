//! Cuts text to a width, with an ellipsis that says so.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::row::Span;
use super::width::{grapheme_width, width};
use crate::theme::Slot;

/// The text in at most `columns` columns; a cut one ends in `…`.
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let kept = text.get(..bytes_within(text, columns.saturating_sub(1))).unwrap_or_default();
    Cow::Owned(if columns == 0 { String::new() } else { format!("{kept}…") })
}

/// The spans in at most `columns` columns; cut ones end in a dim `…`.
pub fn truncate_spans(source: &str, spans: Vec<Span>, columns: usize) -> Vec<Span> {
    let total: usize = spans.iter().map(|span| width(span.text(source))).sum();
    if total <= columns {
        return spans;
    }
    let mut room = columns.saturating_sub(1);
    let mut kept = Vec::with_capacity(spans.len() + 1);
    for span in spans {
        let text = span.text(source);
        let bytes = bytes_within(text, room);
        if bytes < text.len() {
            kept.push(span.cut(0..bytes));
            break;
        }
        room = room.saturating_sub(width(text));
        kept.push(span);
    }
    if columns > 0 {
        kept.push(Span::fixed("…", Slot::Dim));
    }
    kept
}

/// Bytes of the longest run of whole clusters from the start that fits.
fn bytes_within(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    for (byte, grapheme) in text.grapheme_indices(true) {
        taken += grapheme_width(grapheme);
        if taken > columns {
            return byte;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_says_so_and_fits() {
        let cases =
            [("short", 10, "short"), ("longer text", 6, "longe…"), ("漢字漢字", 4, "漢…"), ("ab", 0, "")];
        for (text, columns, expected) in cases {
            assert_eq!(truncate(text, columns), expected);
        }
    }

    #[test]
    fn spans_are_cut_where_the_room_ends() {
        let source = "hello world";
        let spans = vec![Span::source(0..5, Slot::Text), Span::source(5..11, Slot::Code)];
        let cut = truncate_spans(source, spans, 8);
        let text: String = cut.iter().map(|span| span.text(source)).collect();
        assert_eq!(text, "hello w…");
    }
}
