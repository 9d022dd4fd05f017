//! Tables: columns as wide as they need, narrowed from the widest when the room is short.

use pulldown_cmark::Alignment;
use ratatui::style::Modifier;

use crate::text::{Breaks, Indent, Row, Span, width, wrap};
use crate::theme::Slot;

/// Columns between two columns of a table.
const GAP: usize = 3;
/// Below this a column cannot be read any more.
const MIN_COLUMN: usize = 4;

/// A table being read.
#[derive(Debug, Default)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<Vec<Span>>>,
}

impl Table {
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: Vec::new() }
    }

    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn cell(&mut self, spans: Vec<Span>) {
        if let Some(row) = self.rows.last_mut() {
            row.push(spans);
        }
    }

    /// Appends its rows; `false` when the room is too small for the number of columns.
    pub(super) fn lay_out(mut self, source: &str, indent: &Indent, rows: &mut Vec<Row>) -> bool {
        for span in self.rows.first_mut().into_iter().flatten().flatten() {
            span.face = span.face.with(Modifier::BOLD);
        }
        let margin: usize = indent.rest.iter().map(|span| width(span.text(source))).sum();
        let Some(columns) = self.columns(source, indent.width.saturating_sub(margin)) else { return false };
        for (index, cells) in self.rows.iter().enumerate() {
            let prefix = if index == 0 { &indent.first } else { &indent.rest };
            self.row(source, cells, &columns, (prefix, &indent.rest), rows);
            if index == 0 {
                rows.push(separator(&columns, &indent.rest));
            }
        }
        true
    }

    /// The width of each column, all of them together within `room`.
    fn columns(&self, source: &str, room: usize) -> Option<Vec<usize>> {
        let mut columns = vec![1; self.alignments.len()];
        for cells in &self.rows {
            for (column, cell) in columns.iter_mut().zip(cells) {
                *column = (*column).max(cell.iter().map(|span| width(span.text(source))).sum());
            }
        }
        let room = room.checked_sub(GAP * columns.len().saturating_sub(1))?;
        if columns.iter().sum::<usize>() <= room {
            return Some(columns);
        }
        // The highest ceiling under which all columns fit; only wider ones are cut down to it.
        let fits = |ceiling: usize| columns.iter().map(|c| (*c).min(ceiling)).sum::<usize>() <= room;
        let ceiling = (MIN_COLUMN..=room).rev().find(|ceiling| fits(*ceiling))?;
        for column in &mut columns {
            *column = (*column).min(ceiling);
        }
        Some(columns)
    }

    fn row(
        &self,
        source: &str,
        cells: &[Vec<Span>],
        columns: &[usize],
        (first, rest): (&[Span], &[Span]),
        rows: &mut Vec<Row>,
    ) {
        let wrapped: Vec<Vec<Row>> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let mut lines = Vec::new();
                let spans = cells.get(index).map(Vec::as_slice).unwrap_or_default();
                wrap(source, spans, Breaks::Words, &Indent::none(*column), &mut lines);
                lines
            })
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..height {
            let mut spans = if line == 0 { first.to_vec() } else { rest.to_vec() };
            for (index, (cell, column)) in wrapped.iter().zip(columns).enumerate() {
                let content = cell.get(line).map(|row| row.spans.clone()).unwrap_or_default();
                let used: usize = content.iter().map(|span| width(span.text(source))).sum();
                let (left, right) = self.padding(index, column.saturating_sub(used));
                let is_last = index + 1 == columns.len();
                spans.extend((left > 0).then(|| Span::blank(left)));
                spans.extend(content);
                if !is_last {
                    spans.extend((right > 0).then(|| Span::blank(right)));
                    spans.push(Span::fixed(" │ ", Slot::Border));
                }
            }
            rows.push(Row::new(spans));
        }
    }

    /// How the free columns of a cell lie left and right of its text.
    fn padding(&self, column: usize, free: usize) -> (usize, usize) {
        match self.alignments.get(column) {
            Some(Alignment::Right) => (free, 0),
            Some(Alignment::Center) => (free / 2, free - free / 2),
            Some(Alignment::Left | Alignment::None) | None => (0, free),
        }
    }
}

fn separator(columns: &[usize], prefix: &[Span]) -> Row {
    let mut spans = prefix.to_vec();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            spans.push(Span::fixed("─┼─", Slot::Border));
        }
        spans.push(Span::made("─".repeat(*column), Slot::Border));
    }
    Row::new(spans)
}
