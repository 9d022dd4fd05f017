//! How long an edit of a large file takes.
fn main() {}
