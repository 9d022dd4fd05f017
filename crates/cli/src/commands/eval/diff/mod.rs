//! `headwater eval diff`: what is otherwise in a second run.

mod compare;
mod files;
mod tasks;
mod text;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use self::compare::compare;
use super::report::Report;
use crate::output;

/// The two runs.
#[derive(Debug, Args)]
pub(super) struct DiffArguments {
    /// The directory of the first run.
    #[arg(value_name = "DIR_A")]
    before: PathBuf,
    /// The directory of the second.
    #[arg(value_name = "DIR_B")]
    after: PathBuf,
}

pub(super) fn run(own: &DiffArguments) -> Result<u8> {
    let (before, after) = (Report::read(&own.before)?, Report::read(&own.after)?);
    let comparison = compare(&before, &after);
    output::print(&text::of(&comparison, (&own.before, &own.after)))?;
    Ok(u8::from(comparison.is_worse()))
}
