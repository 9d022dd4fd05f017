//! Overlays: a page over the screen, of lines to read or entries to take. One file per page.

mod context;
mod contract;
mod cost;
mod diff;
mod doctor;
mod help;
mod hooks;
mod keymap;
mod keys;
mod mcp;
mod mission;
mod page;
mod permissions;
mod rewind;
mod sessions;
mod skills;
mod themes;
mod todos;

pub(crate) use context::context;
pub(crate) use contract::contract;
pub(crate) use cost::cost;
pub(crate) use diff::diff;
pub(crate) use doctor::doctor;
pub(crate) use help::help;
pub(crate) use hooks::{hooks, hooks_question};
pub(crate) use keymap::keymap;
pub(crate) use mcp::{server, servers};
pub(crate) use mission::mission;
pub(crate) use page::{Line, Overlay, Pick};
pub(crate) use permissions::permissions;
pub(crate) use rewind::{rewind_points, rewind_preview, rewind_scopes, typed};
pub(crate) use sessions::sessions;
pub(crate) use skills::skills;
pub(crate) use themes::themes;
pub(crate) use todos::todos;
