//! `headwater sessions show ID`: a transcript to read.

use anyhow::Result;
use clap::Args;
use headwater_engine::SessionStore;

use crate::output::{self, without_controls};
use crate::transcript_text::markdown;
use crate::waiting;

/// Which session.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its id, or the beginning of it.
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(own: &ShowArguments, store: &SessionStore) -> Result<u8> {
    let loaded = store.load(&store.find(&own.id)?)?;
    output::print(&without_controls(&markdown(&loaded.records)))?;
    if let Some(held) = waiting::of(&loaded.records) {
        output::print(&without_controls(&format!("\nWaits for an answer: {}\n", held.told())))?;
    }
    Ok(0)
}
