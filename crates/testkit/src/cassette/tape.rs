//! The form of a cassette: JSON Lines, one exchange a line, in the order in which the requests came.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::server::Turn;

/// One request, and the answer to it. Of headers only the type of the answer is kept: keys travel in headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The path it was posted to, from the root of the server.
    pub path: String,
    /// The body of the request, as it was sent.
    pub request: String,
    /// The status of the answer.
    pub status: u16,
    /// The type of the answer.
    pub content_type: String,
    /// The body of the answer in the pieces in which it arrived; one that ended inside of a character has the next with it.
    pub answer: Vec<String>,
}

/// The exchanges of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cassette {
    /// All of them, in order.
    pub exchanges: Vec<Exchange>,
}

impl Cassette {
    /// Reads a cassette.
    #[track_caller]
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("the cassette {}: {error}", path.display()));
        Self::of(&text)
    }

    /// The cassette that this text is.
    #[track_caller]
    pub fn of(text: &str) -> Self {
        let exchange = |line| serde_json::from_str(line).expect("an exchange");
        Self { exchanges: text.lines().map(exchange).collect() }
    }

    /// The answers, to be played by a [`ModelServer`](crate::ModelServer) in their order.
    pub fn turns(&self) -> Vec<Turn> {
        self.exchanges.iter().map(Turn::played).collect()
    }
}

impl Exchange {
    /// The line of a cassette.
    pub fn line(&self) -> String {
        format!("{}\n", serde_json::to_string(self).expect("texts and a number"))
    }

    /// The body of the answer.
    pub fn body(&self) -> String {
        self.answer.concat()
    }

    /// After how many bytes of the answer each of its pieces ends, the last left out.
    pub fn borders(&self) -> Vec<usize> {
        let mut at = 0;
        let mut ends: Vec<usize> = Vec::new();
        for piece in &self.answer {
            at += piece.len();
            ends.push(at);
        }
        ends.pop();
        ends
    }
}

/// Pieces as text: each ends with a whole character. `None` when all of it together is no UTF-8.
pub(super) fn pieces(chunks: &[bytes::Bytes]) -> Option<Vec<String>> {
    let (mut whole, mut open) = (Vec::new(), Vec::new());
    for chunk in chunks {
        open.extend_from_slice(chunk);
        if let Ok(text) = std::str::from_utf8(&open) {
            whole.push(text.to_owned());
            open.clear();
        }
    }
    open.is_empty().then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_the_same_text_wherever_it_is_cut(text in "\\PC{0,40}", size in 1_usize..5) {
            let chunks: Vec<bytes::Bytes> =
                text.as_bytes().chunks(size).map(bytes::Bytes::copy_from_slice).collect();
            let found = pieces(&chunks).unwrap();
            prop_assert_eq!(found.concat(), text);
            prop_assert!(found.iter().all(|piece| !piece.is_empty()));
        }
    }

    #[test]
    fn a_body_that_is_no_text_is_none() {
        assert_eq!(pieces(&[bytes::Bytes::from_static(b"a"), bytes::Bytes::from_static(b"\xff")]), None);
    }
}
