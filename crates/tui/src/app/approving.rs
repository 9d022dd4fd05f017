//! Approval requests: one card at a time, the oldest first; nothing is answered by a key meant for something else.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::{ApprovalDecision, ApprovalScope, CallId, Op, ToolCall};
use serde_json::Value;

use super::{App, Effect, Form, Status};
use crate::keymap::{CardKey, Chord};
use crate::view;

/// How long keys are ignored after a card appeared; each ignored key begins it again, so that a person who is
/// typing finishes the word and not the card (SCREEN, "Approvals").
pub(super) const GUARD: Duration = Duration::from_millis(300);

/// The card in front, and what is known of the calls behind the cards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deck {
    /// Calls without a result.
    calls: HashMap<CallId, ToolCall>,
    /// Calls whose answer is on its way.
    answered: HashSet<CallId>,
    shown: Option<CallId>,
    guard: Option<Instant>,
    /// The answer to a catastrophic call that waits for its second press.
    pub(crate) armed: Option<CardKey>,
    /// Rows of the card that are scrolled away.
    pub(crate) scroll: usize,
}

impl Deck {
    /// The request to show: the oldest one not answered yet.
    pub(crate) fn front<'a>(&self, status: &'a Status) -> Option<&'a ApprovalRequested> {
        status.waiting().find(|asked| !self.answered.contains(&asked.call))
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self, status: &Status) -> usize {
        status.waiting().filter(|asked| !self.answered.contains(&asked.call)).count()
    }

    /// The call behind a card.
    pub(crate) fn call(&self, call: &CallId) -> Option<&ToolCall> {
        self.calls.get(call)
    }

    /// Until when keys are ignored.
    pub(crate) fn guard(&self) -> Option<Instant> {
        self.guard
    }

    /// Whether keys are ignored at `now`.
    pub(crate) fn is_guarded(&self, now: Instant) -> bool {
        self.guard.is_some_and(|until| now < until)
    }

    pub(super) fn called(&mut self, call: &ToolCall) {
        self.calls.insert(call.call.clone(), call.meant().into_owned());
    }

    /// What a card shows, and an edit begins with, is what would run.
    pub(super) fn asked(&mut self, asked: &ApprovalRequested) {
        if let (Some(call), Some(input)) = (self.calls.get_mut(&asked.call), &asked.input) {
            call.input.clone_from(input);
        }
    }

    pub(super) fn returned(&mut self, call: &CallId) {
        self.calls.remove(call);
        self.answered.remove(call);
    }

    /// Looks whether another card came to the front; whether one did.
    pub(super) fn turn_over(&mut self, status: &Status, now: Instant) -> bool {
        let front = self.front(status).map(|asked| asked.call.clone());
        if front == self.shown {
            return false;
        }
        self.guard = front.is_some().then(|| now + GUARD);
        self.shown = front;
        self.armed = None;
        self.scroll = 0;
        self.shown.is_some()
    }
}

impl App {
    /// Whether keys go to an approval card.
    pub(crate) fn is_approving(&self) -> bool {
        self.form.is_none() && self.deck.front(&self.status).is_some()
    }

    /// A key while a card is in front; `None` when it means nothing here.
    pub(super) fn approval_key(&mut self, chord: Chord) -> Option<Vec<Effect>> {
        let key = self.config.keymap.find::<CardKey>(chord);
        if key.is_none() && chord.typed().is_none() {
            return None;
        }
        if self.deck.is_guarded(self.now) {
            self.deck.guard = Some(self.now + GUARD);
            return Some(Vec::new());
        }
        Some(key.map_or_else(Vec::new, |key| self.answer_card(key)))
    }

