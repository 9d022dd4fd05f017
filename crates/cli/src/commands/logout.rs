//! `headwater logout [VENDOR]`: removes a stored key from every place that is ours.

use anyhow::Result;
use clap::Args;

use super::login::chosen;
use crate::args::Globals;
use crate::keys::{KeyStore, Removed};
use crate::output;
use crate::premises::Premises;

/// Whose key.
#[derive(Debug, Args)]
pub(crate) struct LogoutArguments {
    /// The vendor; without one, that of the settings.
    #[arg(value_name = "VENDOR")]
    vendor: Option<String>,
}

pub(super) fn run(own: &LogoutArguments, globals: &Globals) -> Result<u8> {
    let premises = Premises::find_unattended(globals)?;
    let vendor = chosen(own.vendor.as_deref(), &premises)?;
    let Removed { places, left } = KeyStore::new(&premises.paths).remove(&vendor.name)?;
    if places.is_empty() && left.is_none() {
        output::print(&format!("No key of {} was stored.\n", vendor.label))?;
    }
    for place in places {
        output::print(&format!("The key of {} was removed from {place}.\n", vendor.label))?;
    }
    if let Some(variable) = vendor.key_env.as_deref().filter(|name| std::env::var_os(name).is_some()) {
        output::note(&format!("note: {variable} is still set in the environment"));
    }
    left.map_or(Ok(0), |error| Err(error.into()))
}
