//! The house's own checks: the rules of docs/ARCHITECTURE.md and docs/STYLE.md which no compiler knows.
//!
//! `cargo xtask tidy` and `cargo test -p headwater-xtask` run the same rules.

pub mod commands;
mod finding;
mod repository;
pub mod rules;
mod source;

pub use finding::Finding;
pub use repository::Repository;
pub use source::{SourceFile, Token};
