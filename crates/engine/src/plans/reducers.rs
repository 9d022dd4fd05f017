//! Reducers in code: many answers into one, for nothing.

use serde_json::{Map, Number, Value};

use super::concat::is_none;

/// Adds up the first number of each answer. Whole numbers stay whole.
pub(super) fn sum<'a>(answers: impl IntoIterator<Item = &'a str>) -> Value {
    let (mut whole, mut broken, mut is_whole) = (0_i64, 0.0, true);
    for word in answers.into_iter().filter_map(first_number) {
        if let Ok(number) = word.parse::<i64>() {
            whole = whole.saturating_add(number);
        } else {
            is_whole = false;
            broken += word.parse::<f64>().unwrap_or_default();
        }
    }
    if is_whole {
        return whole.into();
    }
    Number::from_f64(whole as f64 + broken).map_or(Value::Null, Value::Number)
}

/// The lines of all answers, each once, in the order in which they first came.
pub(super) fn union<'a>(answers: impl IntoIterator<Item = &'a str>) -> Value {
    let mut seen = std::collections::HashSet::new();
    let lines = answers.into_iter().flat_map(str::lines).map(str::trim);
    let fresh = lines.filter(|line| !is_none(line) && seen.insert((*line).to_owned()));
    fresh.map(|line| Value::String(line.to_owned())).collect()
}

/// Adds up lines of a kind and a number, separated by a tab, a colon or a space; the most frequent first.
pub(super) fn counter<'a>(answers: impl IntoIterator<Item = &'a str>) -> Value {
    let mut counts: Map<String, Value> = Map::new();
    let lines = answers.into_iter().flat_map(str::lines).filter_map(counted);
    for (kind, count) in lines {
        let known = counts.get(&kind).and_then(Value::as_i64).unwrap_or_default();
        counts.insert(kind, known.saturating_add(count).into());
    }
    let mut sorted: Vec<(String, Value)> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(count.as_i64().unwrap_or_default()));
    Value::Object(sorted.into_iter().collect())
}

/// What most answers say, case aside; of equals the first.
pub(super) fn vote<'a>(answers: impl IntoIterator<Item = &'a str>) -> Value {
    let mut votes: Vec<(String, &str, usize)> = Vec::new();
    for answer in answers.into_iter().map(str::trim).filter(|answer| !is_none(answer)) {
        let folded = answer.trim_end_matches('.').to_lowercase();
        match votes.iter_mut().find(|(known, ..)| *known == folded) {
            Some((.., count)) => *count += 1,
            None => votes.push((folded, answer, 1)),
        }
    }
    // `max_by_key` gives the last of equals, hence the reversal.
    let most = votes.iter().rev().max_by_key(|(.., count)| *count);
    most.map_or(Value::Null, |(_, answer, _)| Value::String((*answer).to_owned()))
}

fn counted(line: &str) -> Option<(String, i64)> {
    let line = line.trim().trim_start_matches(['-', '*', '•']).trim();
    let at = line.rfind(|c: char| c.is_whitespace() || c == ':' || c == '|')?;
    let (kind, count) = line.split_at_checked(at)?;
    let count = count.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
    let kind = kind.trim_end_matches(|c: char| c.is_whitespace() || c == ':' || c == '|').trim();
    (!kind.is_empty()).then(|| (kind.to_owned(), count))
}

/// The first number in an answer; commas between three digits are no part of it.
fn first_number(answer: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == '-' || c == ',';
    let words = answer.split(|c: char| !is_part(c));
    words
        .map(|word| word.replace(',', ""))
        .map(|word| word.trim_end_matches('.').to_owned())
        .find(|word| word.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_become_one() {
        assert_eq!(sum(["3", "There are 1,204 of them.", "none", "-4"]), json!(1203));
        assert_eq!(sum(["0.5", "1"]), json!(1.5));
        assert_eq!(union(["a\nb", " b \nnone", "c"]), json!(["a", "b", "c"]));
        let counts = counter(["spam\t2\nham: 1", "- spam 3\nnone", "time: out 4"]);
        assert_eq!(counts.to_string(), r#"{"spam":5,"time: out":4,"ham":1}"#);
        assert_eq!(vote(["Yes.", "no", "yes", "none"]), json!("Yes."));
        assert_eq!(vote(["b", "a"]), json!("b"));
        assert_eq!(
            (vote([]), sum([]), union([]), counter([])),
            (Value::Null, json!(0), json!([]), json!({}))
        );
    }
}
