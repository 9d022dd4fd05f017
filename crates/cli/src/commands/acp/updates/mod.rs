//! What the client is told of a session: records and deltas as `session/update`s, one file a kind.

mod blocks;
mod calls;
mod commands;
mod narrator;
mod notices;
mod options;
mod plan;
mod said;
mod usage;

pub(super) use self::commands::{Commands, Typed};
pub(super) use self::narrator::Narrator;
pub(super) use self::options::{Choices, MODE, MODEL};
pub(super) use self::said::text_block;

/// Whether something happens now, or happened before the client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The client has seen the deltas, and knows what it sent.
    Now,
    /// It has seen nothing.
    Before,
}
