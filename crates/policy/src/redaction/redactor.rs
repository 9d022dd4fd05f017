//! Finds secrets and replaces them. One pass over the text looks for all beginnings; only what begins like a secret is
//! looked at more closely.
//!
//! *Invariants:* a redacted text comes out of a second pass as it is; a text is cut at the ends of letters only; the
//! same text always comes out the same.

use std::borrow::Cow;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use headwater_protocol::redact::redact_value;
use headwater_protocol::{Redact, RedactStream};
use regex::bytes::Regex;
use serde_json::Value;

use super::known::KnownSecret;
use super::literals::Literals;
use super::shapes::{SHAPES, is_boundary};
use super::spots::{Found, Scan, Seam, Spot, replaced};
use super::stream::RedactedStream;

/// How far before a place a mark may begin that a pattern of the settings must not look into.
const LONGEST_MARK: usize = 160;

/// A pattern of the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the pattern {pattern:?} in output.secret_patterns cannot be used: {source}")]
pub struct PatternError {
    /// As it is written.
    pub pattern: String,
    /// Why.
    #[source]
    pub source: Box<regex::Error>,
}

/// Knows secrets and replaces them by their names. The default knows nothing and lets everything pass. Clones share it.
#[derive(Clone, Default)]
pub struct Redactor {
    parts: Option<Arc<Parts>>,
}

struct Parts {
    literals: Literals,
    /// Looks for all beginnings at once.
    starts: Option<AhoCorasick>,
    /// The beginnings, and what begins so.
    beginnings: Vec<(Vec<u8>, Beginning)>,
    /// Patterns of the settings.
    own: Vec<Regex>,
    own_label: Arc<str>,
}

#[derive(Clone, Copy)]
enum Beginning {
    /// A known secret, by the place of its start.
    Known(usize),
    /// A shape, by its place.
    Shape(usize),
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("is_on", &self.parts.is_some()).finish()
    }
}

impl Redactor {
    /// A redactor that knows these secrets, the shapes of tokens, and the patterns of a person's own.
    pub fn new(secrets: &[KnownSecret], patterns: &[String]) -> Result<Self, PatternError> {
        let own = patterns.iter().map(|pattern| {
            Regex::new(pattern)
                .map_err(|source| PatternError { pattern: pattern.clone(), source: Box::new(source) })
        });
        let own = own.collect::<Result<Vec<_>, _>>()?;
        let literals = Literals::new(secrets);
        let known = literals.starts().enumerate().map(|(at, start)| (start.to_vec(), Beginning::Known(at)));
        let shapes = SHAPES.iter().enumerate().flat_map(|(at, shape)| {
            shape.starts.iter().map(move |start| (start.clone().into_bytes(), Beginning::Shape(at)))
        });
        let beginnings: Vec<(Vec<u8>, Beginning)> = known.chain(shapes).collect();
        let starts = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(beginnings.iter().map(|(start, _)| start))
            .or_else(|_| AhoCorasick::new(beginnings.iter().map(|(start, _)| start)))
            .ok();
        let parts =
            Parts { literals, starts, beginnings, own, own_label: "a pattern of the settings".into() };
        Ok(Self { parts: Some(Arc::new(parts)) })
    }

