//! Workspace, model, mode and header of the session.

use super::View;
use crate::context_edit::ContextEdit;
use crate::event::Event;
use crate::events::Header;
use crate::ids::SessionId;
use crate::mode::ModeId;
use crate::model::ModelInfo;
use crate::record::Record;

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
    /// The first message of the person: the session's title.
    pub title: String,
}

impl SessionView {
    fn reframe(&mut self, edit: &ContextEdit) {
        if let (ContextEdit::Reframe { system }, Some(header)) = (edit, &mut self.header) {
            header.system = system.as_str().into();
        }
    }
}

impl View for SessionView {
    fn apply(&mut self, record: &Record) {
        if let Event::SessionStarted(started) = &record.event {
            self.id = Some(record.session.clone());
            self.workspace.clone_from(&started.workspace);
            self.vendor.clone_from(&started.vendor);
            self.model = Some(started.model.clone());
            self.mode = started.mode;
            self.header = Some(started.header.clone());
        } else if let Event::ModeChanged(changed) = &record.event {
            self.mode = changed.to;
        } else if let Event::ModelChanged(changed) = &record.event {
            self.vendor.clone_from(&changed.vendor);
            self.model = Some(changed.model.clone());
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
            self.title = message.text.chars().take(120).collect();
        }
    }
}
