//! `headwater sessions remove ID…`: for good; a session that a process holds is refused.

use anyhow::Result;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use headwater_engine::SessionStore;

use crate::output;

/// Which sessions.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// Their ids, or the beginnings of them.
    // Every id begins with nothing: an empty variable of a script would name the only session there is.
    #[arg(value_name = "ID", required = true, value_parser = NonEmptyStringValueParser::new())]
    ids: Vec<String>,
}

pub(super) fn run(own: &RemoveArguments, store: &SessionStore) -> Result<u8> {
    let found = own.ids.iter().map(|id| store.find(id)).collect::<Result<Vec<_>, _>>()?;
    for id in found {
        store.remove(&id)?;
        output::print(&format!("Removed {id}.\n"))?;
    }
    Ok(0)
}
