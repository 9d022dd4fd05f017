//! `headwater mcp logout NAME`: removes the tokens of a login from every place that is ours.

use anyhow::Result;
use clap::Args;

use super::login::address_of;
use super::named;
use crate::mcp::{Definition, Survey, Tokens};
use crate::output;
use crate::premises::Premises;

/// Which server.
#[derive(Debug, Args)]
pub(crate) struct LogoutArguments {
    /// Its name.
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(own: &LogoutArguments, premises: &Premises) -> Result<u8> {
    let server = named(&Survey::of(premises), &own.name)?;
    let places = Tokens::of(&premises.paths, &address_of(&server.definition)?).remove()?;
    let told = if places.is_empty() {
        format!("There is no login to {}.\n", own.name)
    } else {
        format!("The login to {} is removed from {}.\n", own.name, places.join(" and "))
    };
    output::print(&told)?;
    Ok(0)
}

/// The same, for a server that goes; one without an address has no login.
pub(super) fn forget(definition: &Definition, premises: &Premises) -> Result<()> {
    match address_of(definition) {
        Ok(url) => Tokens::of(&premises.paths, &url).remove().map(drop),
        Err(_) => Ok(()),
    }
}
