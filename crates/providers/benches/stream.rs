//! SSE and JSON per event.
fn main() {}
