//! What must reach no log, no screen and no model, as far as this process knows it: credentials of its environment, keys of
//! vendors wherever they lie, the patterns of the settings, and the shapes of tokens.

use anyhow::Result;
use headwater_policy::{KnownSecret, RedactedStream, Redactor};
use headwater_sandbox::{OutputFilter, OutputFilters, secret_env};

use crate::keys::KeyStore;
use crate::mcp;
use crate::premises::Premises;
use crate::user_error::UserError;
use crate::vendors;

/// What this process must not let through; nothing where the settings say so.
pub(crate) fn redactor(premises: &Premises) -> Result<Redactor> {
    let output = &premises.settings().output;
    if !output.redact.unwrap_or(true) {
        return Ok(Redactor::default());
    }
    let made = Redactor::new(&secrets(premises)?, &output.secret_patterns);
    made.map_err(|error| UserError::usage(error.to_string()).hint("Write it as a Rust regex.").into())
}

fn secrets(premises: &Premises) -> Result<Vec<KnownSecret>> {
    let catalogue = vendors::catalogue(premises.settings())?;
    let variables: Vec<&str> = catalogue.vendors().filter_map(|vendor| vendor.key_env.as_deref()).collect();
    let environment = secret_env(std::env::vars_os(), &variables);
    let mut found: Vec<KnownSecret> =
        environment.into_iter().map(|(name, value)| KnownSecret::new(name, value)).collect();
    let stored = KeyStore::new(&premises.paths).stored();
    for (name, key) in stored {
        match mcp::secrets(&name, &key) {
            Some(tokens) => {
                found.extend(tokens.into_iter().map(|token| KnownSecret::new("token of a server", token)));
            }
            None => found.push(KnownSecret::new(format!("key of {name}"), key.expose())),
        }
    }
    found.extend(
        vendors::key_in_use(premises)
            .map(|(vendor, key)| KnownSecret::new(format!("key of {vendor}"), key.expose())),
    );
    Ok(found)
}

/// Takes secrets out of what commands write, before it is shown, kept or stored.
pub(crate) fn filters(redactor: &Redactor) -> OutputFilters {
    let redactor = redactor.clone();
    OutputFilters::new(move || Box::new(Filter(redactor.bytes_stream())))
}

struct Filter(RedactedStream);

impl OutputFilter for Filter {
    fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.0.push_bytes(piece)
    }

    fn finish(&mut self) -> Vec<u8> {
        self.0.finish_bytes()
    }
}
