//! Rules about the contract: each output has a name of its own and a check that the host can make.

use std::collections::BTreeSet;

use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::{MissionCard, Predicate};

use super::{path_fault, pattern_fault};

/// Outputs have names, each once, and say what they are.
pub(super) fn outputs(card: &MissionCard) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for output in &card.contract.required_outputs {
        if output.id.trim().is_empty() {
            faults.push("A required output has no id.".to_owned());
        } else if !seen.insert(output.id.as_str()) {
            faults.push(format!("Two required outputs are called `{}`.", output.id));
        }
        if output.what.trim().is_empty() {
            faults.push(format!("The required output `{}` does not say what it is.", output.id));
        }
    }
    faults
}

/// Predicates can be checked as they stand.
pub(super) fn predicates(card: &MissionCard) -> Vec<String> {
    let fault = |output: &RequiredOutput| {
        let why = predicate_fault(&output.predicate)?;
        Some(format!("The required output `{}` cannot be checked: {why}.", output.id))
    };
    card.contract.required_outputs.iter().filter_map(fault).collect()
}

/// Why a check cannot be made, in a few words.
pub fn predicate_fault(predicate: &Predicate) -> Option<String> {
    let within = |path: &str| path_fault(path).map(|why| format!("the path `{path}` {why}"));
    match predicate {
        Predicate::FileExists { path } => within(path),
        Predicate::CommandExit0 { command } => {
            command.trim().is_empty().then(|| "its command is empty".to_owned())
        }
        Predicate::JsonSchemaValid { path, schema } => {
            let fault =
                jsonschema::validator_for(schema).err().map(|error| format!("its schema is none ({error})"));
            path.as_deref().and_then(within).or(fault)
        }
        Predicate::RegexMatches { path, pattern } => {
            let fault = pattern_fault(pattern).map(|why| format!("its pattern cannot be used ({why})"));
            path.as_deref().and_then(within).or(fault)
        }
        Predicate::DiffNonempty { path } => path.as_deref().and_then(within),
        Predicate::AnswerNonempty => None,
        Predicate::ToolResultPassed { tool, .. } => {
            tool.trim().is_empty().then(|| "it names no tool".to_owned())
        }
    }
}
