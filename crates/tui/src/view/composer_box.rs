//! The composer with its frame: colour and words of the frame say what Enter would do.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::layout::is_framed;
use super::paint::{Brush, span};
use crate::app::{App, Purpose};
use crate::keymap::GlobalKey;
use crate::text::Span;
use crate::theme::{Face, Slot};

/// Draws it; the place of the cursor.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let mut brush = Brush { theme: &app.theme, buf };
    let (slot, title) = frame_of(app);
    let inner = if is_framed(app.area) {
        let title = vec![span(slot, format!(" {title} "))];
        let inner = if app.config.is_inline {
            brush.bracket(title, Face::of(slot), area)
        } else {
            brush.frame(title, Face::of(slot), area)
        };
        match app.remark() {
            Some(remark) => brush.row(vec![span(Slot::Accent, format!(" {remark} "))], footer(area)),
            None if app.config.is_inline => brush.row(hint(app), footer(area)),
            None => brush.row_right(hint(app), footer(area)),
        }
        Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
    } else {
        brush.row(vec![span(slot, "❯ ")], area);
        Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(2), ..area }
    };
    text(app, inner, &mut brush)
}

/// The slot and the words of the frame.
fn frame_of(app: &App) -> (Slot, String) {
    let mode = app.mode();
    let words = match app.purpose() {
        Purpose::Message | Purpose::Command => return (Slot::of_mode(mode), mode_title(app)),
        Purpose::Shell => "! shell — you run this, the model sees the output",
        Purpose::Remember => "# remember — goes into AGENTS.md",
        Purpose::Answer => "your answer",
        Purpose::Reason => "why not? — Enter tells the model, Esc goes back",
        Purpose::EditCall => "edit the call — Enter runs it, Esc goes back",
        Purpose::Revise => "what is to be different? — Enter sends the card back, Esc clears",
        Purpose::Reject => "why not? — Enter rejects the mission, Esc goes back",
        Purpose::Budget => "another budget — name=value …, Esc goes back",
    };
    (Slot::Warn, words.to_owned())
}

fn mode_title(app: &App) -> String {
    let label = app.mode_label(app.mode());
    match app.pending_mode {
        Some(pending) => format!("{label} → {} from the next turn on", app.mode_label(pending)),
        None => label.to_owned(),
    }
}

fn hint(app: &App) -> Vec<Span> {
    if app.area.width < 60 || app.is_approving() {
        return Vec::new();
    }
    let keymap = &app.config.keymap;
    let tab = keymap.hint(GlobalKey::NextMode);
    let help = keymap.hint(GlobalKey::Help);
    if app.purpose() == Purpose::Answer {
        let escape = keymap.hint(GlobalKey::Escape);
        return vec![span(Slot::Dim, format!(" Enter answers · {escape} interrupts the turn "))];
    }
    vec![span(Slot::Dim, format!(" {tab} mode · / commands · @ files · {help} help "))]
}

fn footer(area: Rect) -> Rect {
    let y = area.bottom().saturating_sub(1);
    Rect { x: area.x.saturating_add(2), y, width: area.width.saturating_sub(4), height: 1 }
}

fn text(app: &App, area: Rect, brush: &mut Brush<'_>) -> Option<Position> {
    let layout = app.composer.layout(usize::from(area.width));
    if area.is_empty() {
        return None;
    }
    let height = usize::from(area.height);
    // The rows around the cursor, when not all fit.
    let first = (layout.cursor_row + 1).saturating_sub(height);
    if app.composer.is_empty() {
        // Without a frame this is the only place for a remark.
        let remark = app.remark().filter(|_| !is_framed(app.area));
        brush.row(vec![span(Slot::Dim, remark.unwrap_or(placeholder(app)))], area);
    }
    for (row, line) in layout.rows.iter().skip(first).zip(area.rows()) {
        brush.row(vec![span(Slot::Text, app.composer.row_text(row.clone()))], line);
    }
    let x = u16::try_from(layout.cursor_column).ok()?.min(area.width.saturating_sub(1));
    let y = u16::try_from(layout.cursor_row - first).ok()?;
    Some(Position { x: area.x + x, y: area.y + y })
}

fn placeholder(app: &App) -> &'static str {
    match app.purpose() {
        Purpose::Answer if app.is_question_new() => "your own words, in a moment also a number",
        Purpose::Answer => "a number, or your own words",
        Purpose::Reason | Purpose::Reject => "a reason, or nothing",
        Purpose::EditCall | Purpose::Revise => "",
        Purpose::Budget => "calls=40 dollars=0.5",
        Purpose::Message | Purpose::Command | Purpose::Shell | Purpose::Remember => {
            if app.mission_in_front().is_some() {
                "what is to be different about this mission?"
            } else if app.is_busy() {
                "sent after this turn"
            } else {
                "What is to be done?"
            }
        }
    }
}
