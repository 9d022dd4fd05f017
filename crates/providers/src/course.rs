//! The course of a conversation that the server keeps: what it is known to hold, and what of a request is new to it.
//!
//! *Invariants:* only what continues the kept items word for word goes on from them; everything else is sent whole. What
//! a server says it keeps is never believed over what was sent.
//!
//! *Not here:* how a wire names these things (its own file), when a failed request is made again.

mod handle;
mod heard;

use bytes::Bytes;
use headwater_protocol::events::{ConversationKept, ServerState};
use headwater_protocol::{ModelDelta, Projection};

use self::handle::{Handle, digest_of, place_of};
use self::heard::Heard;
use crate::connection::Endpoint;
use crate::wires::{Belonging, Keeps, Place};

/// The part of the tokens of the request before below which a report says that the server holds something else.
const SHARE: u64 = 2;
/// Tokens that a report may be short by in any case.
const SLACK: u64 = 256;

/// One request of a kept conversation.
pub(crate) struct Course {
    keeps: &'static dyn Keeps,
    state: ServerState,
    /// Everything that must stay the same for the server to go on, in one digest.
    place: String,
    request: Projection,
    items: Vec<Vec<u8>>,
    /// From where it goes on; absent where it is sent whole.
    from: Option<Handle>,
    /// The conversation that was begun for it.
    conversation: Option<String>,
    /// Whether the server takes no part after all.
    is_apart: bool,
    heard: Heard,
}

impl Course {
    /// How a request is sent, given what was kept of the one before. `None` where the server keeps nothing.
    pub(crate) fn of(endpoint: &Endpoint, request: &Projection, handle: Option<&str>) -> Option<Self> {
        let state = endpoint.vendor.state;
        let keeps = endpoint.vendor.wire.keeps().filter(|keeps| keeps.states().contains(&state))?;
        // What such a model says as text is a call here: the two would not be the same.
        if state == ServerState::Stateless || endpoint.model.writes_calls {
            return None;
        }
        let items = keeps.items(&request.messages, endpoint.destination());
        let place = place_of(endpoint, request);
        let from = handle
            .and_then(Handle::read)
            .filter(|handle| handle.state == state && handle.place == place && handle.begins(&items));
        let request = request.clone();
        let (conversation, is_apart, heard) = (None, false, Heard::default());
        Some(Self { keeps, state, place, request, items, from, conversation, is_apart, heard })
    }

    /// Whether it goes on from what the server keeps.
    pub(crate) fn is_continued(&self) -> bool {
        self.from.is_some()
    }

    /// From now on it is sent whole: nobody knows any more what the server holds.
    pub(crate) fn send_whole(&mut self) {
        (self.from, self.conversation) = (None, None);
        self.heard = Heard::default();
    }

    /// A failed attempt is made again. A server that adds to one conversation may have added this request already.
    pub(crate) fn again(&mut self) {
        self.heard = Heard::default();
        if self.state == ServerState::Append {
            self.send_whole();
        }
    }

    /// From now on the server takes no part in it.
    pub(crate) fn send_apart(&mut self) {
        self.send_whole();
        self.is_apart = true;
    }

    /// Where a conversation has to be begun first.
    pub(crate) fn opening(&self) -> Option<&'static str> {
        let needs = self.state == ServerState::Append && !self.is_apart && !self.is_continued();
        self.keeps.opening().filter(|_| needs && self.conversation.is_none())
    }

    /// The conversation was begun; false when the server's answer does not name it.
    pub(crate) fn opened(&mut self, body: &[u8]) -> bool {
        self.conversation = self.keeps.opened(body);
        self.conversation.is_some()
    }

    /// The bytes of the request.
    pub(crate) fn body(&self, endpoint: &Endpoint) -> Bytes {
        self.keeps.body(&self.request, endpoint.destination(), self.at(), self.new_items()).into()
    }

    fn at(&self) -> Place<'_> {
        if self.is_apart {
            return Place::Apart;
        }
        match (self.state, &self.from, &self.conversation) {
            (ServerState::Append, Some(from), _) => Place::Within(&from.id),
            (ServerState::Append, None, Some(conversation)) => Place::Within(conversation),
            (ServerState::Opaque, Some(from), _) => Place::After(&from.id),
            (ServerState::Opaque, None, _) => Place::Afresh,
            (ServerState::Append, None, None) | (ServerState::Stateless, _, _) => Place::Apart,
        }
    }

    fn new_items(&self) -> &[Vec<u8>] {
        let held = self.from.as_ref().map_or(0, |from| from.items);
        self.items.get(held..).unwrap_or(&self.items)
    }

    /// Takes in what has come of the answer; says what shows that the server does not hold what it should.
    pub(crate) fn hear(&mut self, deltas: &[ModelDelta], belonging: Option<&Belonging>) -> Option<String> {
        for delta in deltas {
            self.heard.hear(delta);
        }
        let from = self.from.as_ref()?;
        let at = self.at();
        if let Some(other) = belonging.and_then(|belonging| belonging.other_than(at)) {
            return Some(format!(
                "the server answered to {other} and not to what it was asked to go on from"
            ));
        }
        let reported = self.heard.usage.map(|usage| usage.input.0).filter(|input| *input > 0)?;
        (reported.saturating_add(SLACK) < from.tokens / SHARE).then(|| {
            format!(
                "the server counted {reported} tokens of a conversation that had {} before, so it keeps something else",
                from.tokens
            )
        })
    }

    /// What the server keeps now that the answer is whole; `None` where nothing can be gone on from.
    pub(crate) fn kept(
        &self,
        endpoint: &Endpoint,
        belonging: Option<&Belonging>,
    ) -> Option<ConversationKept> {
        if self.is_apart {
            return None;
        }
        let id = match self.state {
            ServerState::Append => {
                self.from.as_ref().map(|from| from.id.clone()).or_else(|| self.conversation.clone())?
            }
            ServerState::Opaque => belonging.and_then(|belonging| belonging.id.clone())?,
            ServerState::Stateless => return None,
        };
        let destination = endpoint.destination();
        let said = self.heard.message(format!("{}/{}", destination.vendor, destination.model.info.name))?;
        let answer = self.keeps.items(&[said.into()], destination);
        let all = self.items.iter().chain(&answer);
        let items = self.items.len() + answer.len();
        let handle = Handle {
            state: self.state,
            id,
            place: self.place.clone(),
            items,
            digest: digest_of(all),
            tokens: self.heard.usage.map_or(0, |usage| usage.input.0),
        };
        let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
        Some(ConversationKept {
            state: self.state,
            handle: handle.write()?,
            sent: count(self.new_items().len()),
            kept: count(items),
        })
    }
}
