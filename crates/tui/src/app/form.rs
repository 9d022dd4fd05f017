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
}

impl App {
    /// What Enter would do with the text as it stands.
    pub(crate) fn purpose(&self) -> Purpose {
        match &self.form {
            Some(Form::Reason { .. }) => return Purpose::Reason,
            Some(Form::EditCall { .. }) => return Purpose::EditCall,
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
        if self.form.is_none() && self.questions.is_empty() {
            self.composer.put_aside();
            if let Some(draft) = self.aside.take() {
                self.composer.take_up(draft);
            }
        }
    }
}

/// Whether the first word looks like a command and not like a path.
fn is_command_word(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    !word.chars().skip(1).any(|c| c == '/')
}
