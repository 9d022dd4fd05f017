//! `todos`: replaces the todo list.

use headwater_protocol::{Access, Capability, Todo, TodoStatus, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{data, data_schema};
use crate::text::counted;

/// Replaces the todo list.
pub(super) struct Todos;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The whole new list.
    todos: Vec<Todo>,
}

/// The screen's shape `todos`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown<'a> {
    kind: &'static str,
    todos: &'a [Todo],
}

impl Tool for Todos {
    type Input = Input;

    fn name(&self) -> &'static str {
        "todos"
    }

    fn description(&self) -> &'static str {
        "Replace your todo list, which the person sees. Send all entries each time, done ones too; keep one in_progress."
    }

    fn capability(&self) -> Capability {
        Capability::State
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<Shown<'_>>())
    }

    fn access(&self, _input: &Input) -> Access {
        Access::Nothing
    }

    async fn run(&self, input: Input, _context: ToolContext) -> ToolOutcome {
        let todos = input.todos;
        if todos.iter().any(|todo| todo.text.trim().is_empty()) {
            return ToolOutcome::error("An entry has no text. Say in a few words what is to be done.");
        }
        ToolOutcome {
            model_text: summary(&todos),
            data: data(&Shown { kind: "todos", todos: &todos }),
            reminders: lint(&todos),
            todos: Some(todos),
            ..ToolOutcome::default()
        }
    }
}

fn count(todos: &[Todo], status: TodoStatus) -> u64 {
    todos.iter().filter(|todo| todo.status == status).count().try_into().unwrap_or(u64::MAX)
}

fn summary(todos: &[Todo]) -> String {
    let total = todos.len().try_into().unwrap_or(u64::MAX);
    let done = count(todos, TodoStatus::Completed);
    let open = total - done - count(todos, TodoStatus::Cancelled);
    format!("The list has {}: {done} completed, {open} open.", counted(total, "entry"))
}

/// More than one entry in progress is a smell, not a failure (HARNESS D5).
fn lint(todos: &[Todo]) -> Vec<String> {
    let running = count(todos, TodoStatus::InProgress);
    if running <= 1 {
        return Vec::new();
    }
    vec![format!("{running} todos are in_progress. Work on one at a time, and mark the others pending.")]
}
