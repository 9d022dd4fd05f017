//! The todo list when it changes: one line, the whole list with details.

use headwater_protocol::{Todo, TodoStatus};

use super::{CellView, RenderContext, Role};
use crate::text::{Row, Span, sanitize, truncate_spans};
use crate::theme::{Face, Slot};
use ratatui::style::Modifier;

/// The todo list at a moment.
#[derive(Clone, Debug, Default)]
pub struct TodosCell {
    /// One line a todo.
    source: String,
    states: Vec<TodoStatus>,
}

impl TodosCell {
    /// The list as it now stands.
    pub fn new(todos: &[Todo]) -> Self {
        let lines: Vec<String> = todos.iter().map(|todo| sanitize(&todo.text).replace('\n', " ")).collect();
        Self { source: lines.join("\n"), states: todos.iter().map(|todo| todo.status).collect() }
    }

    /// The ranges of the texts in the source, with their states.
    fn entries(&self) -> impl Iterator<Item = (TodoStatus, std::ops::Range<usize>)> {
        let mut start = 0;
        self.states.iter().zip(self.source.split('\n')).map(move |(state, line)| {
            let range = start..start + line.len();
            start = range.end + 1;
            (*state, range)
        })
    }

    fn head(&self) -> Vec<Span> {
        let done = self.states.iter().filter(|state| !state.is_open()).count();
        let mut spans = vec![
            Span::fixed("☐ ", Slot::Accent),
            Span::fixed("todos ", Slot::Tool),
            Span::made(format!("{done}/{}", self.states.len()), Slot::Dim),
        ];
        let current = self.entries().find(|(state, _)| *state == TodoStatus::InProgress);
        if let Some((_, range)) = current.or_else(|| self.entries().find(|(state, _)| state.is_open())) {
            spans.push(Span::fixed("  ", Slot::Text));
            spans.push(Span::source(range, Slot::Text));
        }
        spans
    }
}

/// The mark and the face of a todo.
fn look(state: TodoStatus) -> (&'static str, Slot, Face) {
    match state {
        TodoStatus::Pending => ("  ☐ ", Slot::Dim, Slot::Text.into()),
        TodoStatus::InProgress => ("  ● ", Slot::Accent, Face::of(Slot::Text).with(Modifier::BOLD)),
        TodoStatus::Completed => ("  ✓ ", Slot::Ok, Slot::Dim.into()),
        TodoStatus::Cancelled => ("  ⊘ ", Slot::Dim, Face::of(Slot::Dim).with(Modifier::CROSSED_OUT)),
    }
}

impl CellView for TodosCell {
    fn source(&self) -> &str {
        &self.source
    }

    fn rows(&self, context: &RenderContext) -> Vec<Row> {
        let cut = |spans| Row::new(truncate_spans(&self.source, spans, context.width));
        if !context.is_unfolded {
            return vec![cut(self.head())];
        }
        let title = self.head().into_iter().take(3).collect();
        let entries = self.entries().map(|(state, range)| {
            let (mark, slot, face) = look(state);
            vec![Span::fixed(mark, slot), Span::source(range, face)]
        });
        std::iter::once(title).chain(entries).map(cut).collect()
    }

    fn role(&self) -> Role {
        Role::Tool
    }

    fn plain(&self) -> Vec<String> {
        let done = self.states.iter().filter(|state| !state.is_open()).count();
        vec![format!("Todos: {done} of {} done.", self.states.len())]
    }
}
