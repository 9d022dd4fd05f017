//! An agent that does what its prompt says: `@call NAME {…}` lines one a turn, then the text behind `@say`.

use serde_json::Value;

use crate::server::Turn;

const CALL: &str = "@call ";
const SAY: &str = "@say ";

/// The turn after `said` answers; `None` for a prompt that gives no such orders.
pub(super) fn turn(told: &[String], said: usize) -> Option<Turn> {
    let lines: Vec<&str> = told.iter().flat_map(|text| text.lines()).map(str::trim).collect();
    let mut calls = lines.iter().filter_map(|line| line.strip_prefix(CALL));
    let end = lines.iter().find_map(|line| line.strip_prefix(SAY));
    let is_ordered = end.is_some() || calls.clone().next().is_some();
    if !is_ordered {
        return None;
    }
    Some(match calls.nth(said).and_then(|call| call.split_once(' ')) {
        Some((name, arguments)) => {
            Turn::text("").call(name, serde_json::from_str(arguments).unwrap_or(Value::Null))
        }
        None => Turn::text(end.unwrap_or("Done.")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_followed_in_turn() {
        let told = ["Make it.\n@call write {\"path\": \"a\"}\n@say Made.".to_owned()];
        let first = turn(&told, 0).expect("a turn");
        assert_eq!((first.calls.len(), first.calls[0].name.as_str()), (1, "write"));
        assert_eq!(turn(&told, 1).expect("a turn").text, "Made.");
        assert!(turn(&["no order".to_owned()], 0).is_none());
    }
}
