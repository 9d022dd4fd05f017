//! What is said of a name that is not bound.

use headwater_protocol::repl::Variable;

/// Names that are offered instead.
const MOST_NAMES: usize = 3;

/// One sentence without a full stop; it names the variables that are nearest.
pub(super) fn unknown_variable(name: &str, known: &[Variable]) -> String {
    let mut names: Vec<(usize, &str)> =
        known.iter().map(|variable| (difference(name, &variable.name), variable.name.as_str())).collect();
    names.sort_by_key(|(difference, _)| *difference);
    let near: Vec<&str> = names.into_iter().take(MOST_NAMES).map(|(_, name)| name).collect();
    let closest = if near.is_empty() { String::new() } else { format!("; closest: {}", near.join(", ")) };
    format!("no variable is called `{name}`{closest}")
}

/// How much two names differ: little when they share letters in their order.
fn difference(one: &str, other: &str) -> usize {
    let ratio = similar::TextDiff::from_chars(one, other).ratio();
    // Ratios lie between 0 and 1; thousandths are fine enough to sort by.
    (0..=1000).find(|thousandths| 1.0 - ratio <= *thousandths as f32 / 1000.0).unwrap_or(1000)
}
