//! What is measured: one file a measure, and a line in the list.

mod burst;
mod first_frame;
mod idle;
mod keys;
mod many_deltas;
mod one_answer;
mod paced;
mod repeats;
mod requests;
mod search;
mod tool_calls;

use anyhow::Result;

use crate::report::Line;
use crate::rig::Rig;

/// Every measure, in the order of the report.
pub(crate) const MEASURES: &[Measure] = &[
    one_answer::MEASURE,
    tool_calls::MEASURE,
    many_deltas::MEASURE,
    requests::MEASURE,
    repeats::MEASURE,
    search::MEASURE,
    first_frame::MEASURE,
    idle::MEASURE,
    keys::MEASURE,
    burst::MEASURE,
    paced::MEASURE,
];

/// One measure.
pub(crate) struct Measure {
    /// What is typed to have it alone.
    pub(crate) name: &'static str,
    /// What is done.
    pub(crate) summary: &'static str,
    /// Does it and gives the lines of its table.
    pub(crate) run: fn(&Rig) -> Result<Vec<Line>>,
}
