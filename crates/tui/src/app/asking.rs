//! Questions of the model: numbered options, and always a free answer.

use headwater_protocol::tool::Question;
use headwater_protocol::{CallId, Op};

use super::approving::GUARD;
use super::{App, Effect};
use crate::view;

impl App {
    pub(super) fn question_asked(&mut self, question: &Question) -> Vec<Effect> {
        if self.questions.iter().any(|asked| asked.call == question.call) {
            return Vec::new();
        }
        if self.questions.is_empty() && self.form.is_none() {
            self.lend_composer();
        }
        self.questions.push_back(question.clone());
        if self.questions.len() == 1 {
            self.turn_to_question();
        }
        vec![Effect::Notify("The model has a question.".to_owned())]
    }

    /// Forgets a question whose call has ended.
    pub(super) fn question_over(&mut self, call: &CallId) {
        let before = self.questions.len();
        self.questions.retain(|question| question.call != *call);
        if self.questions.len() < before {
            self.turn_to_question();
            self.return_composer();
        }
    }

    /// Scrolls the question in front as far as rows of it are hidden.
    pub(super) fn scroll_question(&mut self, rows: isize) {
        let hidden = view::hidden_of_question(self);
        self.question_scroll = self.question_scroll.saturating_add_signed(rows).min(hidden);
    }

    /// Another question came to the front, or none is left.
    fn turn_to_question(&mut self) {
        self.question_scroll = 0;
        self.question_guard = (!self.questions.is_empty()).then(|| self.now + GUARD);
    }

    /// Whether the question in front has just appeared: a person who was typing did not mean it.
    pub(crate) fn is_question_new(&self) -> bool {
        self.question_guard.is_some_and(|until| self.now < until)
    }

    /// A number on an empty line chooses an option; `None` when it is no option.
    pub(super) fn choose_option(&mut self, typed: Option<char>) -> Option<Vec<Effect>> {
        if !self.composer.is_empty() || self.form.is_some() || self.is_question_new() {
            return None;
        }
        let number = usize::try_from(typed?.to_digit(10)?).ok()?;
        let options = &self.questions.front()?.options;
        let chosen = options.get(number.checked_sub(1)?)?.clone();
        Some(self.answer_question(Some(chosen)))
    }

    /// Answers the question in front; `None` declines.
    pub(crate) fn answer_question(&mut self, text: Option<String>) -> Vec<Effect> {
        let Some(question) = self.questions.pop_front() else { return Vec::new() };
        self.turn_to_question();
        self.return_composer();
        vec![Effect::Send(Op::AnswerQuestion { call: question.call, text })]
    }
}
