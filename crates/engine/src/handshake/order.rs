//! The order of the reasons to end (HARNESS Z8): hard, then what only a person can settle, then an answer that holds,
//! then no progress; otherwise the turn goes on.
//!
//! A limit says how many requests there may be. It is asked before the next one, so an answer that holds needs none and is
//! taken at the limit; one that does not hold is not.

use headwater_protocol::EndReason;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// A limit that forbids another request.
    pub(crate) hard: Option<EndReason>,
    /// Why only a person can go on.
    pub(crate) person: Option<EndReason>,
    /// What became of the answer; absent when the model gave none.
    pub(crate) outcome: Option<Outcome>,
    /// Why going on leads nowhere.
    pub(crate) stalled: Option<EndReason>,
    /// Whether the model is to be asked for another plan.
    pub(crate) wants_plan: bool,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It holds, or nothing was asked of it.
    Holds,
    /// It was refused, and the model was told what is missing.
    Refused,
    /// It was refused, and only the person can settle what is left.
    ForPerson,
    /// It was refused as often as it may be.
    RefusedTooOften,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The turn ends.
    End(EndReason),
    /// The model is asked for another plan, and the turn goes on.
    Replan,
    /// The turn goes on.
    GoOn,
}

/// What comes after a step.
pub(crate) fn next(facts: Facts) -> Next {
    let holds = facts.outcome == Some(Outcome::Holds);
    if let Some(reason) = facts.hard.filter(|_| !holds) {
        return Next::End(reason);
    }
    if let Some(reason) = facts.person.filter(|_| !holds) {
        return Next::End(reason);
    }
    match facts.outcome {
        Some(Outcome::Holds) => return Next::End(EndReason::Done),
        Some(Outcome::ForPerson) => return Next::End(EndReason::NeedsPerson),
        Some(Outcome::RefusedTooOften) => return Next::End(EndReason::ContractUnmet),
        Some(Outcome::Refused) | None => {}
    }
    if let Some(reason) = facts.stalled {
        return Next::End(reason);
    }
    if facts.wants_plan { Next::Replan } else { Next::GoOn }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HARD: [EndReason; 4] =
        [EndReason::MaxSteps, EndReason::MaxCost, EndReason::MaxTime, EndReason::Failures];

    fn facts() -> impl Strategy<Value = Facts> {
        let hard = prop::option::of(prop::sample::select(HARD.to_vec()));
        let outcome = prop::option::of(prop::sample::select(vec![
            Outcome::Holds,
            Outcome::Refused,
            Outcome::ForPerson,
            Outcome::RefusedTooOften,
        ]));
        (hard, any::<bool>(), outcome, any::<bool>(), any::<bool>()).prop_map(
            |(hard, person, outcome, stalled, wants_plan)| Facts {
                hard,
                person: person.then_some(EndReason::NeedsPerson),
                outcome,
                stalled: stalled.then_some(EndReason::Stalled),
                wants_plan,
            },
        )
    }

    /// Where a decision stands in the order.
    fn layer(next: Next) -> usize {
        match next {
            Next::End(
                EndReason::MaxSteps | EndReason::MaxCost | EndReason::MaxTime | EndReason::Failures,
            ) => 0,
            Next::End(EndReason::NeedsPerson) => 1,
            Next::End(EndReason::Done | EndReason::ContractUnmet) => 2,
            Next::End(_) => 3,
            Next::Replan | Next::GoOn => 4,
        }
    }

    proptest! {
        #[test]
        fn z8_the_first_layer_that_has_a_reason_decides(facts in facts()) {
            let holds = facts.outcome == Some(Outcome::Holds);
            let has_reason = [
                facts.hard.is_some() && !holds,
                (facts.person.is_some() || facts.outcome == Some(Outcome::ForPerson)) && !holds,
                holds || facts.outcome == Some(Outcome::RefusedTooOften),
                facts.stalled.is_some(),
                true,
            ];
            let expected = has_reason.iter().position(|has| *has);
            prop_assert_eq!(Some(layer(next(facts))), expected);
        }

        #[test]
        fn z3_no_state_but_a_checked_answer_is_done(facts in facts()) {
            let is_done = next(facts) == Next::End(EndReason::Done);
            prop_assert_eq!(is_done, facts.outcome == Some(Outcome::Holds));
        }

        #[test]
        fn z8_a_later_layer_never_changes_what_an_earlier_one_decides(facts in facts(), other in facts()) {
            let decided = next(facts);
            let mixed = match layer(decided) {
                0 => Facts { hard: facts.hard, outcome: facts.outcome, ..other },
                1 | 2 => Facts { stalled: other.stalled, wants_plan: other.wants_plan, ..facts },
                3 => Facts { wants_plan: other.wants_plan, ..facts },
                _ => facts,
            };
            prop_assert_eq!(next(mixed), decided);
        }
    }
}
