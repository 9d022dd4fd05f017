//! Where the prompt comes from: the command line, or standard input.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result};

use crate::args::joined;
use crate::user_error::UserError;

/// Reads the prompt. The demo has `suggested` of its own.
pub(super) fn read(words: &[String], suggested: Option<&str>) -> Result<String> {
    let is_dash = matches!(words, [only] if only == "-");
    match (joined(words), suggested) {
        (Some(text), _) if !is_dash => Ok(text),
        (None, Some(suggested)) => Ok(suggested.to_owned()),
        (None, None) if std::io::stdin().is_terminal() => Err(nothing().into()),
        (Some(_) | None, _) => from_stdin(),
    }
}

fn from_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the prompt cannot be read from standard input")?;
    if text.trim().is_empty() { Err(nothing().into()) } else { Ok(text) }
}

fn nothing() -> UserError {
    UserError::usage("there is no prompt")
        .hint("headwater exec \"what to do\", or pipe it in: … | headwater exec -")
}
