//! Cassettes: what went over HTTP between the real program and a real model server, to the byte.

mod recorder;
mod tape;

pub use recorder::CassetteRecorder;
pub use tape::{Cassette, Exchange};
