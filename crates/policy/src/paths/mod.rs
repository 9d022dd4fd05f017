//! Paths as text: where they lie, and which of them are special. Nothing here touches a disk.

mod normal;
mod place;
mod protected;
mod secret;

pub(crate) use normal::normalized;
pub(crate) use place::{Ground, Place, place_of, place_of_path, resolved};
pub(crate) use secret::is_secret;
