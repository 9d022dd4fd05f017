//! The screen: app, cells, composer, overlays, slash commands.
//!
//! *Invariants:* the state changes only in `app::update`, which does no IO; `view` draws it and changes nothing;
//! the driver alone knows clock, terminal and files. *Not here:* the engine, which is a pair of channels.

mod app;
pub mod cells;
mod commands;
mod composer;
pub mod diff_view;
mod driver;
pub mod highlight;
mod keymap;
pub mod markdown;
pub mod mission;
mod overlays;
pub mod parts;
mod popups;
pub mod recursion_tree;
mod setup;
pub mod subagents;
mod terminal;
pub mod text;
pub mod theme;
pub mod transcript_pane;
mod view;

pub use driver::run;
pub use setup::{Exit, HistoryFile, Mouse, Presenter, ScreenSetup, SkillLine, StyleLine, UserCommand};
pub use theme::ColorDepth;
