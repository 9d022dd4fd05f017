//! `headwater sessions list`: a table, newest first.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use headwater_engine::SessionStore;
use headwater_protocol::op::SessionSummary;

use crate::ago::ago;
use crate::args::Globals;
use crate::output::{self, one_line, without_controls};
use crate::premises::workspace;

/// Which sessions.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Those of all directories.
    #[arg(long = "all")]
    is_all: bool,
}

/// Columns of a title in the table.
const TITLE: usize = 48;

pub(super) fn run(own: &ListArguments, globals: &Globals, store: &SessionStore) -> Result<u8> {
    let workspace = if own.is_all { None } else { Some(workspace(globals)?) };
    let sessions = store.list(workspace.as_deref())?;
    if sessions.is_empty() {
        let place = workspace.map(|path| format!(" in {}", path.display())).unwrap_or_default();
        output::note(&format!(
            "No sessions{place} yet{}.",
            if own.is_all { "" } else { "; --all lists every directory" }
        ));
        return Ok(0);
    }
    output::print(&without_controls(&table(&sessions, own.is_all)))?;
    Ok(0)
}

fn table(sessions: &[SessionSummary], has_workspace: bool) -> String {
    let mut text = format!("{:<21} {:<12} {:>8} {:>8}  TITLE\n", "ID", "WHEN", "MESSAGES", "COST");
    for session in sessions {
        let place = if has_workspace { format!("  [{}]", session.workspace) } else { String::new() };
        let waits = if session.is_waiting { "[waits for an answer] " } else { "" };
        // Writing to a String cannot fail.
        let _never = writeln!(
            text,
            "{:<21} {:<12} {:>8} {:>8}  {waits}{}{place}",
            session.id,
            ago(session.updated),
            session.messages,
            session.cost.map_or_else(|| "unknown".to_owned(), |cost| cost.to_string()),
            one_line(&session.title, TITLE),
        );
    }
    text
}
