//! Plans: the todo list, and what a mission's card would do.

use agent_client_protocol_schema::v1::{Plan, PlanEntry, PlanEntryPriority, PlanEntryStatus, SessionUpdate};
use headwater_protocol::events::FinalRefused;
use headwater_protocol::todo::{Todo, TodoStatus};
use headwater_protocol::views::{MissionPhase, MissionView};
use headwater_protocol::{EndReason, Gap};

/// The todo list. What was given up is done with.
pub(super) fn of_todos(todos: &[Todo]) -> SessionUpdate {
    let entry = |todo: &Todo| {
        let status = match todo.status {
            TodoStatus::Pending => PlanEntryStatus::Pending,
            TodoStatus::InProgress => PlanEntryStatus::InProgress,
            TodoStatus::Completed | TodoStatus::Cancelled => PlanEntryStatus::Completed,
        };
        let text = match todo.status {
            TodoStatus::Cancelled => format!("{} (given up)", todo.text),
            TodoStatus::Pending | TodoStatus::InProgress | TodoStatus::Completed => todo.text.clone(),
        };
        PlanEntry::new(text, PlanEntryPriority::Medium, status)
    };
    SessionUpdate::Plan(Plan::new(todos.iter().map(entry).collect()))
}

/// The sub-tasks of the card that are switched on.
pub(super) fn of_mission(mission: &MissionView) -> Option<SessionUpdate> {
    let card = &mission.card.as_ref()?.card;
    let status = match mission.phase {
        MissionPhase::Execute => PlanEntryStatus::InProgress,
        MissionPhase::Ended if mission.ended == Some(EndReason::Done) => PlanEntryStatus::Completed,
        MissionPhase::Idle | MissionPhase::Research | MissionPhase::AwaitApproval | MissionPhase::Ended => {
            PlanEntryStatus::Pending
        }
    };
    let on = card.subtasks.iter().filter(|task| task.on);
    let entries = on.map(|task| {
        PlanEntry::new(format!("{}. {}", task.n, task.title), PlanEntryPriority::Medium, status.clone())
    });
    Some(SessionUpdate::Plan(Plan::new(entries.collect())))
}

/// What keeps an answer from being believed.
pub(super) fn gaps(refused: &FinalRefused) -> String {
    let line = |gap: &Gap| format!("- {}: {}\n", gap.id, gap.found);
    format!("Not accepted yet:\n{}", refused.gaps.iter().map(line).collect::<String>())
}
