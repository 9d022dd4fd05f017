//! Todos: the model's list as it stands.

use headwater_protocol::{Todo, TodoStatus};

use super::{Line, Overlay};
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn todos(items: &[Todo]) -> Overlay {
    let mut lines: Vec<Line> = items.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(Line::of(Slot::Dim, "The model keeps no list yet."));
    }
    Overlay::new("todos", "Esc close", lines)
}

fn line(todo: &Todo) -> Line {
    let (sign, slot) = match todo.status {
        TodoStatus::Pending => ("☐", Slot::Text),
        TodoStatus::InProgress => ("▸", Slot::Accent),
        TodoStatus::Completed => ("✓", Slot::Ok),
        TodoStatus::Cancelled => ("✗", Slot::Dim),
    };
    Line::of(slot, format!("{sign} ")).and(slot, sanitize(&todo.text))
}
