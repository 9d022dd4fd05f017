//! Kinds of sub-agents from files, and what the settings say of them.

mod files;
mod parse;
mod setup;

pub(crate) use setup::setup;
