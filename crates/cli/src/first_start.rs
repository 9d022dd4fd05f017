//! The first start without a vendor: what was found here, offered as a numbered choice.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use headwater_providers::{Found, Http, discover};

use crate::demo;
use crate::keys::KeyStore;
use crate::output::{note, one_line};
use crate::paths::make_private;
use crate::premises::Premises;
use crate::settings::Settings;
use crate::trust::write_private;
use crate::user_error::UserError;
use crate::vendors::{catalogue, nobody_chosen, provider_name};

/// Something to work with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    provider: String,
    model: Option<String>,
    text: String,
}

/// Whether both ends of a conversation are a terminal.
pub(crate) fn is_person_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Where no vendor is chosen yet: asks, and lays the answer over the settings.
pub(crate) async fn choose_if_needed(premises: &mut Premises) -> Result<()> {
    if provider_name(premises.settings()).is_some() {
        return Ok(());
    }
    if !is_person_there() {
        return Err(nobody_chosen(premises)?.into());
    }
    let offers = offers(premises).await?;
    note("No provider is chosen yet. Found here:");
    for (number, offer) in (1..).zip(&offers) {
        note(&format!("  {number}. {}", offer.text));
    }
    note("Any other: `headwater login VENDOR`, then `headwater --provider VENDOR`.");
    let chosen = ask(&offers)?;
    if chosen.provider != demo::NAME && is_yes("Use it from now on? [Y/n] ", Reply::Yes)? {
        remember(premises, &chosen)?;
    }
    apply(&mut premises.layered.settings, chosen);
    Ok(())
}

async fn offers(premises: &Premises) -> Result<Vec<Offer>> {
    let catalogue = catalogue(premises.settings())?;
    let store = KeyStore::new(&premises.paths);
    let mut offers = Vec::new();
    for vendor in catalogue.vendors() {
        let Some(variable) = &vendor.key_env else { continue };
        // A key that cannot be had now is told of when its vendor is chosen.
        if let Ok(Some((_, place))) = store.find(&vendor.name, variable) {
            let model = vendor.default_model.as_deref().unwrap_or("its usual model");
            let text = format!("{} with {model} (key in {place})", vendor.label);
            offers.push(Offer { provider: vendor.name.clone(), model: None, text });
        }
    }
    let servers = discover(&catalogue, &Http::new(&premises.settings().network)).await;
    offers.extend(servers.iter().flat_map(offers_of));
    let text =
        "the demo: a recorded session with real tools in a repository of its own; no key needed".to_owned();
    offers.push(Offer { provider: demo::NAME.to_owned(), model: None, text });
    Ok(offers)
}

/// Models of one server that are offered.
const MODELS_OFFERED: usize = 6;

fn offers_of(server: &Found) -> Vec<Offer> {
    let offer = |model: &String| Offer {
        provider: server.vendor.clone(),
        model: Some(model.clone()),
        text: format!("{} at {}: {}", server.vendor, server.base_url, one_line(model, 80)),
    };
    server.models.iter().take(MODELS_OFFERED).map(offer).collect()
}

fn ask(offers: &[Offer]) -> Result<Offer> {
    loop {
        let answer = line(&format!("Which one? [1-{}] ", offers.len()))?;
        let number = if answer.is_empty() { Ok(1) } else { answer.parse::<usize>() };
        match number.ok().and_then(|number| offers.get(number.checked_sub(1)?)) {
            Some(offer) => return Ok(offer.clone()),
            None => note("That is none of the numbers."),
        }
    }
}

/// What Enter alone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Asks a question of yes and no on the terminal.
pub(crate) fn is_yes(question: &str, default: Reply) -> Result<bool> {
    loop {
        match line(question)?.to_lowercase().as_str() {
            "" => return Ok(default == Reply::Yes),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => note("Please answer y or n."),
        }
    }
}

/// One line of the terminal, trimmed; the end of input is an error.
fn line(question: &str) -> Result<String> {
    let mut stderr = std::io::stderr();
    stderr
        .write_all(question.as_bytes())
        .and_then(|()| stderr.flush())
        .context("the terminal cannot be written")?;
    let mut text = String::new();
    let read = std::io::stdin().lock().read_line(&mut text).context("the terminal cannot be read")?;
    if read == 0 {
        return Err(UserError::usage("no answer was given").into());
    }
    Ok(text.trim().to_owned())
}

/// Writes the choice to the person's settings, and leaves everything else in them as it is.
fn remember(premises: &Premises, chosen: &Offer) -> Result<()> {
    let path = premises.paths.config_file();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut document: toml_edit::DocumentMut = text.parse().context("your settings cannot be changed")?;
    document.insert("provider", toml_edit::value(&chosen.provider));
    if let Some(model) = &chosen.model {
        document.insert("model", toml_edit::value(model));
    }
    make_private(&premises.paths.config)?;
    // A link to where the person keeps their settings stays one.
    write_private(&path.canonicalize().unwrap_or_else(|_| path.clone()), &document.to_string())?;
    note(&format!("Kept in {}.", path.display()));
    Ok(())
}

fn apply(settings: &mut Settings, chosen: Offer) {
    settings.provider = Some(chosen.provider);
    settings.model = settings.model.take().or(chosen.model);
}
