//! Token estimates without a tokenizer: bytes, calibrated by what the provider itself reported.
//!
//! A fixed 4 bytes a token is 20 % too high on code and 11 % too low on prose; the factor learned from the
//! provider's figures (`Budget::calibration`) takes that error out after the first answers.

use headwater_protocol::{Projection, RunState, Tokens, ToolSpec};

/// Bytes a token before anything is known; code-heavy English.
const BYTES_PER_TOKEN: f64 = 3.7;
/// What a message costs beyond its text (roles, separators), in bytes.
pub(crate) const MESSAGE_OVERHEAD: usize = 16;

/// The size of a request in bytes, as far as it costs tokens.
pub fn bytes_of(projection: &Projection) -> usize {
    let messages: usize = projection
        .messages
        .iter()
        .map(|message| crate::project::message_bytes(message) + MESSAGE_OVERHEAD)
        .sum();
    let tools: usize = projection.tools.iter().map(tool_bytes).sum();
    projection.system.len() + tools + messages
}

/// The bytes of a request that no edit of messages makes fewer: system prompt and tools.
pub(crate) fn fixed_bytes(state: &RunState) -> usize {
    state
        .session
        .header
        .as_ref()
        .map_or(0, |header| header.system.len() + header.tools.iter().map(tool_bytes).sum::<usize>())
}

/// The size of a request in tokens, by the session's calibration (1.0 when nothing was reported yet).
pub fn estimate(projection: &Projection, calibration: f64) -> Tokens {
    estimate_bytes(bytes_of(projection), calibration)
}

/// The size of a text of so many bytes in tokens, by a calibration.
pub fn estimate_bytes(bytes: usize, calibration: f64) -> Tokens {
    let tokens = bytes as f64 / BYTES_PER_TOKEN * calibration;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "never negative, never near 2^64"
    )]
    Tokens(tokens.ceil() as u64)
}

pub(crate) fn tool_bytes(tool: &ToolSpec) -> usize {
    tool.name.len() + tool.description.len() + json_bytes(&tool.input_schema)
}

/// The length of a value's JSON text, without building it.
pub(crate) fn json_bytes(value: &serde_json::Value) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting cannot fail, and a value always serializes.
    serde_json::to_writer(&mut counter, value).map_or(0, |()| counter.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_follows_the_calibration() {
        assert_eq!(estimate_bytes(3_700, 1.0), Tokens(1_000));
        assert_eq!(estimate_bytes(3_700, 1.2), Tokens(1_200));
        assert_eq!(estimate_bytes(0, 1.0), Tokens(0));
    }

    #[test]
    fn json_is_measured_as_it_is_written() {
        let value = serde_json::json!({"a": [1, "é\n"], "b": null});
        assert_eq!(json_bytes(&value), value.to_string().len());
    }
}
