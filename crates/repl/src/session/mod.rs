//! One interpreter with its variables: the block that runs, what it asks for meanwhile, and what is kept of it.

mod asked;
mod clock;
mod interpreter;
mod run;
mod snapshot;

pub(crate) use asked::Desk;
pub(crate) use interpreter::Session;
pub(crate) use snapshot::Snapshot;
