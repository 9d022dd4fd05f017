//! The test kit tests itself: the server over a plain socket, the terminal against plain programs.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "these are tests")]

mod server {
    mod answers;
    mod cassettes;
    mod client;
    mod faults;
    mod log;
}
mod terminal;
mod workspace;
