//! A child: it reads one piece and answers about it, the worse the longer the piece is.

use std::collections::BTreeMap;

use serde_json::json;

use super::Oracle;
use super::root::{TALLY, TALLY_BY_USER};

/// Between what and how stands the code of a station.
const CODE_OF: &str = "access code of station ";
/// What stands before and behind the piece that a child is handed.
const OPENS: &str = "<text>\n";
const CLOSES: &str = "\n</text>";

/// What the child says to a prompt with a piece behind it.
pub(super) fn answer(oracle: &Oracle, prompt: &str) -> String {
    let (task, rest) = prompt.split_once(OPENS).unwrap_or((prompt, ""));
    let piece = rest.rsplit_once(CLOSES).map_or(rest, |(piece, _)| piece);
    let seen = || {
        let chars = piece.chars().count();
        piece.lines().filter(move |line| oracle.sees(line, chars))
    };
    if task.contains(TALLY_BY_USER) {
        json!(by_user(oracle, seen())).to_string()
    } else if task.contains(TALLY) {
        json!(by_label(oracle, seen())).to_string()
    } else if let Some(station) = station(task) {
        code(station, seen()).unwrap_or("none").to_owned()
    } else {
        "none".to_owned()
    }
}

/// The station that a question asks about.
pub(super) fn station(question: &str) -> Option<&str> {
    let (_, behind) = question.split_once(CODE_OF)?;
    behind.split(['?', ' ']).next()
}

fn code<'a>(station: &str, lines: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = format!("{CODE_OF}{station} is ");
    let mut found = lines.filter_map(|line| Some(line.split_once(&wanted)?.1.trim_end_matches('.')));
    found.next()
}

fn by_label<'a>(oracle: &Oracle, lines: impl Iterator<Item = &'a str>) -> BTreeMap<&'static str, u64> {
    let mut tally = BTreeMap::new();
    for (_, label) in lines.filter_map(|line| labelled(oracle, line)) {
        *tally.entry(label).or_default() += 1;
    }
    tally
}

fn by_user<'a>(
    oracle: &Oracle,
    lines: impl Iterator<Item = &'a str>,
) -> BTreeMap<&'a str, BTreeMap<&'static str, u64>> {
    let mut tally: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (user, label) in lines.filter_map(|line| labelled(oracle, line)) {
        *tally.entry(user).or_default().entry(label).or_default() += 1;
    }
    tally
}

/// Whose entry a line is, and the label of its word: `entry 7 | date | user 12 | heron`.
fn labelled<'a>(oracle: &Oracle, line: &'a str) -> Option<(&'a str, &'static str)> {
    let mut fields = line.rsplit(" | ");
    let label = oracle.lexicon.label(fields.next()?)?;
    Some((fields.next()?.strip_prefix("user ")?, label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_is_answered_from_the_piece_alone() {
        let oracle = Oracle::default().reading(1.0, 1.0);
        let piece = "entry 1 | d | user 7 | heron\nentry 2 | d | user 7 | anvil\nentry 3 | d | user 9 | lynx\n\
                     The access code of station Ara-1 is 11-22.";
        let asked = |task: &str| answer(&oracle, &format!("{task}\n\n{OPENS}{piece}{CLOSES}"));
        let table = [
            (TALLY, r#"{"animal":2,"tool":1}"#),
            (TALLY_BY_USER, r#"{"7":{"animal":1,"tool":1},"9":{"animal":1}}"#),
            ("What is the access code of station Ara-1?", "11-22"),
            ("What is the access code of station Ara-2?", "none"),
            ("Anything else", "none"),
        ];
        for (task, expected) in table {
            assert_eq!(asked(task), expected, "{task}");
        }
    }
}
