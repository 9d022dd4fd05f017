//! `headwater policy approve`: shows the rules of the project that set how much is asked, and keeps the person's yes to exactly
//! these.

use anyhow::Result;
use clap::Args;

use crate::first_start::{Reply, is_person_there, is_yes};
use crate::output;
use crate::premises::Premises;
use crate::rule_consents::{RuleConsent, digest};
use crate::rules;
use crate::user_error::UserError;

/// How it is said.
#[derive(Debug, Args)]
pub(super) struct ApproveArguments {
    /// A yes without a question, to the rules of this digest; without a person this command names it.
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
}

pub(super) fn run(own: &ApproveArguments, premises: &Premises) -> Result<u8> {
    let waiting = rules::waiting(premises)?;
    if waiting.is_empty() {
        output::print("No rule of this project waits for a yes.\n")?;
        return Ok(0);
    }
    let is_yes = match &own.digest {
        Some(given) if *given == digest(&waiting) => true,
        Some(_) => {
            let error = UserError::usage("the rules of this project are others by now");
            return Err(error.hint(format!("They are {}: {}", digest(&waiting), waiting.join(", "))).into());
        }
        None if is_person_there() => is_agreed(&waiting)?,
        None => {
            let hint = format!("--digest {} says yes to: {}", digest(&waiting), waiting.join(", "));
            return Err(UserError::usage("nobody is here to be asked").hint(hint).into());
        }
    };
    if !is_yes {
        output::note("They do not hold.");
        return Ok(1);
    }
    RuleConsent::of(&premises.paths.state, &premises.workspace).give(&waiting)?;
    output::print("They hold from now on, until they change.\n")?;
    Ok(0)
}

/// Asks whether these rules of a project are to hold.
pub(crate) fn is_agreed(rules: &[String]) -> Result<bool> {
    output::note("These rules of the project let everything of a kind run without a question:");
    for rule in rules {
        output::note(&output::without_controls(&format!("  {rule}")));
    }
    is_yes("Are they to hold here until they change? [y/N] ", Reply::No)
}
