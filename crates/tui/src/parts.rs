//! What the cells of tool calls are made of: their state, their head line, folded output, times, amounts.

pub mod amount;
mod arguments;
mod call;
mod clock;
mod fold;
mod head;
mod note;
mod summary;

pub use amount::{share, sparkline};
pub use arguments::{ArgumentLine, argument_lines};
pub use call::{Call, CallState};
pub use clock::{duration, spinner};
pub use fold::{Fold, fold_note};
pub use head::Head;
pub use summary::summary;
