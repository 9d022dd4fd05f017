//! `headwater mcp remove NAME`: takes a server out of the person's settings, and what a login to it left here.

use anyhow::Result;
use clap::Args;

use super::{logout, named};
use crate::mcp::{self, Survey};
use crate::output;
use crate::premises::Premises;
use crate::user_error::UserError;

/// Which server.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(own: &RemoveArguments, premises: &Premises) -> Result<u8> {
    let server = named(&Survey::of(premises), &own.name)?;
    let file = premises.paths.config_file();
    if !mcp::remove(&file, &own.name)? {
        let message = format!(
            "the MCP server \"{}\" is not yours: {} names it",
            own.name,
            server.definition.source.display()
        );
        return Err(UserError::usage(message).hint("Without your yes it does not run.").into());
    }
    logout::forget(&server.definition, premises)?;
    output::print(&format!("The MCP server {} is no longer in {}.\n", own.name, file.display()))?;
    Ok(0)
}
