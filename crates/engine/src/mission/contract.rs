//! The contract, checked by the host before "done" is believed (HARNESS Z2 to Z4): what does not hold comes back as a
//! gap, one sentence each.
//!
//! *Invariants:* what cannot be checked does not hold; nothing outside the workspace is read; a model's word is never
//! enough.

mod answer_nonempty;
mod command_exit_0;
mod diff_nonempty;
mod file_exists;
mod json_schema_valid;
mod place;
mod regex_matches;
mod tool_result_passed;

use headwater_protocol::card::DoneCheck;
use headwater_protocol::{Gap, Predicate, TaskContract};

pub use self::place::{CheckPlace, CommandEnd, CommandRunner};

/// What of the contract does not hold, in its order; none means that the answer may be believed.
pub async fn gaps(contract: &TaskContract, place: &CheckPlace<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for output in &contract.required_outputs {
        if let Err(found) = check(&output.predicate, place).await {
            gaps.push(output.gap(&found));
        }
    }
    gaps
}

/// Checks one predicate. The error says what was found instead, in one sentence.
pub async fn check(predicate: &Predicate, place: &CheckPlace<'_>) -> Result<(), String> {
    match predicate {
        Predicate::FileExists { path } => file_exists::check(path, place).await,
        Predicate::CommandExit0 { command } => command_exit_0::check(command, place).await,
        Predicate::JsonSchemaValid { path, schema } => {
            json_schema_valid::check(path.as_deref(), schema, place).await
        }
        Predicate::RegexMatches { path, pattern } => {
            regex_matches::check(path.as_deref(), pattern, place).await
        }
        Predicate::DiffNonempty { path } => diff_nonempty::check(path.as_deref(), place).await,
        Predicate::AnswerNonempty => answer_nonempty::check(place),
        Predicate::ToolResultPassed { tool, command } => {
            tool_result_passed::check(tool, command.as_deref(), place)
        }
    }
}

/// Checks the end of a sub-task, whose answer `place` has; `None` when only a person can tell.
pub async fn check_done(done: &DoneCheck, place: &CheckPlace<'_>) -> Option<Result<(), String>> {
    let predicate = match done {
        DoneCheck::Command { command } => Predicate::CommandExit0 { command: command.clone() },
        DoneCheck::Matches { pattern, path } => {
            Predicate::RegexMatches { path: path.clone(), pattern: pattern.clone() }
        }
        DoneCheck::Human => return None,
    };
    Some(check(&predicate, place).await)
}

#[cfg(test)]
mod tests;
