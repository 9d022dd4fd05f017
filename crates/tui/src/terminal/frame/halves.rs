//! Wide characters that were partly drawn over: what is left of one is blank, as terminals show it. Left in the buffer,
//! such a half would make it say something else than the screen.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// Blanks every wide character whose further columns hold something else.
pub(super) fn blank(buffer: &mut Buffer) {
    let area = buffer.area;
    for (y, x) in area.rows().flat_map(|row| row.columns().map(|column| (column.y, column.x))) {
        let columns = buffer.cell((x, y)).map_or(1, |cell| columns(cell.symbol()));
        let is_whole = (1..columns).all(|further| {
            let covered = buffer.cell((x.saturating_add(further), y));
            covered.is_some_and(|cell| matches!(cell.symbol(), " " | ""))
        });
        if !is_whole && let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_symbol(" ");
        }
    }
}

/// The columns a symbol takes; ASCII needs no table.
fn columns(symbol: &str) -> u16 {
    if symbol.len() <= 1 { 1 } else { u16::try_from(symbol.width()).unwrap_or(1) }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn only_halves_are_blanked() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "字字a漢", Style::new());
        buffer.set_string(3, 0, "─", Style::new());
        blank(&mut buffer);
        let shown: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(shown, ["字", " ", " ", "─", "a", "漢", " ", " "]);
    }
}
