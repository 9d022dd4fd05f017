//! What earlier processes took of a completion's budget, read off its log.

use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::events::ChildStatus;
use headwater_protocol::{Event, Record, RunState};

use crate::children::Spent;

/// What the log says was used: the time between two processes is nobody's.
pub(crate) fn spent(state: &RunState, records: &[Arc<Record>]) -> Spent {
    let lost = |child: &&headwater_protocol::views::Child| {
        child.returned.as_ref().is_some_and(|returned| returned.status == ChildStatus::Lost)
    };
    let calls = state.children.count() - state.children.iter().filter(lost).count();
    Spent {
        calls: u32::try_from(calls).unwrap_or(u32::MAX),
        tokens: state.budget.total.input + state.budget.total.output,
        cost: state.budget.cost,
        time: worked(records),
        turns: state.budget.requests,
    }
}

fn worked(records: &[Arc<Record>]) -> Duration {
    let gaps = records.windows(2).filter_map(|pair| match pair {
        [_, after] if matches!(after.event, Event::SessionResumed(_)) => None,
        [before, after] => Some(after.at.millis_since(before.at)),
        _ => None,
    });
    Duration::from_millis(gaps.sum())
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Timestamp;
    use headwater_protocol::events::{SessionResumed, UserMessage};

    use super::*;

    #[test]
    fn the_night_between_two_processes_does_not_count() {
        let record = |seq: u64, at: i64, event: Event| {
            Arc::new(Record { seq, at: Timestamp::from_millis(at), session: "s".into(), parent: None, event })
        };
        let said = || Event::from(UserMessage { text: String::new() });
        let resumed = SessionResumed { version: String::new() }.into();
        let records = [
            record(0, 0, said()),
            record(1, 1_000, said()),
            record(2, 90_000_000, resumed),
            record(3, 90_000_500, said()),
        ];
        assert_eq!(worked(&records), Duration::from_millis(1_500));
    }
}
