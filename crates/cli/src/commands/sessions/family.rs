//! A session with those that it asked for: missions, recursive children, sub-agents.

use std::collections::HashSet;

use anyhow::Result;
use headwater_engine::SessionStore;
use headwater_protocol::{Event, Record, SessionId};

/// The records of all of them in the order of time; where two were made at once, what asked comes first.
pub(super) fn family(store: &SessionStore, session: SessionId) -> Result<Vec<Record>> {
    let mut known = HashSet::from([session.clone()]);
    let (mut generation, mut depth, mut records) = (vec![session], 0_usize, Vec::new());
    while !generation.is_empty() {
        let mut next = Vec::new();
        for id in generation {
            let loaded = store.load(&id)?;
            next.extend(loaded.records.iter().filter_map(|record| opened(&record.event)).cloned());
            records.extend(loaded.records.into_iter().map(|record| (depth, record)));
        }
        next.retain(|id| known.insert(id.clone()) && store.transcript(id).is_file());
        (generation, depth) = (next, depth + 1);
    }
    records.sort_by_key(|(depth, record)| (record.at, *depth, record.seq));
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// The session that an event speaks of.
fn opened(event: &Event) -> Option<&SessionId> {
    if let Event::SubagentStarted(started) = event {
        Some(&started.opened)
    } else if let Event::ChildStarted(started) = event {
        started.opened.as_ref()
    } else if let Event::MissionProposed(proposed) = event {
        Some(&proposed.mission)
    } else if let Event::MissionEnded(ended) = event {
        Some(&ended.mission)
    } else {
        None
    }
}
