//! What the composer is used for.

use headwater_protocol::CallId;
use serde_json::Value;

use super::App;

/// A use of the composer other than writing a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// Why a call may not run.
    Reason {
        /// The call.
        call: CallId,
    },
    /// Another input for a call.
    EditCall {
        /// The call.
        call: CallId,
        /// The input as the model wrote it.
        input: Value,
    },
    /// Why a mission card is rejected.
    RejectMission,
    /// What is to be different about a mission, where there are no keys.
    ReviseMission,
    /// Another budget for a mission, where there are no fields.
    MissionBudget,
}

/// What Enter would do with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Send it to the model.
    Message,
    /// Run it as a slash command.
    Command,
    /// Run it in a shell, for the person.
    Shell,
    /// Add it to the project's instructions.
    Remember,
    /// Answer the model's question.
    Answer,
    /// Deny a call with this reason.
    Reason,
    /// Run a call with this input.
    EditCall,
    /// Send the mission card back with these words.
    Revise,
    /// Reject the mission card with this reason.
    Reject,
    /// Change the mission's budget.
    Budget,
}

impl App {
    /// What Enter would do with the text as it stands.
    pub(crate) fn purpose(&self) -> Purpose {
        match &self.form {
            Some(Form::Reason { .. }) => return Purpose::Reason,
            Some(Form::EditCall { .. }) => return Purpose::EditCall,
            Some(Form::RejectMission) => return Purpose::Reject,
            Some(Form::ReviseMission) => return Purpose::Revise,
            Some(Form::MissionBudget) => return Purpose::Budget,
            None => {}
        }
        if !self.questions.is_empty() {
            return Purpose::Answer;
        }
        let text = self.composer.text();
        match text.chars().next() {
            Some('!') => Purpose::Shell,
            Some('#') => Purpose::Remember,
            Some('/') if is_command_word(text) => Purpose::Command,
            Some(_) if self.mission_in_front().is_some() => Purpose::Revise,
            Some(_) | None => Purpose::Message,
        }
    }

    /// Lends the composer: what was being written is put aside, once.
    pub(super) fn lend_composer(&mut self) {
        let draft = self.composer.put_aside();
        self.aside.get_or_insert(draft);
        self.popup = None;
    }

    /// Gives the composer back when nothing needs it any more.
    pub(super) fn return_composer(&mut self) {
        if self.form.is_some() || !self.questions.is_empty() {
            return;
        }
        self.composer.put_aside();
        // A mission card has it for as long as it is in front.
        if self.mission_in_front().is_none()
            && let Some(draft) = self.aside.take()
        {
            self.composer.take_up(draft);
        }
    }
}

/// Whether the first word looks like a command and not like a path.
fn is_command_word(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    !word.chars().skip(1).any(|c| c == '/')
}
