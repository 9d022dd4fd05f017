//! Stops (HARNESS Z1, Z6, Z8): pure rules, in the order in which they are asked. To add one: a file here and a line in
//! its list.

mod cost;
mod denials;
mod failures;
mod repeats;
mod standstill;
mod steps;
mod time;

use headwater_protocol::{EndReason, Limit, RunState, Timestamp};

/// What a stop may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StopFacts<'a> {
    pub(crate) state: &'a RunState,
    pub(crate) limit: &'a Limit,
    pub(crate) now: Timestamp,
}

type Stop = fn(&StopFacts<'_>) -> Option<EndReason>;

/// Limits: no other request is made.
const HARD: &[Stop] = &[steps::stop, cost::stop, time::stop, failures::stop];
/// Only a person can go on.
const PERSON: &[Stop] = &[denials::stop];
/// Going on leads nowhere.
const STALLED: &[Stop] = &[repeats::stop, standstill::stop];

/// The first reason to end the turn before another request is made.
pub(crate) fn check(facts: &StopFacts<'_>) -> Option<EndReason> {
    hard(facts).or_else(|| person(facts)).or_else(|| stalled(facts))
}

/// The limit that is reached.
pub(crate) fn hard(facts: &StopFacts<'_>) -> Option<EndReason> {
    HARD.iter().find_map(|stop| stop(facts))
}

/// Why only a person can go on.
pub(crate) fn person(facts: &StopFacts<'_>) -> Option<EndReason> {
    PERSON.iter().find_map(|stop| stop(facts))
}

/// Why going on leads nowhere.
pub(crate) fn stalled(facts: &StopFacts<'_>) -> Option<EndReason> {
    STALLED.iter().find_map(|stop| stop(facts))
}

/// Whether the model is to be asked for another plan, which comes before the turn is ended for want of progress.
pub(crate) fn wants_plan(facts: &StopFacts<'_>) -> bool {
    standstill::wants_plan(facts)
}

#[cfg(test)]
mod tests;
