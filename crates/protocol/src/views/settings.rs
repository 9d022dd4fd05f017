//! Workspace, model, mode and header of the session.

use super::View;
use crate::context_edit::ContextEdit;
use crate::event::Event;
use crate::events::Header;
use crate::ids::SessionId;
use crate::mode::ModeId;
use crate::model::ModelInfo;
use crate::record::Record;
use crate::title;

/// What the session is set to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionView {
    /// The session.
    pub id: Option<SessionId>,
    /// The workspace.
    pub workspace: String,
    /// The vendor.
    pub vendor: String,
    /// The model; absent before the session began.
    pub model: Option<ModelInfo>,
    /// The mode that holds.
    pub mode: ModeId,
    /// The mode the model was last told of.
    pub announced_mode: Option<ModeId>,
    /// The record that told it; nothing else in the conversation says what the mode asks for.
    pub announced_by: Option<u64>,
    /// The frozen head of every request; absent before the session began.
    pub header: Option<Header>,
    /// The session's title: the one that the person gave it, or the beginning of their first message.
    pub title: String,
    /// Whether the person gave it.
    pub is_titled: bool,
    /// Whether the log is one of the first schema so far, whose requests were made by older rules.
    pub is_of_first_schema: bool,
    /// Whether the session is a sub-agent's: its head says what it may do.
    pub is_subagent: bool,
}

impl SessionView {
    fn reframe(&mut self, edit: &ContextEdit) {
        if let (ContextEdit::Reframe { system }, Some(header)) = (edit, &mut self.header) {
            header.system = system.as_str().into();
        }
    }
}

impl SessionView {
    /// What the model was told is what it was told then; mode and model stay as the person has set them.
    pub fn go_back(&mut self, then: &Self) {
        self.header.clone_from(&then.header);
        if !self.is_titled {
            self.title.clone_from(&then.title);
        }
        (self.announced_mode, self.announced_by) = (then.announced_mode, then.announced_by);
    }
}

impl View for SessionView {
    fn apply(&mut self, record: &Record) {
        if let Some(schema) = record.event.schema() {
            self.is_of_first_schema = schema == 1;
        }
        if let Event::SessionStarted(started) = &record.event {
            self.id = Some(record.session.clone());
            self.workspace.clone_from(&started.workspace);
            self.vendor.clone_from(&started.vendor);
            self.model = Some(started.model.clone());
            self.mode = started.mode;
            self.header = Some(started.header.clone());
        } else if let Event::SubagentStarted(started) = &record.event {
            // The header of a sub-agent says what its mode means, for as long as it works.
            if started.opened == record.session {
                (self.is_subagent, self.announced_mode) = (true, Some(started.mode));
            }
        } else if let Event::ModeChanged(changed) = &record.event {
            self.mode = changed.to;
        } else if let Some((vendor, model)) = record.event.model() {
            vendor.clone_into(&mut self.vendor);
            self.model = Some(model.clone());
        } else if let Event::ContextEdited(edited) = &record.event {
            edited.plan.edits.iter().for_each(|edit| self.reframe(edit));
        } else if let Event::ReminderInjected(reminder) = &record.event {
            if let Some(mode) = reminder.key.strip_prefix("modes/") {
                self.announced_mode = mode.parse().ok();
                self.announced_by = Some(record.seq);
            }
        } else if let Event::UserMessage(message) = &record.event
            && self.title.is_empty()
        {
            self.title = title::of_message(&message.text);
        } else if let Event::SessionTitled(titled) = &record.event {
            self.title = title::given(&titled.title);
            self.is_titled = !self.title.is_empty();
        }
    }
}
