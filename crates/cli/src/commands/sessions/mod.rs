//! `headwater sessions …`: one file each.

mod export;
mod family;
mod list;
mod remove;
mod show;
mod title;

use anyhow::Result;
use clap::{Args, Subcommand};
use headwater_engine::SessionStore;

use crate::args::Globals;
use crate::output_policy;
use crate::paths::Paths;
use crate::premises::Premises;

/// What to do with sessions.
#[derive(Debug, Args)]
pub(crate) struct SessionsArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the sessions of this directory.
    List(list::ListArguments),
    /// Print a session to read.
    Show(show::ShowArguments),
    /// Write a session as JSON Lines, Markdown or OTLP/JSON.
    Export(export::ExportArguments),
    /// Give a session another title.
    Title(title::TitleArguments),
    /// Remove sessions for good.
    Remove(remove::RemoveArguments),
}

pub(super) fn run(own: &SessionsArguments, globals: &Globals) -> Result<u8> {
    let store = SessionStore::new(Paths::find()?.state);
    match &own.action {
        Action::List(arguments) => list::run(arguments, globals, &store),
        Action::Show(arguments) => show::run(arguments, &store),
        Action::Export(arguments) => export::run(arguments, &store),
        Action::Title(arguments) => {
            // No log holds a secret, whoever writes into it.
            let premises = Premises::find_unattended(globals)?;
            title::run(arguments, &store.redacting(output_policy::redactor(&premises)?))
        }
        Action::Remove(arguments) => remove::run(arguments, &store),
    }
}
