//! The card that would allow what lies beyond the one that was approved: one change, said in one line.

use headwater_protocol::card::{DoneCheck, Estimate};
use headwater_protocol::repl::BudgetReport;
use headwater_protocol::{MissionCard, Usd};

use super::Beyond;

/// A mission may make half as many calls again as were estimated, before somebody is asked.
const CALLS_SHARE: (u32, u32) = (3, 2);
/// And at least so many more: half of nearly nothing is nothing.
const CALLS_MORE: u32 = 8;

/// A changed card, and the change.
#[derive(Clone, Debug, PartialEq)]
pub struct Amendment {
    /// The card that would allow it.
    pub card: MissionCard,
    /// The change, in one line.
    pub change: String,
}

/// The card that allows what lies beyond, for a sub-task (or, without one, the last that is switched on). `None` when
/// there is nothing to put it in.
pub fn amend(card: &MissionCard, beyond: &Beyond, subtask: Option<u32>) -> Option<Amendment> {
    let mut card = card.clone();
    let change = match beyond {
        Beyond::Calls(calls) => {
            let change = format!("budget: {} → {calls} calls", card.budget.calls);
            card.budget.calls = *calls;
            change
        }
        Beyond::Cost(thousandths) => {
            let cost = Usd(*thousandths as f64 / 1_000.0);
            let before = card.budget.cost_usd.map_or("no limit".to_owned(), |before| before.to_string());
            card.budget.cost_usd = Some(cost);
            format!("budget: {before} → {cost}")
        }
        Beyond::Read(_) | Beyond::Write(_) | Beyond::Tool(_) | Beyond::Command(_) => {
            widen(&mut card, beyond, subtask)?
        }
    };
    Some(Amendment { card, change })
}

fn widen(card: &mut MissionCard, beyond: &Beyond, subtask: Option<u32>) -> Option<String> {
    let wanted = |n: u32| subtask.is_none_or(|wanted| n == wanted);
    let task = card.subtasks.iter_mut().rev().find(|task| task.on && wanted(task.n))?;
    let n = task.n;
    match beyond {
        Beyond::Read(path) => task.looks_at.push(path.clone()),
        Beyond::Write(path) => task.writes.push(path.clone()),
        Beyond::Tool(tool) => task.tools.push(tool.clone()),
        // A card grants the commands that check its sub-tasks: a further one needs a place of its own.
        Beyond::Command(command) if matches!(task.done_check, DoneCheck::Human) => {
            task.done_check = DoneCheck::Command { command: command.clone() };
        }
        Beyond::Command(command) => {
            let mut extra = task.clone();
            extra.n = card.subtasks.iter().map(|task| task.n).max()? + 1;
            extra.title = format!("Run `{command}`");
            "It ends with code 0.".clone_into(&mut extra.expected_output);
            extra.depends_on = vec![n];
            (extra.looks_at, extra.writes, extra.tools) = (Vec::new(), Vec::new(), Vec::new());
            extra.done_check = DoneCheck::Command { command: command.clone() };
            card.subtasks.push(extra);
            return Some(format!("+ would also {beyond}, behind sub-task {n}"));
        }
        Beyond::Calls(_) | Beyond::Cost(_) => return None,
    }
    Some(format!("+ sub-task {n} would also {beyond}"))
}

/// What a mission takes beyond its estimate, once it is more than half as many calls again, or more money than the
/// most that was estimated. `wanted` are calls that would be made now.
pub fn over_budget(estimate: &Estimate, used: &BudgetReport, wanted: u32) -> Option<Beyond> {
    let calls = used.calls.saturating_add(wanted);
    let half_more = estimate.calls.1.saturating_mul(CALLS_SHARE.0) / CALLS_SHARE.1;
    let most_calls = half_more.max(estimate.calls.1.saturating_add(CALLS_MORE));
    if estimate.calls.1 > 0 && calls > most_calls {
        return Some(Beyond::Calls(calls));
    }
    let (_, most_cost) = estimate.cost_usd?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cost is a small positive number, and only its thousandths are shown"
    )]
    let thousandths = (used.cost_usd * 1_000.0).ceil().clamp(0.0, 1e15) as u64;
    (used.cost_usd > most_cost.0).then_some(Beyond::Cost(thousandths))
}
