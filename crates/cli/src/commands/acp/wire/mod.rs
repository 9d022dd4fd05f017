//! JSON-RPC over two streams: lines in, lines out, and what stands in them.

mod client;
mod envelope;
mod lines;
mod writer;

pub(super) use self::client::{Client, Reply};
pub(super) use self::envelope::{Incoming, read};
pub(super) use self::lines::{Line, Lines};
pub(super) use self::writer::write;
