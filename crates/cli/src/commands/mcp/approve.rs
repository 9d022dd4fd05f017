//! `headwater mcp approve NAME`: shows a server that the project brings, and keeps the person's yes to exactly that.

use anyhow::Result;
use clap::Args;

use super::named;
use crate::first_start::{Reply, is_person_there, is_yes};
use crate::mcp::{Consents, Survey, Surveyed};
use crate::output;
use crate::premises::Premises;
use crate::user_error::UserError;

/// Which server.
#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
    /// What `mcp list --json` has as `asks`: a yes to exactly that, without a question.
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
}

pub(super) fn run(own: &ApproveArguments, premises: &Premises) -> Result<u8> {
    let server = named(&Survey::of(premises), &own.name)?;
    let Some(asks) = &server.asks else {
        output::print(&format!("The MCP server {} waits for no yes.\n", own.name))?;
        return Ok(0);
    };
    if !is_agreed(own, &server, asks)? {
        output::note("It does not run.");
        return Ok(1);
    }
    Consents::of(&premises.paths.state, &premises.workspace).give(&own.name, asks)?;
    output::print(&format!("The MCP server {} runs from now on, until it changes.\n", own.name))?;
    Ok(0)
}

fn is_agreed(own: &ApproveArguments, server: &Surveyed, asks: &str) -> Result<bool> {
    if let Some(digest) = &own.digest {
        if digest == asks {
            return Ok(true);
        }
        let error = UserError::usage(format!("the MCP server \"{}\" is another one by now", own.name));
        return Err(error.hint("`headwater mcp list --json` shows it as it is.").into());
    }
    if !is_person_there() {
        let error = UserError::usage("nobody is here to be asked");
        return Err(error.hint("--digest DIGEST says yes to what `mcp list --json` shows.").into());
    }
    let definition = &server.definition;
    let shown =
        std::iter::once(definition.target()).chain(definition.given()).map(|text| format!("  {text}"));
    output::note(&format!("{} names the MCP server {}:", definition.source.display(), definition.name));
    output::note(&output::without_controls(&shown.collect::<Vec<_>>().join("\n")));
    output::note("It runs as you, outside the sandbox; its calls ask as other calls do.");
    is_yes("Is it to run here until it changes? [y/N] ", Reply::No)
}
