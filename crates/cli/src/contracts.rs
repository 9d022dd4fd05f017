//! `--contract FILE`: what must hold before "done" is believed, in the person's own words.

use anyhow::Result;
use headwater_engine::Running;
use headwater_engine::mission::card::lint::predicate_fault;
use headwater_protocol::{Op, TaskContract, contract};

use crate::args::Globals;
use crate::user_error::UserError;

/// The contract that the command line names; an error before anything runs when it is none.
pub(crate) fn named(globals: &Globals) -> Result<Option<TaskContract>> {
    let Some(path) = &globals.contract else { return Ok(None) };
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| UserError::usage(format!("the contract {shown} cannot be read: {error}")))?;
    let contract = contract::parse(&text).map_err(|error| {
        UserError::usage(format!("{shown}, {error}"))
            .hint("docs/CONTRACTS.md shows what can stand in a contract.")
    })?;
    // A check that can never be made would send every answer back.
    for output in &contract.required_outputs {
        if let Some(why) = predicate_fault(&output.predicate) {
            let text = format!("{shown}: the output \"{}\" cannot be checked: {why}", output.id);
            return Err(UserError::usage(text)
                .hint("docs/CONTRACTS.md shows what can stand in a contract.")
                .into());
        }
    }
    Ok(Some(contract))
}

/// Declares it in a session that has begun, before anything is submitted.
pub(crate) async fn declare(running: &Running, contract: Option<TaskContract>) {
    let Some(contract) = contract else { return };
    // A session that ended at once says why in its updates.
    running.ops.send(Op::DeclareContract(Box::new(contract))).await.ok();
}
