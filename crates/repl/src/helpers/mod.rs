//! The helpers of `repl` blocks, one file each (RECURSIVE §4).

use crate::helper::Helper;

/// All helpers, in the order in which the prompt lists them.
pub static HELPERS: &[Helper] = &[];
