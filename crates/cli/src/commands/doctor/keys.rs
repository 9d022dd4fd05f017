//! Keys: for which vendors there is one and where it lies; never the key.

use anyhow::Result;

use super::finding::Section;
use crate::keys::KeyStore;
use crate::premises::Premises;
use crate::user_error::UserError;
use crate::vendors::catalogue;

pub(super) fn check(premises: &Premises) -> Result<Section> {
    let mut section = Section::new("keys");
    let store = KeyStore::new(&premises.paths);
    for vendor in catalogue(premises.settings())?.vendors() {
        let Some(variable) = &vendor.key_env else { continue };
        match store.find(&vendor.name, variable) {
            Ok(Some((_, place))) => section.ok(&vendor.label, format!("in {place}")),
            Ok(None) => section
                .note(&vendor.label, format!("none: set {variable} or `headwater login {}`", vendor.name)),
            Err(error) => {
                let locked = error.downcast_ref::<UserError>().map(|error| error.hints.join(" "));
                let fix = locked.unwrap_or_else(|| "Remove the file and log in again.".to_owned());
                section.problem(&vendor.label, format!("{error:#}"), fix);
            }
        }
    }
    Ok(section)
}
