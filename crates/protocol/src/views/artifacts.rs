//! What a session has made, and from what (HARNESS A4): each changed file and each stored text with the records that led to
//! it. Nothing in a run needs it: it is folded when somebody asks.

use std::collections::HashMap;

use super::View;
use crate::context_edit::{ContextEdit, Passage};
use crate::event::Event;
use crate::events::{ContextEdited, ToolReturned};
use crate::ids::CallId;
use crate::record::Record;
use crate::tool::TouchKind;

/// One thing that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// A path relative to the workspace, or `blob:` and an id.
    pub name: String,
    /// The records it comes from, in order: the message of the model, the call, the approval, the result.
    pub sources: Vec<u64>,
}

/// Everything that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifacts {
    list: Vec<Artifact>,
    places: HashMap<String, usize>,
    /// The records of each call so far.
    calls: HashMap<CallId, Vec<u64>>,
    /// The last message of the model.
    said: Option<u64>,
}

impl Artifacts {
    /// All of them, in the order in which they came to be.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Artifact> {
        self.list.iter()
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Artifact> {
        self.list.get(*self.places.get(name)?)
    }

    fn made(&mut self, name: String, sources: Vec<u64>) {
        let place = *self.places.entry(name.clone()).or_insert(self.list.len());
        match self.list.get_mut(place) {
            Some(artifact) => artifact.sources.extend(sources),
            None => self.list.push(Artifact { name, sources }),
        }
    }

    fn step(&mut self, call: &CallId, record: u64) {
        if let Some(records) = self.calls.get_mut(call) {
            records.push(record);
        }
    }

    fn returned(&mut self, returned: &ToolReturned) {
        let sources = self.calls.get(&returned.call).cloned().unwrap_or_default();
        for file in &returned.files {
            match file.kind {
                TouchKind::Read => {}
                TouchKind::Created | TouchKind::Changed => self.made(file.path.clone(), sources.clone()),
            }
        }
        for blob in &returned.blobs {
            self.made(format!("blob:{}", blob.id), sources.clone());
        }
    }

    fn edited(&mut self, record: u64, edited: &ContextEdited) {
        for edit in &edited.plan.edits {
            let ContextEdit::Externalize { replacement, blob } = edit else { continue };
            let mut sources = match &replacement.passage {
                Passage::Result(call) | Passage::Input(call) => {
                    self.calls.get(call).cloned().unwrap_or_default()
                }
                Passage::Part(part) => vec![*part],
            };
            sources.push(record);
            self.made(format!("blob:{}", blob.id), sources);
        }
    }
}

impl View for Artifacts {
    fn apply(&mut self, record: &Record) {
        if let Event::AssistantMessage(_) = &record.event {
            self.said = Some(record.seq);
        } else if let Event::ToolCalled(called) = &record.event {
            let sources = self.said.into_iter().chain([record.seq]).collect();
            self.calls.insert(called.request.call.clone(), sources);
        } else if let Event::ApprovalGiven(given) = &record.event {
            self.step(&given.call, record.seq);
        } else if let Event::ToolReturned(returned) = &record.event {
            self.step(&returned.call, record.seq);
            self.returned(returned);
        } else if let Event::ContextEdited(edited) = &record.event {
            self.edited(record.seq, edited);
        }
    }
}
