//! Reads a key from a person (hidden) or from a pipe; never from the command line, which other users can see.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result};
use headwater_providers::Key;

use crate::user_error::UserError;

/// More than any key is long; a pipe that brings more brings something else.
const LONGEST: u64 = 16 * 1024;

/// Reads one key. `label` names the vendor in the prompt.
pub(crate) fn read_key(label: &str) -> Result<Key> {
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("Key for {label} (it is not shown): "))
            .context("no key was typed")?
    } else {
        let mut text = String::new();
        std::io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .context("the key cannot be read from standard input")?;
        text
    };
    let key = Key::new(&text);
    if key.is_empty() {
        return Err(UserError::usage("no key was given")
            .hint("Type it at the prompt, or pipe it in.")
            .into());
    }
    if key.expose().contains(char::is_whitespace) || key.expose().contains(char::is_control) {
        let error = UserError::usage("this is no key: there are blanks or control characters in it");
        return Err(error.hint("Give the key alone, on one line.").into());
    }
    Ok(key)
}
