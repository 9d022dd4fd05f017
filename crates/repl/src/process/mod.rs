//! The worker process: finding an interpreter, starting it contained, and the frames between it and us.

mod find;
mod frames;
mod incoming;
mod messages;
mod passing;
mod worker;

pub(crate) use find::{Python, find, none};
pub(crate) use frames::Outgoing;
pub(crate) use messages::{Failure, FromWorker, Kept, Report, WirePiece, WireQuery, WireTier};
pub(crate) use worker::{Heard, Launch, Process};
