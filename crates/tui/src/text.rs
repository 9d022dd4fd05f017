//! Text for the screen: made harmless, measured in columns, wrapped, cut, painted.
//!
//! *Invariants:* what reaches a cell of the screen holds no control character; every painted piece that stands
//! for source text knows its byte range there, so selection and copy never look at the screen.

mod ansi;
mod paint;
mod row;
mod sanitize;
mod truncate;
mod width;
mod wrap;

pub(crate) use ansi::spans_of_line;
pub use paint::{Layer, Mark, Painter};
pub use row::{Piece, Row, Span};
pub use sanitize::{Escapes, Sanitizer, sanitize, sanitize_output};
pub use truncate::{truncate, truncate_spans};
pub use width::{TAB_WIDTH, grapheme_width, width};
pub use wrap::{Breaks, Indent, wrap};
