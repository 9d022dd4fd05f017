//! Paths of the workspace: what the model wrote, where it really leads, and opening it without leaving.
//!
//! Names are resolved first, which gives each file one identity however it is called; then the result, in which no
//! symlink is left, is opened beneath the workspace by a call that refuses symlinks. A race between the two fails, and
//! never escapes.

mod asked;
mod beneath;
mod error;
mod neighbours;
mod root;
mod save;
mod spelling;
mod writable;

pub(crate) use error::PathError;
pub(crate) use root::{Place, Root};
pub(crate) use save::save;
pub(crate) use spelling::{optional_path, path, spelled};
pub(crate) use writable::check_writable;
