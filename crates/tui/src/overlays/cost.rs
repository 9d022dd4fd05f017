//! Cost: what the session has spent, as the provider reported it.

use super::{Line, Overlay};
use crate::app::Status;
use crate::theme::Slot;

/// The page.
pub(crate) fn cost(status: &Status) -> Overlay {
    let budget = &status.budget;
    let total = budget.total;
    let cached = total.cached.0.saturating_mul(100) / total.input.0.max(1);
    let lines = [
        ("cost", if budget.is_cost_partial { format!("≥ {}", budget.cost) } else { status.cost() }),
        ("turns", budget.turns.to_string()),
        ("requests", budget.requests.to_string()),
        ("input tokens", format!("{} ({cached}% from the provider's cache)", total.input.0)),
        ("output tokens", total.output.0.to_string()),
        ("  of these, reasoning", total.reasoning.0.to_string()),
    ];
    let mut lines: Vec<Line> = lines
        .into_iter()
        .map(|(name, value)| Line::of(Slot::Dim, format!("{name:<24}")).and(Slot::Text, value))
        .collect();
    if budget.is_cost_partial {
        lines.push(Line::default());
        lines.push(Line::of(Slot::Warn, uncertain(budget.unreported)));
    }
    Overlay::new("cost", "Esc close", lines)
}

/// Why the cost is only the least it can be.
fn uncertain(unreported: u32) -> String {
    match unreported {
        0 => "The price of some requests is unknown: the cost is at least this.".to_owned(),
        1 => "1 request was never reported on: it counts as it was estimated, without its answer.".to_owned(),
        _ => format!(
            "{unreported} requests were never reported on: they count as they were estimated, without their answers."
        ),
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Usd;

    use super::*;

    fn page(change: impl FnOnce(&mut Status)) -> String {
        let mut status = Status::default();
        status.budget.cost = Usd(0.5);
        change(&mut status);
        cost(&status).shown().iter().map(|line| line.text() + "\n").collect()
    }

    #[test]
    fn r_e_a_cost_that_is_not_known_whole_is_shown_as_the_least_it_can_be() {
        assert!(!page(|_| {}).contains('≥'));
        let uncertain = |unreported| {
            page(|status| {
                (status.budget.is_cost_partial, status.budget.unreported) = (true, unreported);
            })
        };
        assert!(
            uncertain(0).contains("≥ $0.5") && uncertain(0).contains("price of some requests is unknown")
        );
        assert!(uncertain(1).contains("1 request was never reported on"));
        assert!(
            uncertain(2).contains("≥ $0.5") && uncertain(2).contains("2 requests were never reported on")
        );
    }
}
