//! The scripted model server: real HTTP/1.1 on 127.0.0.1, answers and faults by script.

mod body;
mod call;
mod clearing;
mod connection;
mod fault;
mod gate;
mod keeper;
mod log;
mod minimal;
mod plan;
mod refusals;
mod running;
mod script;
mod service;
mod turn;
mod wires;

pub use call::Call;
pub use clearing::{CLEARED, Clearing};
pub use fault::Fault;
pub use gate::Gate;
pub use log::{Outcome, Recorded};
pub use minimal::{is_minimal, run_again_minimal};
pub use running::{ModelServer, refused_base_url};
pub use script::Script;
pub use turn::{Finish, Turn, Usage};
pub(crate) use wires::is_wire;
