//! A limit of the turn or of the session is near.

use super::Facts;
use crate::injection::{Priority, Reminder};
use crate::prompts;

/// The part of a limit from which on it is near, in percent.
const NEAR: f64 = 80.0;

/// Once a turn for each limit.
pub(super) fn remind(facts: &Facts<'_>) -> Option<Reminder> {
    let is_new = |(key, _): &(&str, String)| !facts.state.reminders.was_told_in_turn(key);
    let near = [steps(facts), cost(facts), time(facts)];
    let (key, spent) = near.into_iter().flatten().find(is_new)?;
    let filled = [("{spent}", spent.as_str())];
    Some(super::reminder(key, Priority::State, prompts::REMINDER_BUDGET_SPENT, &filled))
}

fn steps(facts: &Facts<'_>) -> Option<(&'static str, String)> {
    let (most, used) = (facts.limit.max_steps?, facts.state.budget.turn_steps);
    let text = || format!("{used} of the {most} steps that this turn may take are used");
    is_near(f64::from(used), f64::from(most)).then(|| ("budget/steps", text()))
}

fn cost(facts: &Facts<'_>) -> Option<(&'static str, String)> {
    let (most, used) = (facts.limit.max_cost_usd?, facts.state.budget.cost.0);
    let text = || format!("${used:.2} of the ${most:.2} that this session may cost are spent");
    is_near(used, most).then(|| ("budget/cost", text()))
}

fn time(facts: &Facts<'_>) -> Option<(&'static str, String)> {
    let most = facts.limit.max_seconds?;
    let elapsed = facts.now.millis_since(facts.state.budget.turn_started);
    let used = elapsed.saturating_sub(facts.state.phase.waited_millis) / 1_000;
    let text = || format!("{used} of the {most} seconds that this turn may take are over");
    is_near(used as f64, most as f64).then(|| ("budget/time", text()))
}

fn is_near(used: f64, most: f64) -> bool {
    used * 100.0 >= most * NEAR && used < most
}
