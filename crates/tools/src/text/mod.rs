//! Text for the model: sizes and counts in words, lines cut with their true length, terminal output made plain.

mod cut;
mod duration;
mod excerpt;
mod line_ends;
mod size;
mod terminal;

pub(crate) use cut::{around, fit, start_of};
pub(crate) use duration::how_long;
pub(crate) use excerpt::{Omitted, excerpt};
pub(crate) use line_ends::has_only_crlf;
pub(crate) use size::{counted, human};
pub(crate) use terminal::{Plain, plain};
