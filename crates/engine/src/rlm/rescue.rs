//! The plan that answers for a root which is too weak to: run by the host, once, where the root goes nowhere.

use headwater_protocol::Event;
use serde_json::Value;

use super::answers::text_of;
use super::blocks::run_block;
use super::root::Root;
use crate::turn::TurnError;

/// The reminder that tells of it.
const KEY: &str = "mission/rescue";
/// Seconds below which a plan is not begun.
const LEAST_SECONDS: u64 = 20;

/// The block that the host runs in the root's place.
fn block(root: &Root<'_>) -> String {
    if root.repl.python().is_ok() {
        return "result = PLAN(\"auto\").run()\nFINAL(result[\"text\"])\n".to_owned();
    }
    let question =
        root.ledger.state().mission.started.as_ref().map_or("", |started| started.question.as_str());
    format!("plan answer = auto {}\nFINAL_VAR(answer)\n", Value::String(question.to_owned()))
}

/// Whether an event tells of the plan.
pub(super) fn is_told_by(event: &Event) -> bool {
    matches!(event, Event::ReminderInjected(reminder) if reminder.key == KEY)
}

/// Whether the plan's block has come to an end: the reminder alone may be what a killed process left.
fn has_run(root: &Root<'_>) -> bool {
    let records = root.ledger.records().iter();
    records
        .skip_while(|record| !is_told_by(&record.event))
        .any(|record| matches!(record.event, Event::CellReturned(_)))
}

/// The plan's answer; `None` where no plan can run, has run, or brought nothing.
pub(super) async fn rescue(root: &mut Root<'_>) -> Result<Option<Value>, TurnError> {
    let left = root.account.report();
    let can_run = left.calls_left > 0 && left.seconds_left >= LEAST_SECONDS;
    if !can_run || !root.provider.model().is_weak_root || has_run(root) {
        return Ok(None);
    }
    if !root.was_told(KEY) {
        root.remind(
            KEY,
            "The last blocks brought nothing new: the program runs the plan for the question itself."
                .to_owned(),
        )
        .await?;
    }
    let code = block(root);
    let outcome = run_block(root, &code).await?;
    Ok(outcome.answer.filter(|answer| !text_of(answer).trim().is_empty()))
}
