//! An agent that does what its prompt says: lines of `@call NAME {…}` and `@say TEXT`, one a turn, the last text again where
//! there are no more. In both,
//! `{{MARK}}` stands for the word that follows MARK in what it was told and in what its calls brought: an order with one
//! can only be followed by an agent that has read it.

use serde_json::Value;

use crate::server::Turn;

const CALL: &str = "@call ";
const SAY: &str = "@say ";

/// The turn after `said` answers; `None` for a prompt that gives no such orders. `known` is what else was read.
pub(super) fn turn(told: &[String], known: &[String], said: usize) -> Option<Turn> {
    let lines = told.iter().flat_map(|text| text.lines()).map(str::trim);
    let orders: Vec<Order<'_>> = lines.filter_map(Order::read).collect();
    let order = orders.get(said).or_else(|| orders.iter().rfind(|order| matches!(order, Order::Say(_))));
    Some(match order.unwrap_or(if orders.is_empty() { return None } else { &Order::Say("Done.") }) {
        Order::Call(name, arguments) => {
            let arguments = serde_json::from_str(&filled(arguments, known)).unwrap_or(Value::Null);
            Turn::text("").call(*name, arguments)
        }
        Order::Say(text) => Turn::text(filled(text, known)),
    })
}

/// One line of orders.
enum Order<'a> {
    Call(&'a str, &'a str),
    Say(&'a str),
}

impl<'a> Order<'a> {
    fn read(line: &'a str) -> Option<Self> {
        match line.strip_prefix(CALL) {
            Some(call) => call.split_once(' ').map(|(name, arguments)| Self::Call(name, arguments)),
            None => line.strip_prefix(SAY).map(Self::Say),
        }
    }
}

/// An order with its marks replaced, the last place of each mark first; a mark that was never read becomes `unknown`.
fn filled(order: &str, known: &[String]) -> String {
    let mut parts = order.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (mark, rest) = part.split_once("}}").unwrap_or((part, ""));
        text.push_str(&word_after(mark, known).unwrap_or_else(|| "unknown".to_owned()));
        text.push_str(rest);
    }
    text
}

fn word_after(mark: &str, known: &[String]) -> Option<String> {
    let rest = known.iter().rev().find_map(|text| Some(text.rsplit_once(mark)?.1))?;
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | ',' | ')' | ']');
    rest.split(ends).next().filter(|word| !word.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_followed_in_turn() {
        let told = ["Make it.\n@call write {\"path\": \"a\"}\n@say Made.".to_owned()];
        let first = turn(&told, &[], 0).expect("a turn");
        assert_eq!((first.calls.len(), first.calls[0].name.as_str()), (1, "write"));
        assert_eq!(turn(&told, &[], 1).expect("a turn").text, "Made.");
        assert_eq!(turn(&told, &[], 2).expect("a turn").text, "Made.");
        let twice = ["@say First.\n@call read {}\n@say Second.".to_owned()];
        assert_eq!(turn(&twice, &[], 0).expect("a turn").text, "First.");
        assert_eq!(turn(&twice, &[], 1).expect("a turn").calls.len(), 1);
        assert_eq!(turn(&twice, &[], 2).expect("a turn").text, "Second.");
        assert!(turn(&["no order".to_owned()], &[], 0).is_none());
    }
    #[test]
    fn a_mark_is_what_was_read() {
        let known = ["Sign with: Charon\n".to_owned(), "3\tcode = 42, and code = 43.\n".to_owned()];
        let told = ["@call read {\"path\": \"{{Sign with: }}\"}\n@say {{code = }} {{nowhere }}".to_owned()];
        assert_eq!(turn(&told, &known, 0).expect("a turn").calls[0].arguments, "{\"path\":\"Charon\"}");
        assert_eq!(turn(&told, &known, 1).expect("a turn").text, "43. unknown");
    }
}
