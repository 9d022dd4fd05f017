//! The temporary workspace: a directory with files and a repository, a sealed home, and programs run in it.

mod directory;
mod finished;
mod project;
mod running;

pub use directory::Workspace;
pub use finished::Finished;
pub use running::{Running, spawn};
pub use rustix::process::Signal;
