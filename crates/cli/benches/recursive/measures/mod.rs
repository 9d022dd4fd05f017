//! The measures: one file a row of RECURSIVE §9.

mod batch;
mod escapes;
mod first_prompt;
mod iteration;
mod large_calls;
mod load;
mod memory;
mod sequential;
mod trace;

use anyhow::Result;

use crate::report::Line;
use crate::rig::Rig;

/// One measure.
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    /// What the peers need.
    pub(crate) peers: &'static str,
    pub(crate) run: fn(&Rig) -> Result<Vec<Line>>,
}

/// All of them, in the order of the table.
pub(crate) const MEASURES: &[Measure] = &[
    load::MEASURE,
    iteration::MEASURE,
    batch::MEASURE,
    sequential::MEASURE,
    large_calls::MEASURE,
    memory::MEASURE,
    trace::MEASURE,
    first_prompt::MEASURE,
    escapes::MEASURE,
];
