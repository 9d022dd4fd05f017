//! What a record names must be there: calls, records, requirements, cards (HARNESS A4, R-I).

use std::collections::{HashMap, HashSet};

use super::Violation;
use crate::context_edit::{ContextEdit, Passage};
use crate::event::Event;
use crate::events::{CoverageChanged, is_of_rewind};
use crate::ids::{CallId, SessionId};
use crate::record::Record;

/// What can be named so far, beside calls.
#[derive(Default)]
pub(super) struct References<'a> {
    /// The requirements of the contract; absent before one was declared.
    requirements: Option<HashSet<&'a str>>,
    /// The newest card of each mission, by its hash.
    cards: HashMap<&'a SessionId, &'a str>,
    has_proposal: bool,
}

/// What is named and not there, in words.
type Missing = Option<String>;

impl<'a> References<'a> {
    /// Looks at a record, of whose session `calls` were made.
    pub(super) fn look(
        &mut self,
        record: &'a Record,
        calls: &HashSet<&'a CallId>,
        violations: &mut Vec<Violation>,
    ) {
        let seq = record.seq;
        let call = |call: &CallId| (!calls.contains(call)).then(|| format!("call {call}"));
        let missing = if let Event::ContextEdited(edited) = &record.event {
            edited.plan.edits.iter().find_map(|edit| missing_of(edit, seq, &call))
        } else if let Event::Checkpointed(kept) = &record.event {
            call(&kept.call).filter(|_| !is_of_rewind(&kept.call))
        } else if let Event::FilesChanged(changed) = &record.event {
            call(&changed.call).filter(|_| !is_of_rewind(&changed.call))
        } else if let Event::AttemptFailed(failed) = &record.event {
            call(&failed.call)
        } else if let Event::SubagentStarted(started) = &record.event {
            // Its own log names the call of the session above.
            (started.opened != record.session).then(|| call(&started.call)).flatten()
        } else if let Event::CoverageChanged(changed) = &record.event {
            self.missing_of_coverage(changed, seq)
        } else {
            self.missing_of_answer(&record.event)
        };
        violations.extend(missing.map(|what| Violation::Missing { seq, what }));
        self.learn(record);
    }

    fn learn(&mut self, record: &'a Record) {
        if let Event::ContractDeclared(declared) = &record.event {
            let ids = declared.contract.required_outputs.iter().map(|output| output.id.as_str());
            self.requirements = Some(ids.collect());
        } else if let Event::MissionProposed(proposed) = &record.event {
            self.cards.insert(&proposed.mission, &proposed.hash);
        } else if let Event::FinalProposed(_) = &record.event {
            self.has_proposal = true;
        }
    }

    fn missing_of_coverage(&self, changed: &CoverageChanged, seq: u64) -> Missing {
        changed.coverage.iter().find_map(|one| {
            let is_required = self.requirements.as_ref().is_none_or(|known| known.contains(one.id.as_str()));
            let late = one.evidence.iter().find(|record| **record >= seq);
            (!is_required)
                .then(|| format!("requirement {}", one.id))
                .or_else(|| late.map(|record| format!("record {record}")))
        })
    }

    fn missing_of_answer(&self, event: &Event) -> Missing {
        if let Event::FinalAccepted(_) | Event::FinalRefused(_) = event {
            (!self.has_proposal).then(|| "a proposed answer".to_owned())
        } else if let Event::MissionApproved(approved) = event {
            let is_shown = self.cards.get(&approved.mission).is_some_and(|hash| *hash == approved.hash);
            (!is_shown).then(|| format!("card {}", approved.hash))
        } else {
            None
        }
    }
}

fn missing_of(edit: &ContextEdit, seq: u64, call: &impl Fn(&CallId) -> Missing) -> Missing {
    let record = |named: u64| (named >= seq).then(|| format!("record {named}"));
    let passage = |passage: &Passage| match passage {
        Passage::Result(of) | Passage::Input(of) => call(of),
        Passage::Part(named) | Passage::Said(named) | Passage::Thought(named) => record(*named),
    };
    match edit {
        ContextEdit::Externalize { replacement, .. } => passage(&replacement.passage),
        ContextEdit::ClearResults { cleared } => cleared.iter().find_map(|one| passage(&one.passage)),
        ContextEdit::Summarize { before, keep, .. } | ContextEdit::Drop { before, keep, .. } => {
            // A plan of everything names the record that comes next: its own.
            record(before.saturating_sub(1)).or_else(|| keep.iter().copied().find_map(record))
        }
        ContextEdit::Reframe { .. } => None,
    }
}
