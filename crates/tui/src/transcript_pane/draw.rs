//! Draws what was prepared.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::TranscriptPane;
use super::entry::Entry;
use super::scroll::Place;
use crate::text::{Layer, Mark, Painter, width};
use crate::theme::{Slot, Theme};

impl TranscriptPane {
    /// Draws what was prepared, the note about new cells below included.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let mut visible = self.viewport.visible.as_slice();
        let mut line = Rect { height: 1, ..area };
        while let Some(first) = visible.first() {
            let rows = visible.iter().take_while(|place| place.entry == first.entry).count();
            let (group, rest) = visible.split_at(rows);
            visible = rest;
            if let Some(entry) = self.entries.get(first.entry) {
                self.draw_entry(entry, group, &mut line, (area, buf, theme));
            }
        }
        self.draw_note(area, buf, theme);
    }

    /// Draws some rows of one entry, from `line` on.
    pub(super) fn draw_entry(
        &self,
        entry: &Entry,
        places: &[Place],
        line: &mut Rect,
        (area, buf, theme): (Rect, &mut Buffer, &Theme),
    ) {
        let index = places.first().map_or(0, |place| place.entry);
        let hits = self.search.as_ref().map(|search| search.marks(index)).unwrap_or_default();
        let selected = self.selected_in(index).map(|range| [Mark { range, slot: Slot::Selection }]);
        let layers = [
            Layer { marks: &entry.colours, is_for_code: true },
            Layer { marks: &hits, is_for_code: false },
            Layer { marks: selected.as_ref().map_or(&[], |marks| marks.as_slice()), is_for_code: false },
        ];
        let painter = Painter { source: entry.cell.view().source(), theme, layers: &layers };
        for place in places.iter().take(usize::from(area.bottom().saturating_sub(line.y))) {
            let row = place.row.checked_sub(entry.margin()).and_then(|row| entry.rows().get(row));
            if let Some(row) = row {
                painter.paint(row, *line, buf);
            }
            line.y += 1;
        }
    }

    /// `↓ 3 new · End to follow`, at the right of the last line.
    fn draw_note(&self, area: Rect, buf: &mut Buffer, theme: &Theme) {
        if self.is_following() || area.height == 0 {
            return;
        }
        let note = match self.new_below() {
            0 => " ↓ End to follow ".to_owned(),
            new => format!(" ↓ {new} new · End to follow "),
        };
        let columns = u16::try_from(width(&note)).unwrap_or(u16::MAX).min(area.width);
        buf.set_stringn(
            area.right() - columns,
            area.bottom() - 1,
            &note,
            usize::from(columns),
            theme.style(Slot::Accent),
        );
    }
}
