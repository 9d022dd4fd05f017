//! A recursive completion: the root's loop over blocks, the calls they make, and the answer (RECURSIVE §1–§3).

mod answers;
mod blocks;
mod completion;
mod family;
mod feedback;
mod fences;
mod finals;
mod host;
mod nested;
mod root;
mod run;
mod spent;

pub use completion::{CompletionError, CompletionSetup, CompletionStart, complete};
