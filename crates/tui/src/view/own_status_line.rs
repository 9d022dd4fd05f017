//! The row above the status line: what a command of the person's has to say. It never takes the place of the status line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::Brush;
use crate::app::App;

/// Below this height of the screen there is no room for it.
const ROOM: u16 = 12;

/// Rows that it takes.
pub(super) fn height(app: &App) -> u16 {
    u16::from(!app.own_status.spans.is_empty() && app.area.height >= ROOM)
}

/// Draws it.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let padding = app.own_status.padding.min(area.width / 4);
    let inner = Rect { x: area.x + padding, width: area.width - 2 * padding, ..area };
    Brush { theme: &app.theme, buf }.row(app.own_status.spans.clone(), inner);
}
