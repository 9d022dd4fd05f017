//! The catalogue: every vendor and model the program knows of, found by name.

use std::collections::BTreeMap;

use super::assemble;
use super::model::{self, Model};
use super::settings::{ModelSettings, Overlay};
use super::vendor::Vendor;

/// Every vendor that can be named, and what is known of models.
#[derive(Clone, Debug)]
pub struct Catalogue {
    vendors: BTreeMap<String, Vendor>,
    models: BTreeMap<String, ModelSettings>,
}

/// Settings or data that make no vendor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The settings name a wire that does not exist.
    #[error("provider \"{name}\": there is no wire \"{wire}\"; there is: {known}")]
    UnknownWire {
        /// The provider's name.
        name: String,
        /// What was asked for.
        wire: String,
        /// What there is.
        known: String,
    },
    /// A base URL is no URL.
    #[error("provider \"{name}\": base_url \"{url}\" is no address that begins with http:// or https://")]
    NoUrl {
        /// The provider's name.
        name: String,
        /// What was given.
        url: String,
    },
    /// The settings name a way of keeping conversations that the provider does not offer.
    #[error("provider \"{name}\" cannot take part in conversations as \"{state}\"; it can: {known}")]
    NoState {
        /// The provider's name.
        name: String,
        /// What was asked for.
        state: &'static str,
        /// What there is.
        known: String,
    },
    /// The settings leave clearing to a server whose wire knows no way to ask for it.
    #[error("provider \"{name}\" cannot clear results: the wire {wire} has no way to ask for it")]
    NoClearing {
        /// The provider's name.
        name: String,
        /// Its wire.
        wire: &'static str,
    },
    /// A provider of the user's own has no address.
    #[error("provider \"{name}\" needs a base_url: add base_url = \"http://...\" under [providers.{name}]")]
    NoAddress {
        /// The provider's name.
        name: String,
    },
    /// An embedded file is broken; a test keeps this from happening.
    #[error("the embedded data of provider \"{name}\" is broken: {message}")]
    BrokenData {
        /// The file's stem.
        name: String,
        /// Where and why.
        message: String,
    },
}

/// A vendor that nobody named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no provider \"{name}\"{}", .nearest.as_deref().map(|nearest| format!("; did you mean \"{nearest}\"?")).unwrap_or_default())]
pub struct UnknownVendor {
    /// What was asked for.
    pub name: String,
    /// The nearest name there is, if any is near.
    pub nearest: Option<String>,
}

impl Catalogue {
    /// The embedded data with the user's settings over it.
    pub fn new(overlay: Overlay) -> Result<Self, CatalogueError> {
        let files = assemble::embedded()?;
        let mut vendors = BTreeMap::new();
        for (name, file) in files.vendors {
            let vendor = assemble::vendor(&name, file, overlay.providers.get(&name))?;
            vendors.insert(name, vendor);
        }
        for (name, settings) in &overlay.providers {
            if vendors.contains_key(name) {
                continue;
            }
            if settings.base_url.is_none() {
                return Err(CatalogueError::NoAddress { name: name.clone() });
            }
            if let Some(template) = files.template.clone() {
                let mut vendor = assemble::vendor(name, template, Some(settings))?;
                vendor.label.clone_from(name);
                vendors.insert(name.clone(), vendor);
            }
        }
        Ok(Self { vendors, models: overlay.models })
    }

    /// All vendors, by name.
    pub fn vendors(&self) -> impl Iterator<Item = &Vendor> {
        self.vendors.values()
    }

    /// The vendor of this name.
    pub fn vendor(&self, name: &str) -> Result<&Vendor, UnknownVendor> {
        self.vendors.get(name).ok_or_else(|| UnknownVendor {
            name: name.to_owned(),
            nearest: self.nearest(name).map(str::to_owned),
        })
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        let similarity = |known: &str| strsim::jaro_winkler(&name, known);
        let best = self.vendors.keys().max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
        (similarity(best) >= NEAR).then_some(best)
    }

