//! `headwater login [VENDOR]`: stores a key, read from a hidden prompt or from a pipe.

use anyhow::Result;
use clap::Args;
use headwater_providers::Vendor;

use crate::args::Globals;
use crate::keys::{KeyStore, Stored, read_key};
use crate::output;
use crate::premises::Premises;
use crate::user_error::UserError;
use crate::vendors::{catalogue, unknown};

/// Whose key.
#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    /// The vendor; without one, that of the settings.
    #[arg(value_name = "VENDOR")]
    vendor: Option<String>,
}

pub(super) fn run(own: &LoginArguments, globals: &Globals) -> Result<u8> {
    let premises = Premises::find_unattended(globals)?;
    let vendor = chosen(own.vendor.as_deref(), &premises)?;
    if vendor.key_env.is_none() {
        let error = UserError::usage(format!("{} needs no key, and none would be sent", vendor.label));
        let hint = format!(
            "If it takes one, name its variable: key_env = \"NAME\" under [providers.{}].",
            vendor.name
        );
        return Err(error.hint(hint).into());
    }
    if let Some(page) = &vendor.key_page {
        output::note(&format!("Keys of {}: {page}", vendor.label));
    }
    let key = read_key(&vendor.label)?;
    let Stored { place, why_file } = KeyStore::new(&premises.paths).store(&vendor.name, &key)?;
    if let Some(why) = why_file {
        output::note(&format!("warning: {why}, so the key lies in a file"));
    }
    output::print(&format!("The key of {} is stored in {place}.\n", vendor.label))?;
    if let Some(variable) = vendor.key_env.as_deref().filter(|name| std::env::var_os(name).is_some()) {
        output::note(&format!("note: {variable} is set, and goes before the stored key"));
    }
    Ok(0)
}

/// The vendor that a person named, or that of the settings.
pub(super) fn chosen(named: Option<&str>, premises: &Premises) -> Result<Vendor> {
    let catalogue = catalogue(premises.settings())?;
    let Some(name) = named.or(premises.settings().provider.as_deref()) else {
        let with_key = catalogue.vendors().filter(|vendor| vendor.key_env.is_some());
        let known: Vec<&str> = with_key.map(|vendor| vendor.name.as_str()).collect();
        let error = UserError::usage("which vendor?").hint(format!("Name one: {}.", known.join(", ")));
        return Err(error.into());
    };
    Ok(catalogue.vendor(name).map_err(|error| unknown(&error, &catalogue))?.clone())
}
