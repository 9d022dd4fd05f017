//! Places of secrets in a text.

use std::sync::Arc;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Where it was recognized: before its first byte, where what leads to it belongs to no secret.
    pub(super) lead: usize,
    /// Its first byte.
    pub(super) start: usize,
    /// The first byte after it.
    pub(super) end: usize,
    /// What stands in its place.
    pub(super) label: Arc<str>,
}

/// Where the new part of a text begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seam {
    /// Its first byte.
    pub(super) at: usize,
    /// Whether a secret ended right before it.
    pub(super) is_marked: bool,
}

/// What was found at one place.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spot: Option<Spot>,
    /// Whether more text could make it something else.
    pub(super) is_open: bool,
}

/// What was found in a text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In order, without overlaps.
    pub(super) spots: Vec<Spot>,
    /// Where something may have begun that the end of the text cuts off.
    pub(super) open: Option<usize>,
}

impl Scan {
    /// Whether a secret ends at `at`.
    pub(super) fn ends_at(&self, at: usize, seam: Seam) -> bool {
        self.spots.iter().any(|spot| spot.end == at) || (seam.is_marked && seam.at == at)
    }

    /// Notes what was found at `at`.
    pub(super) fn note(&mut self, at: usize, found: Found) {
        self.spots.extend(found.spot);
        if found.is_open {
            self.open = Some(self.open.map_or(at, |open| open.min(at)));
        }
    }

    /// Puts the spots in order; of overlapping ones the first names them all.
    pub(super) fn in_order(mut self) -> Self {
        self.spots.sort_by_key(|spot| (spot.start, usize::MAX - spot.end));
        let mut merged: Vec<Spot> = Vec::with_capacity(self.spots.len());
        for spot in self.spots {
            match merged.last_mut().filter(|last| spot.start < last.end) {
                Some(last) => {
                    last.end = last.end.max(spot.end);
                    last.lead = last.lead.min(spot.lead);
                }
                None => merged.push(spot),
            }
        }
        Self { spots: merged, open: self.open }
    }
}

/// What stands in the place of a secret.
pub(super) fn mark(label: &str) -> String {
    format!("[redacted: {label}]")
}

/// `text` with the marks in place of its spots.
pub(super) fn replaced(text: &[u8], spots: &[Spot]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for spot in spots {
        out.extend_from_slice(text.get(done..spot.start).unwrap_or_default());
        out.extend_from_slice(mark(&spot.label).as_bytes());
        done = spot.end;
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    out
}
