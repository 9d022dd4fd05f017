//! What a wire knows whose servers keep conversations.

use std::sync::Arc;

use headwater_protocol::events::ServerState;
use headwater_protocol::{Message, Projection};

use super::Destination;

/// The part of a wire that knows how servers keep conversations.
pub trait Keeps: Send + Sync {
    /// The ways in which they do.
    fn states(&self) -> &'static [ServerState];

    /// The messages as the items of a request, each written from itself alone.
    fn items(&self, messages: &[Arc<Message>], destination: Destination<'_>) -> Vec<Vec<u8>>;

    /// The body of a request that stands at `place` and holds these items.
    fn body(
        &self,
        request: &Projection,
        destination: Destination<'_>,
        place: Place<'_>,
        items: &[Vec<u8>],
    ) -> Vec<u8>;

    /// Where a conversation is begun that requests add to, relative to the base URL.
    fn opening(&self) -> Option<&'static str>;

    /// The name of the conversation that was begun.
    fn opened(&self, body: &[u8]) -> Option<String>;
}

/// Where a request stands at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// It is kept nowhere.
    Apart,
    /// It is kept, and follows nothing.
    Afresh,
    /// It follows the answer of this name.
    After(&'a str),
    /// It is added to the conversation of this name.
    Within(&'a str),
}

/// What an answer says of where it stands. The outer option is absent where it says nothing, the inner one where it says
/// that there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belonging {
    /// The server's name for the answer.
    pub id: Option<String>,
    /// The answer that it follows.
    pub after: Option<Option<String>>,
    /// The conversation that it was added to.
    pub within: Option<Option<String>>,
}

impl Belonging {
    /// What it stands at instead, where that is another place.
    pub(crate) fn other_than(&self, place: Place<'_>) -> Option<String> {
        let (said, asked) = match place {
            Place::After(id) => (self.after.as_ref()?, id),
            Place::Within(id) => (self.within.as_ref()?, id),
            Place::Apart | Place::Afresh => return None,
        };
        (said.as_deref() != Some(asked)).then(|| said.clone().unwrap_or_else(|| "nothing".to_owned()))
    }
}
