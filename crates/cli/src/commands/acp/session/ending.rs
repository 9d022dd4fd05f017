//! How a prompt ended, in the words of the protocol.

use std::fmt::Write as _;

use agent_client_protocol_schema::v1::{Error, StopReason};
use headwater_protocol::message::StopSignal;
use headwater_protocol::op::ProjectionPart;
use headwater_protocol::views::Budget;
use headwater_protocol::{EndReason, RunState};

use super::prompting::Prompt;
use crate::commands::acp::errors::broken;

/// The stop reason; an error where the turn failed.
pub(super) fn outcome(prompt: &Prompt) -> Result<StopReason, Error> {
    if prompt.is_cancelled {
        return Ok(StopReason::Cancelled);
    }
    let Some(ended) = &prompt.ended else { return Ok(StopReason::EndTurn) };
    match ended.reason {
        EndReason::Done => Ok(match prompt.stop {
            Some(StopSignal::Length) => StopReason::MaxTokens,
            Some(StopSignal::Filtered) => StopReason::Refusal,
            Some(StopSignal::EndTurn | StopSignal::ToolCalls | StopSignal::Interrupted) | None => {
                StopReason::EndTurn
            }
        }),
        EndReason::NeedsPerson | EndReason::HookStop | EndReason::ContractUnmet => Ok(StopReason::EndTurn),
        EndReason::Interrupted | EndReason::Terminated => Ok(StopReason::Cancelled),
        EndReason::WindowFull => Ok(StopReason::MaxTokens),
        EndReason::MaxSteps
        | EndReason::MaxCost
        | EndReason::MaxTime
        | EndReason::Stalled
        | EndReason::Failures
        | EndReason::BudgetSpent => Ok(StopReason::MaxTurnRequests),
        EndReason::ProviderFailed if prompt.is_refusal() => Ok(StopReason::Refusal),
        EndReason::ProviderFailed | EndReason::Error => Err(match &prompt.failure {
            Some(failed) => broken(&failed.message, &failed.next_step),
            None => broken(&ended.text, ""),
        }),
    }
}

/// What the session has used.
pub(super) fn cost(budget: &Budget) -> String {
    let (total, least) = (budget.total, if budget.is_cost_partial { "at least " } else { "" });
    format!(
        "{} requests; {} tokens in, {} of them cached, {} out; {least}{}.",
        budget.requests, total.input.0, total.cached.0, total.output.0, budget.cost
    )
}

/// Where the tokens of the next request are, as a table.
pub(super) fn share(parts: &[ProjectionPart], state: &RunState) -> String {
    let total: u64 = parts.iter().map(|part| part.tokens.0).sum();
    let window = state.session.model.as_ref().map_or(total, |model| model.window.0);
    let percent = |tokens: u64| tokens.saturating_mul(100) / window.max(1);
    let mut text = "| part | tokens | of the window |\n|---|---:|---:|\n".to_owned();
    let free = ("free", window.saturating_sub(total));
    for (name, tokens) in parts.iter().map(|part| (part.name, part.tokens.0)).chain([free]) {
        writeln!(text, "| {name} | {tokens} | {}% |", percent(tokens)).ok();
    }
    text + &format!("\nEstimated; the window is {window} tokens.")
}
