//! A recursive completion: the root's loop over blocks, the calls they make, and the answer (RECURSIVE §1–§3).

mod answers;
mod blocks;
mod completion;
mod family;
mod feedback;
mod fences;
mod finals;
mod going_on;
mod host;
mod nested;
mod open;
mod relieving;
mod rescue;
mod root;
mod run;
mod spent;

pub(crate) use answers::{Plausible, Verifier, text_of};
pub(crate) use blocks::pump;
pub use completion::{CompletionError, CompletionSetup, CompletionStart, complete};
pub(crate) use completion::{end, mend};
pub(crate) use family::{Family, Log};
pub(crate) use feedback::thousands;
pub(crate) use host::BlockTools;
pub(crate) use root::Ending;
pub(crate) use run::{Bearing, run_root};
pub(crate) use spent::spent;
