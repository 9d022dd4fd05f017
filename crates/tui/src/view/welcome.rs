//! What an empty session shows: where it works, and the few keys that begin everything.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Brush, span};
use crate::app::App;
use crate::keymap::GlobalKey;
use crate::text::{Row, Span};
use crate::theme::Slot;

/// Columns of the keys.
const KEYS: usize = 6;

/// Draws it in the lower half of the free rows, when there is room for all of it.
pub(super) fn draw(app: &App, free: Rect, buf: &mut Buffer) {
    let rows = rows(app);
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let width = rows.iter().map(|row| row.width("")).max().unwrap_or_default();
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    let (Some(below), Some(beside)) = (free.height.checked_sub(height), free.width.checked_sub(width)) else {
        return;
    };
    let area = Rect { x: free.x + beside / 2, y: free.y + below / 2, width, height };
    Brush { theme: &app.theme, buf }.rows(&rows, area);
}

/// Its first line, for a terminal that keeps what is printed.
pub(crate) fn headline(app: &App) -> Buffer {
    let mut row = name();
    row.push(span(Slot::Dim, format!("  {}", place(app))));
    let mut buf = Buffer::empty(Rect::new(0, 0, app.area.width, 2));
    let area = buf.area;
    Brush { theme: &app.theme, buf: &mut buf }.row(row, area);
    buf
}

fn name() -> Vec<Span> {
    vec![span(Slot::Heading, "≋ headwater"), span(Slot::Dim, concat!("  ", env!("CARGO_PKG_VERSION")))]
}

fn rows(app: &App) -> Vec<Row> {
    let keymap = &app.config.keymap;
    let modes: Vec<&str> = app.config.modes.iter().map(|mode| app.mode_label(mode.id)).collect();
    let mut rows = vec![Row::new(name()), Row::new(vec![span(Slot::Dim, place(app))]), Row::blank()];
    rows.extend([
        key(&keymap.hint(GlobalKey::NextMode), &format!("next mode: {}", modes.join(" · ").to_lowercase())),
        key("@", "name a file"),
        key("!", "run a command yourself"),
        key("/", "all commands"),
        key(&keymap.hint(GlobalKey::Help), "all keys"),
    ]);
    rows
}

fn key(key: &str, what: &str) -> Row {
    Row::new(vec![
        span(Slot::Accent, format!("{key:<KEYS$}")),
        Span::fixed(" ", Slot::Text),
        span(Slot::Dim, what),
    ])
}

/// `engine · qwen3-coder`.
fn place(app: &App) -> String {
    let workspace = app.config.workspace.as_path();
    let folder = workspace.file_name().map_or(workspace, Path::new);
    format!("{} · {}", folder.display(), app.model())
}
