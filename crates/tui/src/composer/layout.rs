//! Soft wrapping: which bytes stand in which row, and where the cursor is.

use std::ops::Range;

use super::Composer;
use super::cluster::clusters;
use crate::text::width;

/// The text laid out at a width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The bytes of each row, line feeds left out.
    pub(crate) rows: Vec<Range<usize>>,
    /// The row of the cursor.
    pub(crate) cursor_row: usize,
    /// The column of the cursor.
    pub(crate) cursor_column: usize,
}

impl Composer {
    /// Lays the text out; one column is kept free so that the cursor fits behind a full row.
    pub(crate) fn layout(&self, columns: usize) -> Layout {
        let usable = columns.saturating_sub(1).max(1);
        let mut rows = Vec::new();
        let mut start = 0;
        for line in self.text.split('\n') {
            self.wrap_line(start, line, usable, &mut rows);
            start += line.len() + 1;
        }
        let cursor_row = rows.iter().rposition(|row| row.start <= self.cursor).unwrap_or(0);
        let row_start = rows.get(cursor_row).map_or(0, |row| row.start);
        let cursor_column = self.columns(self.text.get(row_start..self.cursor).unwrap_or_default());
        Layout { rows, cursor_row, cursor_column }
    }

    /// Breaks a line after its last space that fits, or where it must.
    fn wrap_line(&self, start: usize, line: &str, usable: usize, rows: &mut Vec<Range<usize>>) {
        let (mut row_start, mut column) = (0, 0);
        // Where the row may end, and the columns up to there.
        let mut breakable: Option<(usize, usize)> = None;
        for (at, cluster) in clusters(line) {
            let columns = self.columns(cluster);
            if column + columns > usable && at > row_start {
                let (end, used) = breakable.take().unwrap_or((at, column));
                rows.push(start + row_start..start + end);
                row_start = end;
                column -= used;
            }
            column += columns;
            if cluster == " " || columns == 2 {
                breakable = Some((at + cluster.len(), column));
            }
        }
        rows.push(start + row_start..start + line.len());
    }

    /// The byte under a column of a row: the start of the cluster there, or the last place of the row.
    pub(super) fn offset_in_row(&self, row: Range<usize>, goal: usize) -> usize {
        let text = self.text.get(row.clone()).unwrap_or_default();
        let mut column = 0;
        for (at, cluster) in clusters(text) {
            column += self.columns(cluster);
            if column > goal {
                return row.start + at;
            }
        }
        // Behind the last cluster of a row that goes on below would be the row below.
        let goes_on =
            self.text.get(row.end..).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('\n'));
        if goes_on && row.start < row.end { self.previous(row.end) } else { row.end }
    }

    fn columns(&self, text: &str) -> usize {
        clusters(text).map(|(_, cluster)| width(&self.shown(cluster))).sum()
    }

    /// The clusters of a row as they are shown.
    pub(crate) fn row_text(&self, row: Range<usize>) -> String {
        let text = self.text.get(row).unwrap_or_default();
        clusters(text).map(|(_, cluster)| self.shown(cluster)).collect()
    }
}
