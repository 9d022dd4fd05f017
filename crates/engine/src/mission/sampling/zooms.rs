//! The parts of a node that are looked at more closely: those which the answer names, or three finer pieces.

use std::ops::Range;

use headwater_protocol::Corpus;

use super::super::intake::{Node, cut, line_breaks, text_of};
use super::super::observations::{Place, Zoom};

/// The most parts of one node.
const MOST: usize = 3;
/// Nodes below this size, in bytes, have no parts: they were seen whole.
const SMALLEST: usize = 1_500;
/// Bytes before and behind a place that is looked at again.
const AROUND: usize = 1_000;

/// Spans of the text with the lines in which they begin.
pub(super) fn closer(node: &Node, corpus: &Corpus, zooms: &[Zoom]) -> Vec<(Range<usize>, u32)> {
    if node.span.len() < SMALLEST {
        return Vec::new();
    }
    let text = text_of(node, corpus);
    let mut spans: Vec<Range<usize>> = Vec::new();
    for span in zooms.iter().filter_map(|zoom| named(zoom, node, text)) {
        let overlaps = spans.iter().any(|other| span.start < other.end && other.start < span.end);
        if !overlaps && span.len() < text.len() && spans.len() < MOST {
            spans.push(span);
        }
    }
    if spans.is_empty() {
        spans = cut(text, text.len().div_ceil(MOST));
        spans.truncate(MOST);
    }
    let placed = |span: Range<usize>| {
        let before = text.as_bytes().get(..span.start).unwrap_or_default();
        (node.span.start + span.start..node.span.start + span.end, node.line + line_breaks(before))
    };
    spans.into_iter().map(placed).collect()
}

/// The lines `a` to `b` of the text as bytes of the node; `None` when they lie outside of it.
fn named(zoom: &Zoom, node: &Node, text: &str) -> Option<Range<usize>> {
    let first = zoom.a - f64::from(node.line);
    let last = zoom.b - f64::from(node.line);
    let mut span: Option<Range<usize>> = None;
    let mut start = 0;
    for (nth, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        if nth as f64 >= first && nth as f64 <= last {
            span = Some(span.map_or(start, |span| span.start)..end);
        }
        start = end;
    }
    span
}

/// The surroundings of a place, whole characters, with their first line.
pub(super) fn around(place: &Place, corpus: &Corpus) -> Option<(Range<usize>, u32)> {
    let text = corpus.parts.get(place.part)?.text.as_str();
    let start = text.floor_char_boundary(place.span.start.saturating_sub(AROUND));
    let end = text.ceil_char_boundary(place.span.end + AROUND);
    let before = text.as_bytes().get(start..place.span.start)?;
    (start < end).then_some((start..end, place.line.saturating_sub(line_breaks(before)).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mission::intake::{Churn, nodes};
    use crate::mission::testing::corpus;

    fn zoom(a: f64, b: f64) -> Zoom {
        Zoom { a, b, ..Zoom::default() }
    }

    #[test]
    fn named_lines_win_over_thirds() {
        let text = "0123456789\n".repeat(200);
        let corpus = corpus(&[("a", &text)]);
        let node = &nodes(&corpus, "", &Churn::new())[0];
        let spans = |zooms: &[Zoom]| closer(node, &corpus, zooms);
        assert_eq!(spans(&[zoom(11.0, 20.0), zoom(15.0, 30.0), zoom(500.0, 600.0)]), [(110..220, 11)]);
        let thirds = spans(&[]);
        assert_eq!(thirds.len(), 3);
        assert_eq!(thirds, spans(&[zoom(1.0, 200.0), zoom(f64::NAN, 3.0), zoom(9.0, 2.0)]));
        assert!(thirds.iter().all(|(span, line)| span.start / 11 + 1 == *line as usize));
    }

    #[test]
    fn small_nodes_have_no_parts_and_places_have_surroundings() {
        let corpus = corpus(&[("a", &"é23456789\n".repeat(300))]);
        let place = Place { part: 0, name: "a".into(), span: 1_100..1_110, line: 101 };
        let (span, line) = around(&place, &corpus).unwrap();
        assert_eq!((span, line), (99..2_110, 10));
        let node = Node { id: 0, part: 0, span: 0..1_100, line: 1, level: 1, prior: 0.0 };
        assert_eq!(closer(&node, &corpus, &[zoom(1.0, 2.0)]), []);
    }
}
