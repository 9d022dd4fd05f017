//! The interpreter of `repl` blocks: a contained worker, its calls to the host, helpers over the context.
//!
//! *Invariants:* the process is the boundary, the check of a block's code is only friendly; what a block asks of
//! the world goes through the host's port; the context is never copied into a prompt of the root.
//!
//! *Not here:* which model answers, what a call costs, what the policy allows.

mod completeness;
mod directives;
mod entry;
pub mod helpers;
mod process;
mod python;
mod repl;
mod session;
mod texts;
mod trial;

pub use entry::{HelperCache, HelperCall, HelperEntry, HelperFunction, HostPart};
pub use repl::{FoundPython, find_python, python_repl, repl_without_python};
pub use trial::try_python;
