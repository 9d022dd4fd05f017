//! The repeat guard's last word: the model was told, and asked for the same call once more. The same for
//! answers that hit the output limit again and again.

use headwater_protocol::EndReason;

use super::StopFacts;

/// Steps without news in which a repetition was refused, after which the turn ends.
const MOST_REPEATED: u32 = 2;
/// Answers in a row that may be cut off at the output limit.
const MOST_CUT: u32 = 3;

pub(super) fn stop(facts: &StopFacts<'_>) -> Option<EndReason> {
    let progress = &facts.state.progress;
    (progress.repeated_steps() >= MOST_REPEATED || progress.idle_messages >= MOST_CUT)
        .then_some(EndReason::Stalled)
}
