//! The plan that answers for a root which is too weak to: run by the host, once, where the root goes nowhere.

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

/// The plan's answer; `None` where no plan can run, has run, or brought nothing.
pub(super) async fn rescue(root: &mut Root<'_>) -> Result<Option<Value>, TurnError> {
    let left = root.account.report();
    let can_run = left.calls_left > 0 && left.seconds_left >= LEAST_SECONDS;
    if !can_run || !root.provider.model().is_weak_root || root.was_told(KEY) {
        return Ok(None);
    }
    root.remind(
        KEY,
        "The last blocks brought nothing new: the program runs the plan for the question itself.".to_owned(),
    )
    .await?;
    let code = block(root);
    let outcome = run_block(root, &code).await?;
    Ok(outcome.answer.filter(|answer| !text_of(answer).trim().is_empty()))
}