    /// The bytes with a mark in place of each secret.
    pub fn redact_bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        let spots = self.spots(bytes);
        if spots.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(replaced(bytes, &spots)) }
    }

    /// The text with a mark in place of each secret.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.redact(text)
    }

    /// The value with a mark in place of each secret in its texts and names.
    pub fn value<'v>(&self, value: &'v Value) -> Cow<'v, Value> {
        let mut copy = value.clone();
        if redact_value(self, &mut copy) { Cow::Owned(copy) } else { Cow::Borrowed(value) }
    }

    /// For bytes that arrive in pieces.
    pub fn bytes_stream(&self) -> RedactedStream {
        RedactedStream::new(self.clone())
    }

    /// Whether there is anything to look for.
    pub(super) fn is_on(&self) -> bool {
        self.parts.is_some()
    }

    /// Whether patterns of the settings are looked for, of which nobody knows how they begin.
    pub(super) fn has_patterns(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| !parts.own.is_empty())
    }

    /// The secrets of a text, in order.
    pub(super) fn spots(&self, text: &[u8]) -> Vec<Spot> {
        self.scan(text, Seam::default()).spots
    }

    /// The secrets of a text behind its seam, and what its end may cut off.
    pub(super) fn scan(&self, text: &[u8], seam: Seam) -> Scan {
        self.parts.as_ref().map_or_else(Scan::default, |parts| parts.scan(text, seam))
    }

    /// How many bytes at the end of a text are the first of some secret's beginning.
    pub(super) fn begun(&self, text: &[u8], scan: &Scan, seam: Seam) -> usize {
        let Some(parts) = &self.parts else { return 0 };
        let is_begun = |(start, beginning): &(Vec<u8>, Beginning), length: usize| {
            let tail = text.get(text.len().saturating_sub(length)..).unwrap_or_default();
            start.len() > length
                && tail.len() == length
                && start.starts_with(tail)
                && match beginning {
                    Beginning::Known(_) => true,
                    Beginning::Shape(_) => {
                        let at = text.len() - length;
                        scan.ends_at(at, seam) || is_boundary(text, at)
                    }
                }
        };
        let longest = parts.beginnings.iter().map(|(start, _)| start.len()).max().unwrap_or(0);
        (1..longest)
            .rev()
            .find(|length| parts.beginnings.iter().any(|beginning| is_begun(beginning, *length)))
            .unwrap_or(0)
    }
}

impl Parts {
    fn scan(&self, text: &[u8], seam: Seam) -> Scan {
        let mut scan = Scan::default();
        let starts = self.starts.iter().flat_map(|starts| starts.find_overlapping_iter(text));
        for start in starts.filter(|start| start.start() >= seam.at) {
            let Some((_, beginning)) = self.beginnings.get(start.pattern().as_usize()) else { continue };
            let at = start.start();
            let follows_one = scan.ends_at(at, seam);
            let found = match *beginning {
                Beginning::Known(which) => self.literals.at(text, at, which),
                Beginning::Shape(_) if !follows_one && !is_boundary(text, at) => Found::default(),
                Beginning::Shape(which) => shape_at(which, text, &start),
            };
            scan.note(at, found);
        }
        for own in &self.own {
            let is_new = |found: &regex::bytes::Match<'_>| {
                !found.is_empty() && found.start() >= seam.at && !in_mark(text, found.start())
            };
            scan.spots.extend(own.find_iter(text).filter(is_new).map(|found| Spot {
                lead: found.start(),
                start: found.start(),
                end: found.end(),
                label: Arc::clone(&self.own_label),
            }));
        }
        scan.in_order()
    }
}

fn shape_at(which: usize, text: &[u8], start: &aho_corasick::Match) -> Found {
    SHAPES.get(which).map_or_else(Found::default, |shape| shape.at(text, start.start(), start.len()))
}

/// Whether a place lies within a mark.
fn in_mark(text: &[u8], at: usize) -> bool {
    let opening = b"[redacted: ";
    let least = at.saturating_sub(LONGEST_MARK);
    let around = text.get(least..text.len().min(at + opening.len())).unwrap_or_default();
    let opened = around.windows(opening.len()).rposition(|window| window == opening);
    opened.is_some_and(|place| !text.get(least + place..at).unwrap_or_default().contains(&b']'))
}

impl Redact for Redactor {
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(whole_text(bytes)),
        }
    }

    fn stream(&self) -> Box<dyn RedactStream> {
        Box::new(self.bytes_stream())
    }
}

/// Secrets begin and end at whole letters, but for a pattern of the settings that is about bytes.
pub(super) fn whole_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
