//! The stored sessions: how many, and which logs are damaged.

use headwater_engine::{Loaded, SessionStore};
use headwater_protocol::invariants;

use super::finding::Section;
use crate::premises::Premises;

/// Logs that are read whole; older ones are only counted.
const READ: usize = 20;

pub(super) fn check(premises: &Premises) -> Section {
    let mut section = Section::new("sessions");
    let store = SessionStore::new(premises.paths.state.clone());
    let sessions = match store.list(None) {
        Ok(sessions) => sessions,
        Err(error) => {
            section.problem("store", error.to_string(), "Make the directory readable for you.");
            return section;
        }
    };
    section.ok("stored", sessions.len().to_string());
    for session in sessions.iter().take(READ) {
        match store.load(&session.id) {
            Ok(loaded) if !loaded.unreadable.is_empty() => {
                let lines = loaded.unreadable.len();
                section.note(
                    session.id.as_str(),
                    format!("{lines} lines cannot be read; resuming sets them aside"),
                );
            }
            Ok(loaded) => {
                if let Some(fault) = fault_of(&loaded) {
                    section.note(session.id.as_str(), format!("{fault}; resuming repairs it"));
                }
            }
            Err(error) => section.note(session.id.as_str(), error.to_string()),
        }
    }
    section
}

/// The first thing that is wrong with a log whose lines can all be read.
fn fault_of(loaded: &Loaded) -> Option<String> {
    if let Some(broken) = loaded.chain.breaks.first() {
        return Some(broken.to_string());
    }
    if loaded.is_stripped() {
        return Some("the seals of all lines are gone".to_owned());
    }
    invariants::check(&loaded.records).first().map(ToString::to_string)
}
