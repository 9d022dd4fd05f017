//! Settings in layers, last wins, lists merge: defaults < user < trusted project < environment < flags.
//!
//! To add a setting: a line in `keys.rs`, a field in `shape.rs`. Documentation, checks and errors follow from these.

mod check;
mod keys;
mod layers;
mod shape;
mod tightening;

#[cfg(test)]
pub(crate) use keys::{KEYS, Kind};
pub(crate) use layers::{Layered, Overrides, Sources, load};
pub(crate) use shape::{Limits, ServerSettings, Settings, Telemetry};
