//! One session of the client: opened, driven from order to order, and closed.

mod choosing;
mod course;
mod ending;
mod opening;
mod prompting;

use agent_client_protocol_schema::v1::{ContentBlock, RequestId};
use headwater_protocol::ModeId;

pub(super) use self::course::Session;
pub(super) use self::opening::{Host, open};
use super::wire::Reply;

/// What the client wants of a session.
pub(super) enum Order {
    /// A prompt.
    Prompt {
        /// What it holds.
        blocks: Vec<ContentBlock>,
        /// Its answer.
        reply: Reply,
    },
    /// The running prompt is to end.
    Cancel,
    /// A request is taken back; it may be the running prompt.
    TakeBack(RequestId),
    /// Another mode.
    Mode {
        /// Which.
        mode: ModeId,
        /// Its answer.
        reply: Reply,
    },
    /// An option is set.
    Choose {
        /// Which.
        option: String,
        /// To what.
        value: String,
        /// Its answer.
        reply: Reply,
    },
    /// The session is to end.
    Close {
        /// Its answer.
        reply: Reply,
    },
}
