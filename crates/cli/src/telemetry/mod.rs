//! Traces for OpenTelemetry: what records say, as spans; off unless the person turns it on.
//!
//! *Invariants:* nothing here can hold up or end a run: what finds no room, no collector or no time is counted and dropped.

mod collector;
mod exporting;
mod file;
mod spans;
mod tap;

pub(crate) use self::exporting::try_collector;
pub(crate) use self::file::otlp_json;
pub(crate) use self::spans::Content;
pub(crate) use self::tap::attach;
