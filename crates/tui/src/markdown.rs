//! Markdown on the screen: rows from pulldown-cmark's events, and a layout that grows with a stream.
//!
//! *Invariant:* a layout that grew piece by piece equals the layout of the whole text at once.

mod code;
mod containers;
mod inline;
mod layout;
mod render;
mod table;

pub use code::{CodeBlock, code_blocks};
pub use layout::MarkdownLayout;
