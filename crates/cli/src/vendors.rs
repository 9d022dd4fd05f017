//! From settings to a model port: vendor, address, key, model, window.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use headwater_engine::{Connector, Fallback, guarded};
use headwater_protocol::events::ServerState;
use headwater_protocol::{Provider, ProviderError, Redact};
use headwater_providers::{
    Catalogue, Connection, Http, Model, Network, Overlay, UnknownVendor, Vendor, learn_window, list_models,
};
use headwater_sandbox::scrubbed_env;
use tokio::time::timeout;

use crate::keys::KeyStore;
use crate::output::one_line;
use crate::output_policy;
use crate::premises::Premises;
use crate::settings::Settings;
use crate::user_error::UserError;

/// The vendor that an address alone means.
const CUSTOM: &str = "custom";

/// Models that are named when one has to be chosen.
const MODELS_NAMED: usize = 8;

/// How long a server may take to say how large its window is, before the conservative one is assumed.
const WINDOW_QUESTION: Duration = Duration::from_millis(500);

/// Every vendor and model, with the settings laid over the data.
pub(crate) fn catalogue(settings: &Settings) -> Result<Catalogue> {
    let mut overlay = Overlay { providers: settings.providers.clone(), models: settings.models.clone() };
    if let (Some(name), Some(url)) = (provider_name(settings), &settings.base_url) {
        let vendor = overlay.providers.entry(name.to_owned()).or_default();
        vendor.base_url = Some(url.clone());
    }
    Ok(Catalogue::new(overlay).map_err(|error| UserError::usage(error.to_string()))?)
}

/// The vendor's name, if the settings say it.
pub(crate) fn provider_name(settings: &Settings) -> Option<&str> {
    settings.provider.as_deref().or(settings.base_url.as_ref().map(|_| CUSTOM))
}

/// The environment of commands: that of this process without credentials, whatever the settings call those of vendors.
pub(crate) fn command_env(settings: &Settings) -> Result<Vec<(String, String)>> {
    let catalogue = catalogue(settings)?;
    let keys: Vec<&str> = catalogue.vendors().filter_map(|vendor| vendor.key_env.as_deref()).collect();
    let others = std::env::vars_os().filter(|(name, _)| !keys.iter().any(|key| name == key));
    Ok(scrubbed_env(others, &[]))
}

/// Whether the vendor that the settings choose is known and has what it needs; the model may be named later.
pub(crate) fn check(premises: &Premises) -> Result<()> {
    Reach::find(premises).map(|_| ())
}

/// The model port that the settings choose, and the way to other models of the same vendor.
pub(crate) async fn connect(premises: &Premises) -> Result<(Arc<dyn Provider>, Connector)> {
    let reach = Arc::new(Reach::find(premises)?);
    let wanted = premises.settings().model.as_deref().or(reach.vendor.default_model.as_deref());
    let provider = reach.connect(wanted.unwrap_or_default()).await?;
    let connector: Connector = Arc::new(move |model| {
        let reach = Arc::clone(&reach);
        Box::pin(async move { reach.connect(&model).await.map_err(|error| format!("{error:#}.")) })
    });
    Ok((provider, connector))
}

/// The model port of children: the one that the settings name, the vendor's usual one, or the root's own.
pub(crate) async fn connect_child(
    premises: &Premises,
    root: &Arc<dyn Provider>,
) -> Result<Arc<dyn Provider>> {
    let reach = Reach::find(premises)?;
    let settings = premises.settings();
    let wanted = settings.child_model.as_deref().or(reach.vendor.child_model.as_deref());
    match wanted.filter(|name| *name != root.model().name) {
        Some(name) => reach.connect(name).await,
        None => Ok(Arc::clone(root)),
    }
}

/// The way to the model that stands in, where the settings name one.
pub(crate) fn fallback(premises: &Premises) -> Option<Fallback> {
    let model = premises.settings().fallback_model.clone()?;
    let premises = premises.clone();
    Some(Arc::new(move || {
        let (premises, model) = (premises.clone(), model.clone());
        Box::pin(async move {
            let reach = Reach::find_fallback(&premises).map_err(|error| sentence(&error))?;
            reach.connect(&model).await.map_err(|error| sentence(&error))
        })
    }))
}

/// An error as one sentence, whether it ends like one already or not.
fn sentence(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    if text.ends_with(['.', '?']) { text } else { format!("{text}.") }
}

/// A vendor, with what it takes to reach any of its models.
struct Reach {
    catalogue: Catalogue,
    vendor: Vendor,
    base_url: Option<String>,
    key: Option<headwater_providers::Key>,
    network: Network,
    http: Http,
    /// What no request may hold.
    redact: Arc<dyn Redact>,
}

impl Reach {
    fn find(premises: &Premises) -> Result<Self> {
        let settings = premises.settings();
        let Some(name) = provider_name(settings) else { return Err(nobody_chosen(premises)?.into()) };
        let catalogue = catalogue(settings)?;
        let mut vendor = catalogue.vendor(name).map_err(|error| unknown(&error, &catalogue))?.clone();
        if premises.ephemeral.is_some() {
            // What leaves nothing here leaves nothing there either.
            vendor.state = ServerState::Stateless;
        }
        Ok(Self {
            base_url: settings.base_url.clone(),
            key: key_of(&vendor, premises)?,
            network: settings.network.clone(),
            http: Http::new(&settings.network),
            redact: Arc::new(output_policy::redactor(premises)?),
            catalogue,
            vendor,
        })
    }

