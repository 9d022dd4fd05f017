//! The running text of a paragraph, heading or table cell, as spans.

use std::ops::Range;

use pulldown_cmark::Tag;
use ratatui::style::Modifier;

use crate::text::{Piece, Span, sanitize};
use crate::theme::{Face, Slot};

/// Gathers the spans of one block.
#[derive(Debug, Default)]
pub(super) struct Inline {
    spans: Vec<Span>,
    faces: Vec<Face>,
    /// Links being read: where their text begins among the spans, and where they lead.
    links: Vec<(usize, String)>,
}

impl Inline {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Takes what was gathered.
    pub(super) fn take(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.spans)
    }

    pub(super) fn face(&self) -> Face {
        self.faces.last().copied().unwrap_or_default()
    }

    /// Begins a stretch with another face.
    pub(super) fn push_face(&mut self, face: Face) {
        self.faces.push(face);
    }

    pub(super) fn pop_face(&mut self) {
        self.faces.pop();
    }

    /// Begins an inline element.
    pub(super) fn start(&mut self, tag: &Tag<'_>) {
        let face = self.face();
        match tag {
            Tag::Emphasis => self.push_face(face.with(Modifier::ITALIC)),
            Tag::Strong => self.push_face(face.with(Modifier::BOLD)),
            Tag::Strikethrough => self.push_face(face.with(Modifier::CROSSED_OUT)),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((self.spans.len(), sanitize(dest_url).into_owned()));
                self.push_face(Face { slot: Slot::Link, ..face });
            }
            _block => {}
        }
    }

    /// Ends a link: where it leads is shown unless its text says so already, so that no link deceives.
    pub(super) fn end_link(&mut self, source: &str) {
        self.pop_face();
        let Some((first, target)) = self.links.pop() else { return };
        let shown: String = self.spans.iter().skip(first).map(|span| span.text(source)).collect();
        let bare = target.strip_prefix("mailto:").unwrap_or(&target);
        if !bare.is_empty() && shown != bare {
            self.spans.push(Span::made(format!(" ({})", one_line(bare)), Slot::Dim));
        }
    }

    /// Text with the current face; the source itself wherever it says the same.
    pub(super) fn text(&mut self, source: &str, text: &str, range: Range<usize>) {
        let face = self.face();
        if source.get(range.clone()) != Some(text) || text.contains('\n') {
            self.spans.push(Span::standing_for(range, one_line(&sanitize(text)), face));
            return;
        }
        if let Some(last) = self.spans.last_mut()
            && last.piece == Piece::Source
            && last.face == face
            && let Some(whole) = &mut last.source
            && whole.end == range.start
        {
            whole.end = range.end;
            return;
        }
        self.spans.push(Span::source(range, face));
    }

    /// Code within the text; `range` includes its backticks.
    pub(super) fn code(&mut self, source: &str, code: &str, range: Range<usize>) {
        self.push_face(Face { slot: Slot::Code, ..self.face() });
        let within = source.get(range.clone()).and_then(|slice| slice.find(code));
        let inner = within.map_or(range.clone(), |at| range.start + at..range.start + at + code.len());
        self.text(source, code, inner);
        self.pop_face();
    }

    /// A line feed which is but a space.
    pub(super) fn soft_break(&mut self, range: Range<usize>) {
        let face = self.face();
        self.spans.push(Span { piece: Piece::Fixed(" "), face, source: Some(range) });
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}
