//! Whatever was started beside the turn, a child or a sub-agent, comes to one end (HARNESS D2, T1).

use std::collections::BTreeSet;

use super::Violation;
use crate::event::Event;
use crate::record::Record;

/// What was started, and what has not ended.
#[derive(Default)]
pub(super) struct Endings<'a> {
    known: BTreeSet<&'a str>,
    open: BTreeSet<&'a str>,
}

impl<'a> Endings<'a> {
    pub(super) fn look(&mut self, record: &'a Record, violations: &mut Vec<Violation>) {
        if let Event::ChildStarted(started) = &record.event {
            self.started(started.child.as_str(), violations);
        } else if let Event::ChildReturned(returned) = &record.event {
            self.ended(returned.child.as_str(), violations);
        } else if let Event::SubagentStarted(started) = &record.event {
            if started.opened != record.session {
                self.started(started.opened.as_str(), violations);
            }
        } else if let Event::SubagentReturned(returned) = &record.event {
            self.ended(returned.opened.as_str(), violations);
        } else if let Event::TurnEnded(_) = &record.event {
            let open = std::mem::take(&mut self.open);
            violations.extend(open.iter().map(|what| Violation::LeftOpen { what: (*what).to_owned() }));
        }
    }

    fn started(&mut self, what: &'a str, violations: &mut Vec<Violation>) {
        self.open.insert(what);
        if !self.known.insert(what) {
            violations.push(Violation::StartedTwice { what: what.to_owned() });
        }
    }

    fn ended(&mut self, what: &'a str, violations: &mut Vec<Violation>) {
        if !self.open.remove(what) {
            violations.push(Violation::EndWithoutStart { what: what.to_owned() });
        }
    }
}
