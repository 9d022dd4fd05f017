//! Enter: what the composer holds goes where its purpose says.

use headwater_protocol::Op;

use super::{App, Effect, Purpose};
use crate::commands;

impl App {
    /// Sends, runs or answers what is written.
    pub(crate) fn submit(&mut self) -> Vec<Effect> {
        if self.composer.continue_line() {
            return Vec::new();
        }
        let purpose = self.purpose();
        if let Some(form) = self.form.clone() {
            return self.submit_form(&form);
        }
        let text = self.composer.expanded().trim_end().to_owned();
        if text.trim().is_empty() {
            return Vec::new();
        }
        if purpose == Purpose::Command && !self.is_command(&text) {
            return Vec::new();
        }
        self.composer.take();
        self.close_popup();
        self.history.push(text.clone());
        let mut effects = vec![Effect::SaveHistory(text.clone())];
        effects.extend(self.carry_out(purpose, text));
        effects
    }

    fn carry_out(&mut self, purpose: Purpose, text: String) -> Vec<Effect> {
        match purpose {
            Purpose::Message => self.send(text),
            Purpose::Command => commands::run(self, &text),
            Purpose::Shell => self.run_shell(text.trim_start_matches('!').trim()),
            Purpose::Remember => vec![Effect::Remember(text.trim_start_matches('#').trim().to_owned())],
            Purpose::Answer => self.answer_question(Some(text)),
            Purpose::Revise => self.revise_mission(text),
            // Forms are sent by `submit_form`.
            Purpose::Reason | Purpose::EditCall | Purpose::Reject | Purpose::Budget => Vec::new(),
        }
    }

    /// Whether a command of this name exists; says so when not, and leaves the text for correction.
    fn is_command(&mut self, text: &str) -> bool {
        match commands::check(self, text) {
            Ok(()) => true,
            Err(complaint) => {
                self.say(complaint);
                false
            }
        }
    }

    /// Something is asked that takes a request of its own; while a turn runs it waits for its end.
    pub(crate) fn ask_to_compact(&mut self) {
        if self.is_busy() {
            self.say("The older messages are summarized once this turn has ended.");
        } else {
            self.activity.asked(self.now);
        }
    }

    /// Sends a message; while a turn runs it waits in the queue.
    pub(crate) fn send(&mut self, text: String) -> Vec<Effect> {
        if self.is_busy() {
            self.queue.push(text.clone());
        }
        self.activity.asked(self.now);
        self.pane.scroll(crate::transcript_pane::Scroll::End);
        vec![Effect::Send(Op::Submit { text })]
    }

    fn run_shell(&mut self, command: &str) -> Vec<Effect> {
        if command.is_empty() {
            return Vec::new();
        }
        self.activity.shell = Some(command.to_owned());
        self.activity.asked(self.now);
        vec![Effect::Send(Op::RunShell { command: command.to_owned() })]
    }
}
