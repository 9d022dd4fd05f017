//! From files and settings to vendors.

use headwater_protocol::events::ServerState;

use super::lookup::CatalogueError;
use super::settings::VendorSettings;
use super::vendor::{Vendor, VendorFile};
use crate::wires::{self, Keeps, Wire};

/// Every `assets/providers/<name>.toml`, listed by the build script.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/vendors.rs"));

/// The vendors of the embedded files, and the template for those that only the user knows.
pub(super) struct Files {
    pub(super) vendors: Vec<(String, VendorFile)>,
    pub(super) template: Option<VendorFile>,
}

/// Reads the embedded files.
pub(super) fn embedded() -> Result<Files, CatalogueError> {
    let mut files = Files { vendors: Vec::new(), template: None };
    for (name, text) in FILES {
        let file: VendorFile = toml::from_str(text).map_err(|error| CatalogueError::BrokenData {
            name: (*name).to_owned(),
            message: error.to_string(),
        })?;
        if file.template {
            files.template = Some(file.clone());
        }
        files.vendors.push(((*name).to_owned(), file));
    }
    Ok(files)
}

/// A vendor of this name, from its file and the user's settings.
pub(super) fn vendor(
    name: &str,
    file: VendorFile,
    settings: Option<&VendorSettings>,
) -> Result<Vendor, CatalogueError> {
    let settings = settings.cloned().unwrap_or_default();
    // What a vendor's servers can do is said of the wire that its file names, and of no other.
    let is_own_wire = settings.wire.as_ref().is_none_or(|wire| *wire == file.wire) && !file.template;
    let wire = settings.wire.unwrap_or(file.wire);
    // Nor is anything known of a server at another address.
    let clears_by_itself = file.clears_results && is_own_wire && settings.base_url.is_none();
    let base_url = settings.base_url.or(file.base_url);
    if let Some(url) = &base_url {
        check_url(name, url)?;
    }
    let wire = wires::by_name(&wire).ok_or_else(|| CatalogueError::UnknownWire {
        name: name.to_owned(),
        wire,
        known: wires::NAMES.join(", "),
    })?;
    let state = settings.state.unwrap_or_default();
    check_state(name, state, &states(wire, is_own_wire.then_some(&file.states)))?;
    let clears_results = settings.clears_results.unwrap_or(clears_by_itself);
    if clears_results && wire.clears().is_none() {
        return Err(CatalogueError::NoClearing { name: name.to_owned(), wire: wire.name() });
    }
    Ok(Vendor {
        name: name.to_owned(),
        label: file.label,
        base_url,
        key_env: settings.key_env.or(file.key_env),
        key_page: file.key_page,
        default_model: file.model,
        child_model: file.child_model,
        is_local: file.local,
        state,
        clears_results,
        wire,
        quirks: file.quirks,
        first_byte_timeout: file.first_byte_timeout,
        window_probe: file.window_probe,
        price: file.price,
        models: file.models,
    })
}

fn check_url(name: &str, url: &str) -> Result<(), CatalogueError> {
    let is_http = reqwest::Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    if is_http { Ok(()) } else { Err(CatalogueError::NoUrl { name: name.to_owned(), url: url.to_owned() }) }
}

/// The ways in which a vendor's servers can take part in conversations.
fn states(wire: &dyn Wire, of_vendor: Option<&Vec<ServerState>>) -> Vec<ServerState> {
    let of_wire = wire.keeps().map_or(&[][..], Keeps::states);
    let can = |state: &&ServerState| of_vendor.is_none_or(|states| states.contains(state));
    std::iter::once(&ServerState::Stateless).chain(of_wire.iter().filter(can)).copied().collect()
}

fn check_state(name: &str, state: ServerState, can: &[ServerState]) -> Result<(), CatalogueError> {
    if can.contains(&state) {
        return Ok(());
    }
    let known: Vec<&str> = can.iter().map(|state| state.name()).collect();
    let (name, state, known) = (name.to_owned(), state.name(), known.join(", "));
    Err(CatalogueError::NoState { name, state, known })
}
