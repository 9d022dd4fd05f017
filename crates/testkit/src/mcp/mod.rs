//! MCP servers as tests need them: a program over standard streams with a will of its own, and one at an address.

mod program;
mod web;

pub use program::McpProgram;
pub use web::{McpWeb, WebAnswer, WebCall};
