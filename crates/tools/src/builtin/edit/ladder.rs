//! Where `old` stands in a text: exactly, or else, only when that is a single place, apart from line ends, or apart from
//! blanks at line ends. Nothing looser is ever applied.

use std::ops::Range;

use super::failure::Refusal;
use super::nearest;
use super::normal::{Normal, Trim, without_return, without_trailing_blanks};

/// A way to look past what is not seen.
struct Rung {
    /// What it looks past, for messages.
    difference: &'static str,
    trim: Trim,
}

const RUNGS: [Rung; 2] = [
    Rung { difference: "line ends (CRLF or LF)", trim: without_return },
    Rung { difference: "blanks at the ends of lines", trim: without_trailing_blanks },
];

/// The places of `old`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) places: Vec<Range<usize>>,
    /// What was looked past to find them; `None` when they are exact.
    pub(super) past: Option<&'static str>,
}

/// Finds `old`, which is not empty: every exact place when `all`, else the single one.
pub(super) fn find(text: &str, old: &str, all: bool) -> Result<Found, Refusal> {
    let places: Vec<Range<usize>> =
        text.match_indices(old).map(|(start, found)| start..start + found.len()).collect();
    let overlapping = if all || places.len() != 1 { None } else { second_overlapping(text, old, &places) };
    match (places.len(), overlapping) {
        (0, _) => recover(text, old),
        (1, Some(second)) => Err(Refusal::Ambiguous(lines_of(text, &[places, vec![second]].concat()))),
        (1, None) => Ok(Found { places, past: None }),
        _ if all => Ok(Found { places, past: None }),
        _ => Err(Refusal::Ambiguous(lines_of(text, &places))),
    }
}

/// A place that overlaps the single one, such as the second `aa` in `aaa`.
fn second_overlapping(text: &str, old: &str, places: &[Range<usize>]) -> Option<Range<usize>> {
    let next = text.ceil_char_boundary(places.first()?.start.saturating_add(1));
    let at = text.get(next..)?.find(old)?.saturating_add(next);
    Some(at..at.saturating_add(old.len()))
}

fn recover(text: &str, old: &str) -> Result<Found, Refusal> {
    for Rung { difference, trim } in &RUNGS {
        let places = places_past(text, old, *trim);
        match places.len() {
            0 => {}
            1 => return Ok(Found { places, past: Some(difference) }),
            _ => return Err(Refusal::AmbiguousBut { difference, lines: lines_of(text, &places) }),
        }
    }
    if let Some(bare) = nearest::without_line_numbers(old) {
        let found_at = text.find(bare.as_str()).map(|at| line_of(text, at));
        return Err(Refusal::LineNumbers { found_at });
    }
    Err(Refusal::NotFound { hint: nearest::hint(text, old) })
}

/// Where `old` stands in `text` when both are trimmed at their line ends.
fn places_past(text: &str, old: &str, trim: Trim) -> Vec<Range<usize>> {
    let wanted = Normal::of(old, trim).text;
    if wanted.trim().is_empty() {
        return Vec::new();
    }
    // When the end of `old` itself was trimmed, it must stand at the end of a line: `x ` is not the start of `x y`.
    let last = old.rsplit('\n').next().unwrap_or(old);
    let ends_line = trim(last).len() < last.len();
    let normal = Normal::of(text, trim);
    let is_line_end =
        |at: usize| normal.text.get(at..).is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'));
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = normal.text.get(from..).and_then(|rest| rest.find(&wanted)) {
        let start = from + at;
        let place = start..start + wanted.len();
        if !ends_line || is_line_end(place.end) {
            places.push(normal.original(&place));
        }
        from = normal.text.ceil_char_boundary(start + 1);
    }
    places
}

/// The lines of places, which are in their order, in one pass.
fn lines_of(text: &str, places: &[Range<usize>]) -> Vec<usize> {
    let mut counted = (0, 1);
    let number = |place: &Range<usize>| {
        let between = text.as_bytes().get(counted.0..place.start).unwrap_or_default();
        counted = (place.start, counted.1 + memchr::memchr_iter(b'\n', between).count());
        counted.1
    };
    places.iter().map(number).collect()
}

/// The number of the line, from 1, in which the byte `at` stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    memchr::memchr_iter(b'\n', before).count() + 1
}
