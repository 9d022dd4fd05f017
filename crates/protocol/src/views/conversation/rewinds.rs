//! The conversation taken back: what records contributed is cut, and what an edit replaced is put back.
//!
//! Between two edits messages are only added to, so that nothing is kept for them; of each edit the messages are kept that
//! it replaced, and where they stood.

use std::sync::Arc;

use super::super::rewinds::moves_on;
use super::{Conversation, Entry, made};
use crate::event::Event;
use crate::events::Rewound;
use crate::message::Message;
use crate::record::Record;

/// What going back needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Past {
    /// The messages of the person that count, and whether each extended one that no request had carried.
    marks: Vec<(u64, bool)>,
    edits: Vec<Edited>,
    /// The records from which on clearing was left to the server, or no longer was.
    delegated: Vec<(u64, bool)>,
    /// The conversation before each rewind that can be taken back.
    undone: Vec<(u64, Arc<Conversation>)>,
}

/// What an edit replaced.
#[derive(Clone, Debug, PartialEq)]
struct Edited {
    record: u64,
    /// Where the messages that differ begin.
    at: usize,
    /// How many there are now.
    count: usize,
    /// What stood there.
    before: Arc<[Entry]>,
}

impl Past {
    pub(super) fn is_delegated(&self) -> bool {
        self.delegated.last().is_some_and(|(_, is_delegated)| *is_delegated)
    }
}

impl Conversation {
    /// From this record on clearing is left to the server, or no longer is.
    pub(super) fn delegate(&mut self, record: u64, is_delegated: bool) {
        if self.is_delegated() != is_delegated {
            self.past.delegated.push((record, is_delegated));
        }
    }

    /// What the next record means for going back.
    pub(super) fn look_back(&mut self, record: &Record) {
        if moves_on(&record.event) {
            self.past.undone.clear();
        }
        if let Event::UserMessage(_) = &record.event {
            self.past.marks.push((record.seq, self.is_open));
        }
    }

    /// An edit has made this of `before`.
    pub(super) fn keep_edited(&mut self, record: u64, before: &[Entry]) {
        let same = |(a, b): &(&Entry, &Entry)| {
            Arc::ptr_eq(&a.message, &b.message) && a.seq == b.seq && a.pieces == b.pieces
        };
        let now = &self.entries;
        let at = before.iter().zip(now).take_while(same).count();
        let most = before.len().min(now.len()) - at;
        let behind = before.iter().rev().zip(now.iter().rev()).take(most).take_while(same).count();
        let replaced = before.get(at..before.len() - behind).unwrap_or_default();
        let count = now.len() - behind - at;
        if !replaced.is_empty() || count > 0 {
            self.past.edits.push(Edited { record, at, count, before: replaced.into() });
        }
    }

    /// Goes back to a message, or takes that back; what cannot be done is left alone.
    pub(super) fn rewound(&mut self, record: u64, rewound: &Rewound) {
        if let Some(rewind) = rewound.redoes {
            let is_last = self.past.undone.last().is_some_and(|(seq, _)| *seq == rewind);
            if let Some((_, before)) = self.past.undone.pop_if(|_| is_last) {
                let undone = std::mem::take(&mut self.past.undone);
                *self = (*before).clone();
                self.past.undone = undone;
            }
            return;
        }
        let Some(place) = self.past.marks.iter().position(|(seq, _)| *seq == rewound.to) else { return };
        let mut undone = std::mem::take(&mut self.past.undone);
        undone.push((record, Arc::new(self.clone())));
        self.past.undone = undone;
        self.take_back(rewound.to);
        self.is_open = self.past.marks.get(place).is_some_and(|(_, was_open)| *was_open);
        self.past.marks.truncate(place);
    }

    /// Makes the messages what they were before the record `to`.
    fn take_back(&mut self, to: u64) {
        let mut late = Vec::new();
        while let Some(edit) = self.past.edits.pop_if(|edit| edit.record >= to) {
            // What the edit itself has made stands at its place.
            late.extend(self.cut(edit.record.saturating_add(1)));
            let end = (edit.at + edit.count).min(self.entries.len());
            self.entries.splice(edit.at.min(end)..end, edit.before.iter().cloned());
        }
        late.extend(self.cut(to));
        self.past.delegated.retain(|(record, _)| *record < to);
        // A result that came later stays with its call: nothing else would answer it.
        for entry in late.into_iter().rev() {
            self.put_behind_its_call(entry);
        }
    }

    /// Removes what records from `from` on have contributed; the results among it come back, newest first.
    fn cut(&mut self, from: u64) -> Vec<Entry> {
        let mut late = Vec::new();
        for entry in std::mem::take(&mut self.entries) {
            match entry.message.as_ref() {
                Message::User { .. } => self.entries.extend(entry.cut(from)),
                Message::ToolResult { .. } if entry.seq >= from => late.insert(0, entry),
                Message::Assistant { .. } if entry.seq >= from => {}
                Message::Assistant { .. } | Message::ToolResult { .. } => self.entries.push(entry),
            }
        }
        late
    }

    fn put_behind_its_call(&mut self, entry: Entry) {
        let Message::ToolResult { call, .. } = entry.message.as_ref() else { return };
        if let Some(at) = self.entries.iter().rposition(|other| made(&other.message, call)) {
            self.insert_result(at, entry);
        }
    }
}

impl Entry {
    /// What is left of a user message without the parts of records from `from` on.
    fn cut(mut self, from: u64) -> Option<Self> {
        if self.pieces.iter().all(|piece| piece.record < from) {
            return Some(self);
        }
        if let Message::User { parts } = Arc::make_mut(&mut self.message) {
            let mut stays = self.pieces.iter().map(|piece| piece.record < from);
            parts.retain(|_| stays.next().unwrap_or(true));
        }
        self.pieces.retain(|piece| piece.record < from);
        (!self.pieces.is_empty()).then_some(self)
    }
}
