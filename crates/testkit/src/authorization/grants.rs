//! What an authorization server has given out, and what it takes for it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The fields of a form or a query.
pub(super) type Fields = BTreeMap<String, String>;

/// What was given out.
#[derive(Default)]
pub(super) struct Grants {
    /// Where each client is sent back to.
    clients: BTreeMap<String, Vec<String>>,
    /// Codes, with what they were asked for with.
    codes: BTreeMap<String, Fields>,
    /// Tokens that are good now.
    access: Vec<String>,
    refresh: Vec<String>,
    count: u32,
}

/// Tokens that were given out.
pub(super) struct Issued {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Grants {
    /// A client registers; its id.
    pub(super) fn register(&mut self, redirects: Vec<String>) -> String {
        let id = self.next("client");
        self.clients.insert(id.clone(), redirects);
        id
    }

    /// A person agrees; the code. The error says what is wrong with the question.
    pub(super) fn agree(&mut self, asked: Fields, resource: &str) -> Result<String, String> {
        let field = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        let redirects = self.clients.get(field("client_id")).ok_or("an unknown client")?;
        if !redirects.iter().any(|redirect| redirect == field("redirect_uri")) {
            return Err(format!("not registered: {}", field("redirect_uri")));
        }
        let wanted = [("response_type", "code"), ("code_challenge_method", "S256"), ("resource", resource)];
        if let Some((name, _)) = wanted.iter().find(|(name, value)| field(name) != *value) {
            return Err(format!("wrong {name}: {}", field(name)));
        }
        if field("code_challenge").len() != 43 || field("state").is_empty() {
            return Err("no challenge, or no state".to_owned());
        }
        let code = self.next("code");
        self.codes.insert(code.clone(), asked);
        Ok(code)
    }

    /// A client brings a code or a refresh token; each is good once.
    pub(super) fn redeem(&mut self, form: &Fields, resource: &str) -> Result<Issued, &'static str> {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if field("resource") != resource {
            return Err("invalid_target");
        }
        match field("grant_type") {
            "authorization_code" => {
                let asked = self.codes.remove(field("code")).ok_or("invalid_grant")?;
                let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
                let is_same = ["client_id", "redirect_uri"]
                    .iter()
                    .all(|name| asked.get(*name).map(String::as_str) == Some(field(name)));
                if !is_same || asked.get("code_challenge") != Some(&proof) {
                    return Err("invalid_grant");
                }
            }
            "refresh_token" => {
                let at = self.refresh.iter().position(|token| token == field("refresh_token"));
                self.refresh.remove(at.ok_or("invalid_grant")?);
            }
            _ => return Err("unsupported_grant_type"),
        }
        let issued = Issued { access: self.next("access"), refresh: self.next("refresh") };
        self.access = vec![issued.access.clone()];
        self.refresh.push(issued.refresh.clone());
        Ok(issued)
    }

    /// Whether a token is good now.
    pub(super) fn knows(&self, access: &str) -> bool {
        self.access.iter().any(|token| token == access)
    }

    fn next(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}-{}-of-the-testkit", self.count)
    }
}