    /// The vendor of the fallback model; the address on the command line is that of the chosen vendor alone.
    fn find_fallback(premises: &Premises) -> Result<Self> {
        let Some(other) = &premises.settings().fallback_provider else { return Self::find(premises) };
        if Some(other.as_str()) == provider_name(premises.settings()) {
            return Self::find(premises);
        }
        let mut premises = premises.clone();
        let settings = &mut premises.layered.settings;
        (settings.provider, settings.base_url) = (Some(other.clone()), None);
        Self::find(&premises)
    }

    async fn connect(&self, model: &str) -> Result<Arc<dyn Provider>> {
        let mut connection = Connection {
            base_url: self.base_url.clone(),
            model: self.catalogue.model(&self.vendor, model),
            key: self.key.clone(),
            network: self.network.clone(),
            seed: u64::from(std::process::id()),
            http: self.http.clone(),
            vendor: self.vendor.clone(),
        };
        if connection.model.info.name.is_empty() {
            connection.model = only_model(&connection, &self.catalogue).await?;
        }
        if !connection.model.info.is_known {
            learn(&mut connection).await;
        }
        let connected = headwater_providers::connect(connection).map_err(|error| failed(&error))?;
        Ok(guarded(connected, Arc::clone(&self.redact)))
    }
}

/// Asks the server how large the window of an unknown model is.
async fn learn(connection: &mut Connection) {
    if let Ok(Some(window)) = timeout(WINDOW_QUESTION, learn_window(connection)).await {
        connection.model.info.window = window;
        connection.model.info.is_known = true;
    }
}

/// The key of a vendor that wants one; for any other the keyring is not even asked.
fn key_of(vendor: &Vendor, premises: &Premises) -> Result<Option<headwater_providers::Key>> {
    let Some(variable) = vendor.key_env.as_deref() else { return Ok(None) };
    let found = KeyStore::new(&premises.paths).find(&vendor.name, variable)?;
    Ok(found.map(|(key, _)| key))
}

/// The chosen vendor and the key it is asked with, wherever that lies.
pub(crate) fn key_in_use(premises: &Premises) -> Option<(String, headwater_providers::Key)> {
    let settings = premises.settings();
    let catalogue = catalogue(settings).ok()?;
    let vendor = catalogue.vendor(provider_name(settings)?).ok()?;
    // A key that cannot be had is told where it is needed.
    key_of(vendor, premises).ok().flatten().map(|key| (vendor.name.clone(), key))
}

/// The one model of a server that offers no choice.
async fn only_model(connection: &Connection, catalogue: &Catalogue) -> Result<Model> {
    let names = list_models(connection).await.map_err(|error| failed(&error))?;
    match names.as_slice() {
        [only] => Ok(catalogue.model(&connection.vendor, only)),
        [] => {
            let error = UserError::provider(format!("{} offers no model", connection.vendor.label));
            Err(error.hint("Load one there, then try again.").into())
        }
        several => {
            let shown: Vec<String> =
                several.iter().take(MODELS_NAMED).map(|name| one_line(name, 80)).collect();
            let more = if several.len() > MODELS_NAMED { ", …" } else { "" };
            let error = UserError::usage(format!("which model of {}?", connection.vendor.label));
            Err(error.hint(format!("Name one with -m: {}{more}", shown.join(", "))).into())
        }
    }
}

/// A failed request as the person reads it.
fn failed(error: &ProviderError) -> UserError {
    UserError::provider(one_line(&error.to_string(), 600)).hint(error.next_step())
}

/// A vendor that nobody knows, with those that are known.
pub(crate) fn unknown(error: &UnknownVendor, catalogue: &Catalogue) -> UserError {
    let names: Vec<&str> = catalogue.vendors().map(|vendor| vendor.name.as_str()).collect();
    UserError::usage(error.to_string())
        .hint(format!("There are {} and demo; [providers.NAME] in the settings adds one.", names.join(", ")))
}

/// No vendor is chosen: what was found, and how to choose.
pub(crate) fn nobody_chosen(premises: &Premises) -> Result<UserError> {
    let error = UserError::usage("no provider is chosen");
    let catalogue = catalogue(premises.settings())?;
    let store = KeyStore::new(&premises.paths);
    let with_key = catalogue.vendors().filter(|vendor| {
        vendor
            .key_env
            .as_deref()
            .is_some_and(|variable| matches!(store.find(&vendor.name, variable), Ok(Some(_))))
    });
    let error = with_key.fold(error, |error, vendor| {
        error.hint(format!("A key for {} was found: --provider {}", vendor.label, vendor.name))
    });
    Ok(error
        .hint("Choose with --provider NAME, HEADWATER_PROVIDER, or `provider = \"NAME\"` in your settings.")
        .hint("--provider demo needs no key; `headwater doctor` says what is there."))
}
