//! A layout that grows with its source: what is settled stays, only the open tail is laid out again.
//!
//! Settled is all before the last outermost block that begins on a complete line: no text to come can change
//! it, but for definitions of link targets, after which the whole source is laid out each time. While a fence
//! is open, whole lines of code settle too.

use super::code::{CodeBlock, Fence, code_line, code_prefix, lines};
use super::render::{TopBlock, render};
use crate::text::{Indent, Row};

/// The rows of a Markdown source at one width.
#[derive(Clone, Debug, Default)]
pub struct MarkdownLayout {
    width: usize,
    rows: Vec<Row>,
    codes: Vec<CodeBlock>,
    /// Bytes of the source laid out so far.
    laid: usize,
    settled: Settled,
    fence: Option<OpenFence>,
    /// Whether the source defines link targets.
    is_whole: bool,
}

/// What no longer changes.
#[derive(Clone, Copy, Debug, Default)]
struct Settled {
    bytes: usize,
    rows: usize,
    codes: usize,
}

/// The fence at the end of the source, not closed yet.
#[derive(Clone, Copy, Debug)]
struct OpenFence {
    fence: Fence,
    /// Bytes up to the end of the last complete line of code.
    bytes: usize,
    /// Rows up to there.
    rows: usize,
}

impl MarkdownLayout {
    /// Lays out `source`, which is the one of the last call or a continuation of it; another text needs a new
    /// layout.
    pub fn update(&mut self, source: &str, width: usize) {
        if width != self.width || source.len() < self.laid {
            *self = Self { width, ..Self::default() };
        }
        if source.len() == self.laid {
            return;
        }
        if !self.grow_fence(source) {
            self.render_tail(source);
        }
        self.laid = source.len();
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Bytes of the source that no text to come can change, up to the beginning of a block; definitions of link
    /// targets, which may come last, are the exception.
    pub fn settled_bytes(&self) -> usize {
        self.settled.bytes
    }

    /// The blocks of code which are complete.
    pub fn code_blocks(&self) -> &[CodeBlock] {
        let open = usize::from(self.fence.is_some());
        self.codes.get(..self.codes.len().saturating_sub(open)).unwrap_or_default()
    }

    fn render_tail(&mut self, source: &str) {
        self.rows.truncate(self.settled.rows);
        self.codes.truncate(self.settled.codes);
        self.fence = None;
        let outcome = render(source, self.settled.bytes, self.width, &mut self.rows, &mut self.codes);
        if outcome.has_definitions && !self.is_whole {
            self.is_whole = true;
            self.settled = Settled::default();
            return self.render_tail(source);
        }
        if self.is_whole {
            return;
        }
        let last_line = source.rfind('\n').map_or(0, |feed| feed + 1);
        if let Some(top) = outcome.tops.iter().rev().find(|top| top.start < last_line) {
            self.settled = Settled { bytes: top.start, rows: top.rows, codes: top.codes };
        }
        self.fence = outcome.tops.last().and_then(|top| self.open_fence(source, *top, last_line));
    }

    /// The open fence the source ends in, if it does.
    fn open_fence(&self, source: &str, top: TopBlock, last_line: usize) -> Option<OpenFence> {
        let block = source.get(top.start..)?;
        let (opening, content) = block.split_once('\n')?;
        let fence = Fence::open(opening)?;
        if content.lines().any(|line| fence.is_closed_by(line)) {
            return None;
        }
        let mut rows = Vec::new();
        for line in lines(source, last_line..source.len()) {
            code_line(source, line, &self.code_indent(), &mut rows);
        }
        Some(OpenFence { fence, bytes: last_line, rows: self.rows.len().checked_sub(rows.len())? })
    }

    /// Appends the new lines of an open fence; `false` when there is none, or it may be closed now.
    fn grow_fence(&mut self, source: &str) -> bool {
        let Some(mut open) = self.fence else { return false };
        let new = source.get(open.bytes..).unwrap_or_default();
        if new.lines().any(|line| open.fence.is_closed_by(line)) {
            return false;
        }
        let indent = self.code_indent();
        self.rows.truncate(open.rows);
        for line in lines(source, open.bytes..source.len()) {
            let end = line.end;
            code_line(source, line, &indent, &mut self.rows);
            if end < source.len() {
                open.bytes = end + 1;
                open.rows = self.rows.len();
            }
        }
        self.fence = Some(open);
        true
    }

    fn code_indent(&self) -> Indent {
        Indent::hanging(self.width, &[code_prefix()])
    }
}

#[cfg(test)]
mod tests;
