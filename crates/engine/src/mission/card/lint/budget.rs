//! Rules about the budget: it is one, and what the card wants fits into it.

use headwater_protocol::{MissionCard, Tokens};

/// The deepest recursion that may be asked for.
const DEEPEST: u32 = 8;

/// Every limit is a number that lets something happen.
pub(super) fn limits(card: &MissionCard) -> Vec<String> {
    let budget = &card.budget;
    let table = [
        (budget.calls == 0, "The budget has no calls."),
        (budget.seconds == 0, "The budget has no time."),
        (budget.iterations == 0, "The budget has no answers of the root."),
        (budget.tokens == Some(Tokens(0)), "The budget has no tokens."),
        (
            budget.cost_usd.is_some_and(|cost| !cost.0.is_finite() || cost.0 <= 0.0),
            "The budget has no money.",
        ),
        (budget.depth > DEEPEST, "The budget allows more than 8 levels below the root."),
    ];
    table.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, fault)| fault.to_owned()).collect()
}

/// What the card takes at the least fits into its budget.
pub(super) fn room(card: &MissionCard) -> Vec<String> {
    let (least, budget) = (card.estimate.calls.0, card.budget.calls);
    let mut faults = Vec::new();
    if budget > 0 && least > budget {
        faults.push(format!("The sub-tasks take {least} calls at the least, and the budget has {budget}."));
    }
    if let (Some((least, _)), Some(most)) = (card.estimate.cost_usd, card.budget.cost_usd)
        && most.0 > 0.0
        && least.0 > most.0
    {
        faults.push(format!("The sub-tasks cost {least} at the least, and the budget has {most}."));
    }
    faults
}
