//! A cell with its layout: rows are made when they are about to be shown and kept until something changes.

use crate::cells::{Cell, RenderContext};
use crate::markdown::{CodeBlock, MarkdownLayout};
use crate::text::{Mark, Row};

/// Milliseconds between two layouts of a cell with a running clock.
const TICK_MILLIS: u64 = 100;

/// What a layout was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    width: usize,
    revision: u64,
    is_unfolded: bool,
    tick: u64,
}

/// The rows of a cell.
#[derive(Clone, Debug, Default)]
enum Layout {
    #[default]
    None,
    Rows(Vec<Row>),
    /// Grows with a streaming answer.
    Markdown(Box<MarkdownLayout>),
}

/// A cell of the transcript.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) cell: Cell,
    /// Raised with each change of the cell.
    pub(super) revision: u64,
    /// Folded or not by hand; else as everything is.
    pub(super) fold: Option<bool>,
    /// Taken back: a call that was only being written.
    pub(super) is_hidden: bool,
    /// The colours of its blocks of code, sorted.
    pub(super) colours: Vec<Mark>,
    /// Blocks of code whose colours were asked for.
    pub(super) coloured: usize,
    /// Blocks of code whose colours have not come.
    pub(super) uncoloured: usize,
    /// When it was found complete and began to wait for colours, in milliseconds.
    pub(super) finished_ms: Option<u64>,
    has_margin: bool,
    layout: Layout,
    key: Option<Key>,
    /// Blocks of code of a cell that is no answer, once its rows show them.
    code: Vec<CodeBlock>,
}

impl Entry {
    pub(super) fn new(cell: Cell, has_cell_above: bool, is_above_apart: bool) -> Self {
        let has_margin = has_cell_above && (is_above_apart || cell.view().stands_apart());
        Self {
            cell,
            revision: 0,
            fold: None,
            is_hidden: false,
            colours: Vec::new(),
            coloured: 0,
            uncoloured: 0,
            finished_ms: None,
            has_margin,
            layout: Layout::None,
            key: None,
            code: Vec::new(),
        }
    }

    /// Makes the layout, unless the one at hand is right.
    pub(super) fn lay_out(&mut self, width: usize, has_details: bool, now_ms: u64) {
        let view = self.cell.view();
        let tick = if view.is_animated() { now_ms / TICK_MILLIS + 1 } else { 0 };
        let is_unfolded = self.fold.unwrap_or(has_details);
        let key = Key { width, revision: self.revision, is_unfolded, tick };
        if self.key == Some(key) {
            return;
        }
        self.key = Some(key);
        match (&self.cell, &mut self.layout) {
            (Cell::Assistant(_), Layout::Markdown(layout)) => layout.update(view.source(), width),
            (Cell::Assistant(_), _) => {
                let mut layout = MarkdownLayout::default();
                layout.update(view.source(), width);
                self.layout = Layout::Markdown(Box::new(layout));
            }
            _other => {
                self.layout = Layout::Rows(view.rows(&RenderContext { width, is_unfolded, now_ms }));
                if is_unfolded && self.code.is_empty() {
                    self.code = view.code_blocks();
                }
            }
        }
    }

    /// Forgets the layout; colours too when the source became another.
    pub(super) fn forget(&mut self, is_source_new: bool) {
        self.layout = Layout::None;
        self.key = None;
        if is_source_new {
            self.colours.clear();
            self.coloured = 0;
            self.uncoloured = 0;
        }
    }

    /// The rows, without the margin; none before the first layout.
    pub(super) fn rows(&self) -> &[Row] {
        match &self.layout {
            _ if self.is_hidden => &[],
            Layout::None => &[],
            Layout::Rows(rows) => rows,
            Layout::Markdown(layout) => layout.rows(),
        }
    }

    /// The complete blocks of code of a cell that is laid out.
    pub(super) fn code_blocks(&self) -> &[CodeBlock] {
        match &self.layout {
            Layout::None | Layout::Rows(_) => &self.code,
            Layout::Markdown(layout) => layout.code_blocks(),
        }
    }

    /// Bytes of a growing answer, as it is laid out, that no text to come can change.
    pub(super) fn settled(&self) -> Option<usize> {
        match &self.layout {
            Layout::None | Layout::Rows(_) => None,
            Layout::Markdown(layout) => Some(layout.settled_bytes()),
        }
    }

    /// Blank rows above it.
    pub(super) fn margin(&self) -> usize {
        usize::from(self.has_margin)
    }

    /// Rows with the margin; zero when it shows nothing.
    pub(super) fn height(&self) -> usize {
        let rows = self.rows().len();
        if rows == 0 { 0 } else { rows + self.margin() }
    }

    /// Rows it may take, before it was ever laid out.
    pub(super) fn estimate(&self, width: usize) -> usize {
        let source = self.cell.view().source();
        match &self.cell {
            Cell::User(_) | Cell::Assistant(_) => self.margin() + 1 + source.len() / width.max(20),
            _one_line => self.margin() + 1,
        }
    }

    /// Whether its rows are laid out.
    pub(super) fn is_laid_out(&self) -> bool {
        self.key.is_some()
    }
}