    /// Answers the card in front.
    pub(crate) fn answer_card(&mut self, key: CardKey) -> Vec<Effect> {
        let Some(asked) = self.deck.front(&self.status).cloned() else { return Vec::new() };
        let scope = match key {
            CardKey::AllowOnce => ApprovalScope::Once,
            CardKey::AllowSession => ApprovalScope::Session,
            CardKey::AllowProject => ApprovalScope::Project,
            CardKey::Edit => return self.edit_call(asked.call),
            CardKey::Deny => return self.ask_reason(asked.call),
            CardKey::Up => return self.scroll_card(-1),
            CardKey::Down => return self.scroll_card(1),
        };
        if scope != ApprovalScope::Once && asked.offers.is_empty() {
            self.say("This one can only be allowed once.");
            return Vec::new();
        }
        if asked.is_catastrophic && self.deck.armed != Some(key) {
            self.deck.armed = Some(key);
            return Vec::new();
        }
        self.decide(asked.call, ApprovalDecision::Allow, scope)
    }

    fn scroll_card(&mut self, rows: isize) -> Vec<Effect> {
        let hidden = view::hidden_of_approval(self);
        self.deck.scroll = self.deck.scroll.saturating_add_signed(rows).min(hidden);
        Vec::new()
    }

    fn decide(&mut self, call: CallId, decision: ApprovalDecision, scope: ApprovalScope) -> Vec<Effect> {
        self.deck.answered.insert(call.clone());
        self.deck.turn_over(&self.status, self.now);
        vec![Effect::Send(Op::Approve { call, decision, scope })]
    }

    fn ask_reason(&mut self, call: CallId) -> Vec<Effect> {
        self.lend_composer();
        self.form = Some(Form::Reason { call });
        Vec::new()
    }

    /// Opens the command of the call, or its whole input as JSON, in the composer.
    fn edit_call(&mut self, call: CallId) -> Vec<Effect> {
        let Some(input) = self.deck.call(&call).map(|known| known.input.clone()) else { return Vec::new() };
        self.lend_composer();
        self.composer.set(&editable(&input));
        self.form = Some(Form::EditCall { call, input });
        Vec::new()
    }

    /// Sends the reason or the edited call that the composer holds.
    pub(super) fn submit_form(&mut self, form: &Form) -> Vec<Effect> {
        let text = self.composer.expanded();
        let (call, decision) = match form.clone() {
            Form::Reason { call } => (call, ApprovalDecision::Deny { reason: text.trim().to_owned() }),
            Form::EditCall { call, input } => match edited(&input, &text) {
                Ok(input) => (call, ApprovalDecision::Edit { input }),
                Err(problem) => {
                    self.say(problem);
                    return Vec::new();
                }
            },
            Form::RejectMission | Form::ReviseMission | Form::MissionBudget => {
                return self.submit_mission_form(form, text.trim());
            }
        };
        self.form = None;
        self.return_composer();
        self.decide(call, decision, ApprovalScope::Once)
    }

    /// Leaves a form without an answer: the card takes the keys again.
    pub(crate) fn leave_form(&mut self) {
        if self.form.take().is_some() {
            self.return_composer();
        }
    }

    /// Drops a form whose call was answered or ended elsewhere, and looks at the card in front.
    pub(super) fn look_at_cards(&mut self) -> Vec<Effect> {
        let is_waiting = |call: &CallId| self.status.waiting().any(|asked| asked.call == *call);
        let is_over = match &self.form {
            Some(Form::Reason { call } | Form::EditCall { call, .. }) => !is_waiting(call),
            Some(Form::RejectMission | Form::ReviseMission | Form::MissionBudget) | None => false,
        };
        if is_over {
            self.leave_form();
        }
        let is_new = self.deck.turn_over(&self.status, self.now);
        if is_new { vec![Effect::Notify("An approval is needed.".to_owned())] } else { Vec::new() }
    }
}

/// What a person edits of an input: its command, when it has one, else all of it.
fn editable(input: &Value) -> String {
    match input.get("command").and_then(Value::as_str) {
        Some(command) => command.to_owned(),
        None => serde_json::to_string_pretty(input).unwrap_or_default(),
    }
}

/// The input with the edited text in it.
fn edited(input: &Value, text: &str) -> Result<Value, String> {
    if input.get("command").is_some_and(Value::is_string) {
        let mut input = input.clone();
        if let Some(command) = input.get_mut("command") {
            *command = Value::String(text.to_owned());
        }
        return Ok(input);
    }
    serde_json::from_str(text).map_err(|error| format!("This is no JSON: {error}."))
}
