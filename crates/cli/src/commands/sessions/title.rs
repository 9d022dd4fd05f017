//! `headwater sessions title ID TEXT…`: another title for a session that no process holds.

use anyhow::Result;
use clap::Args;
use headwater_engine::SessionStore;

use crate::output::{self, without_controls};

/// Which session, and what it is to be called.
#[derive(Debug, Args)]
pub(crate) struct TitleArguments {
    /// Its id, or the beginning of it.
    #[arg(value_name = "ID")]
    id: String,
    /// The title; without one, the first message is the title again.
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
}

pub(super) fn run(own: &TitleArguments, store: &SessionStore) -> Result<u8> {
    let id = store.find(&own.id)?;
    let title = store.retitle(&id, &own.text.join(" "))?;
    let said = if title.is_empty() {
        format!("{id} has its first message for a title again.\n")
    } else {
        format!("{id} is called \"{title}\" now.\n")
    };
    output::print(&without_controls(&said))?;
    Ok(0)
}
