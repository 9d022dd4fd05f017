//! What a session has made, and from what (HARNESS A4): each changed file and each stored text with the records that led to
//! it. Nothing in a run needs it: it is folded when somebody asks.

use foldhash::HashMap;

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
                Passage::Part(record) | Passage::Said(record) | Passage::Thought(record) => vec![*record],
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{ApprovalGiven, AssistantMessage, ToolCalled};
    use crate::message::{StopSignal, ToolCall};
    use crate::tool::{Blob, FileTouch};
    use crate::views::fold;
    use crate::{ApprovalDecision, ApprovalScope, Approver, Bytes, Timestamp};

    fn called(call: &str) -> Event {
        let input = serde_json::json!({});
        ToolCalled { request: ToolCall { call: call.into(), name: "write".into(), input, malformed: None } }
            .into()
    }

    fn returned(call: &str, kind: TouchKind) -> Event {
        ToolReturned {
            blobs: vec![Blob {
                id: format!("{call}-out").as_str().into(),
                bytes: Bytes(1),
                sha256: String::new(),
            }],
            files: vec![FileTouch { path: "a.txt".into(), kind, sha256: String::new() }],
            ..ToolReturned::ran(call.into(), "write".into(), String::new())
        }
        .into()
    }

    #[test]
    fn a4_each_artifact_has_the_records_it_comes_from() {
        let stop = StopSignal::ToolCalls;
        let said = AssistantMessage { text: String::new(), blocks: vec![], origin: String::new(), stop };
        let decision = ApprovalDecision::Allow;
        let scope = ApprovalScope::Once;
        let given = ApprovalGiven { call: "b".into(), decision, scope, by: Approver::Person, rules: vec![] };
        let events: Vec<Event> = vec![
            said.into(),
            called("a"),
            called("b"),
            returned("a", TouchKind::Read),
            given.into(),
            returned("b", TouchKind::Created),
        ];
        let record =
            |(seq, event)| Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event };
        let records: Vec<Record> = (0..).zip(events).map(record).collect();
        let artifacts: Artifacts = fold(&records);
        let sources = |name: &str| artifacts.get(name).map(|artifact| artifact.sources.clone());
        assert_eq!(
            sources("a.txt"),
            Some(vec![0, 2, 4, 5]),
            "message, call, yes, result; a read makes nothing"
        );
        assert_eq!(sources("blob:a-out"), Some(vec![0, 1, 3]));
        assert_eq!(artifacts.iter().len(), 3);
    }
}
