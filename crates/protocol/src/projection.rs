//! What one model request contains: a pure function of transcript, mode and capabilities.

use std::io::BufWriter;
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::message::Message;
use crate::tool::ToolSpec;
use crate::units::Tokens;

/// One request, before a wire turns it into a vendor's JSON. The header (`system`, `tools`) is frozen for the
/// session, and `messages` only grow, so that the provider's prefix cache keeps hitting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Projection {
    /// The system prompt.
    pub system: Arc<str>,
    /// The tools, in their fixed order.
    pub tools: Arc<[ToolSpec]>,
    /// The conversation.
    pub messages: Vec<Arc<Message>>,
    /// Indices into `messages` after which the prefix is stable enough to be worth a cache mark.
    pub cache_marks: Vec<usize>,
    /// Wishes that change no message.
    pub hints: Hints,
    /// Old results that are left to the server to clear, where they are. `messages` hold what the model reads in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clearing: Option<Clearing>,
}

/// Results that the server clears: all but those of the newest uses of tools. A wire whose servers cannot do it sends the
/// messages as they are, and the model reads the same but for the words of the placeholders (HARNESS X5).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clearing {
    /// How many uses of tools, from the newest back, are left alone.
    pub keep: u32,
    /// How many before them are cleared.
    pub cleared: u32,
    /// Tools whose uses are left alone wherever they stand.
    pub exclude: Vec<String>,
    /// The cleared results as they were, each with its place in the messages.
    pub whole: Vec<(usize, Arc<Message>)>,
}

/// Wishes of the harness for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Hints {
    /// The longest answer wanted.
    pub max_output: Option<Tokens>,
}

impl Projection {
    /// The messages with the results whole that the server clears.
    pub fn uncleared(&self) -> Vec<Arc<Message>> {
        let mut messages = self.messages.clone();
        for (at, whole) in self.clearing.iter().flat_map(|clearing| &clearing.whole) {
            if let Some(message) = messages.get_mut(*at) {
                *message = Arc::clone(whole);
            }
        }
        messages
    }

    /// SHA-256 over the canonical JSON, in hexadecimal: equal digests mean equal requests (HARNESS E3).
    pub fn digest(&self) -> String {
        let mut hasher = BufWriter::with_capacity(16 * 1024, HashWriter(Sha256::new()));
        // Writing to a hasher cannot fail, and every part of a projection serializes.
        let written = serde_json::to_writer(&mut hasher, self).map_err(std::io::Error::from);
        match written.and_then(|()| hasher.into_inner().map_err(std::io::IntoInnerError::into_error)) {
            Ok(HashWriter(hasher)) => hex(&hasher.finalize()),
            Err(_) => String::new(),
        }
    }
}

/// Lower-case hexadecimal of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

struct HashWriter(Sha256);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_changes_with_any_message() {
        let mut projection = Projection {
            system: "s".into(),
            tools: Arc::new([]),
            messages: vec![Arc::new(Message::user("a"))],
            cache_marks: vec![],
            hints: Hints::default(),
            clearing: None,
        };
        let before = projection.digest();
        assert_eq!(before.len(), 64);
        assert_eq!(before, projection.digest());
        projection.messages.push(Arc::new(Message::user("b")));
        assert_ne!(before, projection.digest());
    }
}
