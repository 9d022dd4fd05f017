//! What must reach no log, no screen and no model: known secrets and the shapes of tokens, replaced by their names.

mod forms;
mod known;
mod literals;
mod records;
mod redactor;
mod shapes;
mod spots;
mod stream;

#[cfg(test)]
mod tests;

pub use known::KnownSecret;
pub use redactor::{PatternError, Redactor};
pub use stream::RedactedStream;
