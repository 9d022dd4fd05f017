//! Where the tokens of a login to a server lie: beside the keys of vendors, under the server's address, so that another
//! server of the same name never gets them.

use std::path::PathBuf;

use headwater_providers::Key;
use headwater_tools::mcp::TokenKeeper;

use crate::keys::KeyStore;
use crate::paths::{Paths, make_private};

/// The tokens for one address.
pub(crate) struct Tokens {
    store: KeyStore,
    name: String,
    lock: PathBuf,
}

impl Tokens {
    /// Those for the server at `url`.
    pub(crate) fn of(paths: &Paths, url: &str) -> Self {
        Self { store: KeyStore::new(paths), name: entry(url), lock: paths.state.join("mcp-tokens.lock") }
    }

    /// Removes them; the places where there were any, in words.
    pub(crate) fn remove(&self) -> anyhow::Result<Vec<String>> {
        let removed = self.store.remove(&self.name)?;
        match removed.left {
            Some(error) => Err(error.into()),
            None => Ok(removed.places.iter().map(ToString::to_string).collect()),
        }
    }
}

/// The name under which tokens lie among the keys.
const PREFIX: &str = "mcp:";

fn entry(url: &str) -> String {
    format!("{PREFIX}{url}")
}

/// The secrets in what is stored under a name, if these are tokens: each is one by itself.
pub(crate) fn secrets(name: &str, stored: &Key) -> Option<Vec<String>> {
    name.strip_prefix(PREFIX)?;
    let value: serde_json::Value = serde_json::from_str(stored.expose()).unwrap_or_default();
    let tokens = ["access_token", "refresh_token", "id_token"];
    let found = tokens.iter().filter_map(|token| value.get("token_response")?.get(token)?.as_str());
    Some(found.map(str::to_owned).collect())
}

impl TokenKeeper for Tokens {
    fn load(&self) -> Result<Option<String>, String> {
        let found = self.store.find(&self.name, "").map_err(|error| format!("{error:#}"))?;
        Ok(found.map(|(key, _)| key.expose().to_owned()))
    }

    fn save(&self, text: &str) -> Result<(), String> {
        self.store.store(&self.name, &Key::new(text)).map(drop).map_err(|error| format!("{error:#}"))
    }

    fn clear(&self) -> Result<(), String> {
        self.remove().map(drop).map_err(|error| format!("{error:#}"))
    }

    fn lock(&self) -> Result<Box<dyn Send>, String> {
        let said = |error: std::io::Error| format!("{} cannot be locked: {error}", self.lock.display());
        if let Some(directory) = self.lock.parent() {
            make_private(directory).map_err(said)?;
        }
        let file = std::fs::File::options().create(true).append(true).open(&self.lock).map_err(said)?;
        file.lock().map_err(said)?;
        Ok(Box::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_tokens_lie_under_the_address_and_each_is_a_secret() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let one = Tokens::of(&paths, "https://a.example/mcp");
        let text = r#"{"client_id":"c","token_response":{"access_token":"aaa","refresh_token":"rrr"}}"#;
        one.save(text).unwrap();
        assert_eq!(one.load().unwrap().as_deref(), Some(text));
        assert_eq!(Tokens::of(&paths, "https://b.example/mcp").load().unwrap(), None);
        assert_eq!(secrets("mcp:https://a.example/mcp", &Key::new(text)).unwrap(), ["aaa", "rrr"]);
        assert_eq!(secrets("openai", &Key::new(text)), None);
        drop(one.lock().unwrap());
        one.clear().unwrap();
        assert_eq!(one.load().unwrap(), None);
    }
}