    /// What is known of a vendor's model: settings, then data, then a conservative window and no price.
    pub fn model(&self, vendor: &Vendor, name: &str) -> Model {
        let mut model =
            model::describe(name, (vendor.models.get(name), vendor.is_local), self.models.get(name));
        model.info.price = model.info.price.or(vendor.price);
        // Where calls are text, the server sees none.
        model.info.clears_results = vendor.clears_results && !model.writes_calls;
        model
    }
}

/// How similar (Jaro-Winkler) a name must be to be suggested.
const NEAR: f64 = 0.75;

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_protocol::{Tokens, model::UNKNOWN_WINDOW};

    fn catalogue(settings: &str) -> Result<Catalogue, CatalogueError> {
        Catalogue::new(toml::from_str(settings).unwrap())
    }

    #[test]
    fn every_embedded_file_is_sound() {
        let catalogue = catalogue("").unwrap();
        let names: Vec<&str> = catalogue.vendors().map(|vendor| vendor.name.as_str()).collect();
        let expected = [
            "anthropic",
            "custom",
            "deepseek",
            "llamacpp",
            "lmstudio",
            "ollama",
            "openai",
            "openai-responses",
            "openrouter",
        ];
        assert_eq!(names, expected);
        for vendor in catalogue.vendors() {
            assert_eq!(vendor.key_env.is_some(), vendor.key_page.is_some(), "{}", vendor.name);
            assert_eq!(vendor.key_env.is_some(), vendor.default_model.is_some(), "{}", vendor.name);
            for model in vendor.default_model.iter().chain(&vendor.child_model) {
                assert!(catalogue.model(vendor, model).info.is_known, "{model} of {}", vendor.name);
            }
            for name in vendor.model_names() {
                let info = catalogue.model(vendor, name).info;
                assert!(info.max_output.is_none_or(|output| output < info.window), "{name}");
                let price = info.price.unwrap_or_default();
                assert!(
                    price.input <= price.output
                        && price.cache_read.unwrap_or(0.0) <= price.input
                        && price.cache_write.is_none_or(|write| write >= price.input),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn settings_change_vendors_and_models() {
        let catalogue = catalogue(
            "[providers.deepseek]\nbase_url = 'http://127.0.0.1:9/v1'\n[providers.mine]\nbase_url = \
             'http://box:8080/v1'\nkey_env = 'MINE_KEY'\n[models.m]\nwindow = 16384\nprice = { input = 1.0, output = 2.0 }",
        )
        .unwrap();
        let deepseek = catalogue.vendor("deepseek").unwrap();
        assert_eq!(deepseek.base_url.as_deref(), Some("http://127.0.0.1:9/v1"));
        assert_eq!(deepseek.key_env.as_deref(), Some("DEEPSEEK_API_KEY"));
        let mine = catalogue.vendor("mine").unwrap();
        assert_eq!((mine.label.as_str(), mine.wire_name()), ("mine", "openai-chat"));
        assert_eq!(mine.key_env.as_deref(), Some("MINE_KEY"));
        let info = catalogue.model(mine, "m").info;
        assert_eq!((info.window, info.is_known), (Tokens(16_384), true));
        assert!(info.price.is_some());
        let unknown = catalogue.model(mine, "other").info;
        assert_eq!((unknown.window, unknown.is_known, unknown.price), (UNKNOWN_WINDOW, false, None));
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            ("[providers.mine]\nkey_env = 'X'", "needs a base_url"),
            ("[providers.mine]\nbase_url = 'box:8080'", "is no address"),
            (
                "[providers.deepseek]\nwire = 'telex'",
                "there is no wire \"telex\"; there is: openai-chat, openai-responses, anthropic",
            ),
        ];
        for (settings, expected) in cases {
            let error = catalogue(settings).unwrap_err().to_string();
            assert!(error.contains(expected), "{settings}: {error}");
        }
        assert!(toml::from_str::<Overlay>("[providers.x]\nurl = 'y'").is_err());
        let catalogue = catalogue("").unwrap();
        let unknown = catalogue.vendor("DeepSeak").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no provider \"DeepSeak\"; did you mean \"deepseek\"?");
        assert_eq!(catalogue.vendor("zzz").unwrap_err().nearest, None);
    }
}
