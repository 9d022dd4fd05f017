//! The scripted model server: real HTTP/1.1 on 127.0.0.1, answers and faults by script.

mod body;
mod connection;
mod fault;
mod log;
mod plan;
mod running;
mod script;
mod service;
mod turn;
mod wires;

pub use fault::Fault;
pub use log::{Outcome, Recorded};
pub use running::{ModelServer, refused_base_url};
pub use script::Script;
pub use turn::{Call, Finish, Gate, Turn, Usage};
