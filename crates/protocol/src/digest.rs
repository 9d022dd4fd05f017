//! Digests by which the folds tell calls, results and states of the work from each other.
//!
//! They live as long as the process: nothing on a log or on a disk holds one, and nothing is safe because of one. So the hash
//! is a fast one; a session is read again by its results, and each of them is hashed whole.

use std::hash::{BuildHasher as _, Hash};

use foldhash::quality::FixedState;
use serde_json::Value;

/// The digest of anything: the same for what is equal.
pub(crate) fn of(value: &impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// The digest of a call. The order in which the model wrote the arguments makes no other call of it.
pub(crate) fn of_call(name: &str, input: &Value) -> u64 {
    of(&(name, input))
}

/// The digest of a result without its times: a test run that only took longer is the same result.
pub(crate) fn of_result(text: &str) -> u64 {
    if has_duration(text.as_bytes()) { of(&without_durations(text)) } else { of(&text) }
}

/// Whether a digit stands before what a unit of time begins with. Looks at every byte, which is faster than stopping.
fn has_duration(text: &[u8]) -> bool {
    let behind = text.get(1..).unwrap_or_default();
    let is_one =
        |(digit, unit): (&u8, &u8)| digit.is_ascii_digit() & matches!(unit, b's' | b'm' | b'n' | 0xC2);
    text.iter().zip(behind).fold(false, |found, pair| found | is_one(pair))
}

/// The words of a text, of durations the units alone.
fn without_durations(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 1);
    for word in text.split_ascii_whitespace() {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let is_duration = unit.len() < word.len()
            && matches!(unit.trim_end_matches([',', ';', ')', '.']), "s" | "ms" | "µs" | "ns");
        plain.push_str(if is_duration { unit } else { word });
        plain.push(' ');
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn z6_the_order_of_arguments_makes_no_other_call_and_their_values_do() {
        let one = of_call("shell", &json!({"command": "make", "cwd": "a"}));
        assert_eq!(one, of_call("shell", &json!({"cwd": "a", "command": "make"})));
        for other in
            [json!({"command": "make", "cwd": "b"}), json!({"command": "make"}), json!(["make", "a"])]
        {
            assert_ne!(one, of_call("shell", &other), "{other}");
        }
        assert_ne!(one, of_call("shell2", &json!({"command": "make", "cwd": "a"})));
        assert_ne!(of_call("a", &json!(1)), of_call("a", &json!("1")));
    }

    proptest! {
        #[test]
        fn z6_texts_differ_in_their_digest_where_they_differ_beside_times(
            one in "[a-z ]{0,80}", other in "[a-z ]{0,80}", time in 0u32..10_000,
        ) {
            prop_assert_eq!(of_result(&one) == of_result(&other), one == other);
            let timed = |time: u32| of_result(&format!("{one} {time}.5s"));
            prop_assert_eq!(timed(time), timed(time + 1));
        }
    }
}
