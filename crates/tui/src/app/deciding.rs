//! The mission card: it waits above the composer, never in the way of scrolling, and is decided by keys meant for it.
//!
//! What a person writes while it waits goes back with it. A letter that is a key of the card is a word's first letter
//! when the next one follows at once.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use headwater_protocol::events::MissionProposed;
use headwater_protocol::op::MissionDecision;
use headwater_protocol::views::MissionPhase;
use headwater_protocol::{MissionBudget, ModeId, Op};

use super::{App, BudgetFields, Effect, Form};
use crate::composer::Draft;
use crate::keymap::{Chord, MissionKey, WritingKey};
use crate::mission::finding_lines;

/// How long keys are ignored after the card appeared; each ignored key begins it again (as on an approval card).
const GUARD: Duration = Duration::from_millis(300);
/// A letter this soon after another one belongs to a word.
const BURST: Duration = Duration::from_millis(200);

/// What of the card is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum CardPage {
    /// What it would do and take.
    #[default]
    Card,
    /// What changed against the revision before.
    Diff,
    /// The findings as a tree, with the row that is chosen.
    Findings(usize),
    /// The budget, to be changed.
    Budget(BudgetFields),
}

/// The card in front, and what a person is doing with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    /// The hash of the card that is shown.
    shown: Option<String>,
    guard: Option<Instant>,
    /// The hash of a card whose answer is on its way.
    sent: Option<String>,
    /// Whether the next card is what the person's own key made of this one.
    is_change_expected: bool,
    /// The letter that was a key, when, and the page before it.
    letter: Option<(char, Instant, CardPage)>,
    /// What was being written when the card was left for another mode.
    prose: Option<Draft>,
    /// The revision before the one that waits.
    pub(crate) before: Option<Box<MissionProposed>>,
    pub(crate) page: CardPage,
    /// Rows of the page that are scrolled away.
    pub(crate) scroll: usize,
    /// Findings whose children are hidden.
    pub(crate) folded: HashSet<String>,
}

impl Desk {
    /// Until when keys are ignored.
    pub(crate) fn guard(&self) -> Option<Instant> {
        self.guard
    }

    /// Whether keys are ignored at `now`.
    pub(crate) fn is_guarded(&self, now: Instant) -> bool {
        self.guard.is_some_and(|until| now < until)
    }

    /// The engine said something instead of acting on an answer: the card may be answered again.
    pub(super) fn answer_again(&mut self) {
        self.sent = None;
        self.is_change_expected = false;
    }

    fn open(&mut self, page: CardPage) {
        self.page = page;
        self.scroll = 0;
    }
}

impl App {
    /// The card that waits for a decision, whatever the mode.
    pub(crate) fn waiting_mission(&self) -> Option<&MissionProposed> {
        let is_waiting = self.status.mission.phase == MissionPhase::AwaitApproval;
        let card = self.status.mission.card.as_deref().filter(|_| is_waiting);
        card.filter(|card| self.desk.sent.as_ref() != Some(&card.hash))
    }

    /// The card to show: the one that waits, in its own mode, when nothing else is asked.
    pub(crate) fn mission_in_front(&self) -> Option<&MissionProposed> {
        let is_here = self.chosen_mode() == ModeId::Recursive;
        let is_free = self.deck.front(&self.status).is_none() && self.questions.is_empty();
        self.waiting_mission().filter(|_| is_here && is_free)
    }

    /// Whether a card waits in another mode than the one chosen.
    pub(crate) fn has_parked_mission(&self) -> bool {
        self.waiting_mission().is_some() && self.chosen_mode() != ModeId::Recursive
    }

    /// The mode that the person wants next.
    fn chosen_mode(&self) -> ModeId {
        self.pending_mode.unwrap_or_else(|| self.mode())
    }

    /// Looks whether a card came to the front or left it; said when one came.
    pub(crate) fn look_at_mission(&mut self) -> Vec<Effect> {
        let front = self.mission_in_front().map(|card| card.hash.clone());
        if front == self.desk.shown {
            return Vec::new();
        }
        let was_shown = self.desk.shown.is_some();
        self.desk.letter = None;
        self.desk.shown = front;
        if self.desk.shown.is_none() {
            self.card_left();
            return Vec::new();
        }
        self.desk.page = CardPage::Card;
        if !was_shown {
            self.card_came();
        }
        // What a person's own key made of the card comes as no surprise.
        if std::mem::take(&mut self.desk.is_change_expected) {
            return Vec::new();
        }
        self.desk.guard = Some(self.now + GUARD);
        vec![Effect::Notify("A mission card waits for you.".to_owned())]
    }

    /// The composer is for words about the card now.
    fn card_came(&mut self) {
        self.lend_composer();
        if let Some(prose) = self.desk.prose.take() {
            self.composer.take_up(prose);
        }
    }

    fn card_left(&mut self) {
        self.desk.guard = None;
        if matches!(self.form, Some(Form::RejectMission | Form::ReviseMission | Form::MissionBudget)) {
            self.form = None;
            self.composer.clear();
        }
        let prose = self.composer.put_aside();
        self.desk.prose = (self.waiting_mission().is_some() && prose != Draft::default()).then_some(prose);
        self.return_composer();
    }

    /// A key while a mission card is in front; `None` when it means nothing to it.
    pub(super) fn mission_key(&mut self, chord: Chord) -> Option<Vec<Effect>> {
        if !self.composer.is_empty() {
            return self.key_over_prose(chord);
        }
        let key = self.config.keymap.find::<MissionKey>(chord);
        let typed = chord.typed();
        let is_editing = matches!(self.desk.page, CardPage::Budget(_));
        let writing = self.config.keymap.find::<WritingKey>(chord);
        if key.is_none() && typed.is_none() && !(is_editing && writing == Some(WritingKey::DeleteBack)) {
            return None;
        }
        if self.desk.is_guarded(self.now) {
            self.desk.guard = Some(self.now + GUARD);
            return Some(Vec::new());
        }
        if let Some(effects) = typed.and_then(|typed| self.begin_prose(typed)) {
            return Some(effects);
        }
        if is_editing {
            return Some(self.budget_key(chord));
        }
        if let (Some(_), Some(letter)) = (key, typed) {
            self.desk.letter = Some((letter, self.now, self.desk.page.clone()));
        }
        match (key, typed.and_then(|typed| typed.to_digit(10))) {
            (Some(key), _) => Some(self.card_key(key)),
            (None, Some(subtask @ 1..)) => Some(self.toggle_subtask(subtask)),
            (None, _) => None,
        }
    }

    /// While words are written, only Escape is the card's: it clears them.
    fn key_over_prose(&mut self, chord: Chord) -> Option<Vec<Effect>> {
        let key = self.config.keymap.find::<MissionKey>(chord);
        if key == Some(MissionKey::Reject) && self.popup.is_none() {
            self.composer.clear();
            return Some(Vec::new());
        }
        None
    }

    /// Takes a key of the card back when a letter follows it at once: both begin a word.
    fn begin_prose(&mut self, typed: char) -> Option<Vec<Effect>> {
        let (letter, at, page) = self.desk.letter.take()?;
        let is_word = self.now.duration_since(at) < BURST && typed.is_alphabetic() && typed != letter;
        if !is_word {
            return None;
        }
        self.desk.page = page;
        self.composer.type_character(letter);
        self.composer.type_character(typed);
        Some(self.refresh_popup())
    }

    /// What a key of the card does.
    pub(crate) fn card_key(&mut self, key: MissionKey) -> Vec<Effect> {
        match key {
            MissionKey::Approve => return self.enter_on_card(),
            MissionKey::Reject => return self.escape_on_card(),
            MissionKey::Budget => self.edit_budget(),
            MissionKey::Diff => self.turn_page(CardPage::Diff),
            MissionKey::Findings => self.turn_page(CardPage::Findings(0)),
            MissionKey::Up => self.move_on_card(-1),
            MissionKey::Down => self.move_on_card(1),
            MissionKey::Fold => self.fold_finding(true),
            MissionKey::Unfold => self.fold_finding(false),
        }
        Vec::new()
    }

    /// Opens a page, or goes back from it to the card.
    fn turn_page(&mut self, page: CardPage) {
        let is_open = std::mem::discriminant(&self.desk.page) == std::mem::discriminant(&page);
        self.desk.open(if is_open { CardPage::Card } else { page });
    }

    fn enter_on_card(&mut self) -> Vec<Effect> {
        if let CardPage::Findings(_) = self.desk.page {
            let is_folded = self.chosen_finding().is_some_and(|id| self.desk.folded.contains(&id));
            self.fold_finding(!is_folded);
            return Vec::new();
        }
        self.approve_mission()
    }

    /// Approves the card that is shown.
    pub(crate) fn approve_mission(&mut self) -> Vec<Effect> {
        let Some(card) = self.mission_in_front() else { return Vec::new() };
        if let Some(first) = card.lint.first() {
            let remark = format!("It cannot be approved yet: {first}");
            self.say(remark);
            return Vec::new();
        }
        if self.desk.is_change_expected {
            self.say("The card is being changed; look at the next one first.");
            return Vec::new();
        }
        let hash = card.hash.clone();
        self.decide_mission(MissionDecision::Approve { hash })
    }

    fn escape_on_card(&mut self) -> Vec<Effect> {
        if self.desk.page != CardPage::Card {
            self.desk.open(CardPage::Card);
            return Vec::new();
        }
        self.ask_why_not();
        Vec::new()
    }

    /// Asks once before the card is rejected: Enter does it, with or without words.
    pub(crate) fn ask_why_not(&mut self) {
        if self.mission_in_front().is_some() {
            self.composer.clear();
            self.form = Some(Form::RejectMission);
        }
    }

    /// Switches a sub-task on or off.
    pub(crate) fn toggle_subtask(&mut self, subtask: u32) -> Vec<Effect> {
        let exists = self
            .mission_in_front()
            .is_some_and(|card| card.card.subtasks.iter().any(|task| task.n == subtask));
        if !exists {
            self.say(format!("There is no sub-task {subtask}."));
            return Vec::new();
        }
        self.change_mission(MissionDecision::Toggle { subtask })
    }

    /// Sends the card back with words.
    pub(super) fn revise_mission(&mut self, words: String) -> Vec<Effect> {
        self.decide_mission(MissionDecision::Revise { words })
    }

    /// Asks for another budget.
    pub(crate) fn set_budget(&mut self, budget: MissionBudget) -> Vec<Effect> {
        self.desk.open(CardPage::Card);
        self.change_mission(MissionDecision::Budget(budget))
    }

    /// An answer after which this card is gone.
    pub(super) fn decide_mission(&mut self, decision: MissionDecision) -> Vec<Effect> {
        self.desk.sent = self.status.mission.card.as_ref().map(|card| card.hash.clone());
        self.activity.asked(self.now);
        let mut effects = vec![Effect::Send(Op::DecideMission(decision))];
        effects.extend(self.look_at_mission());
        effects
    }

    /// An answer after which another card follows at once.
    fn change_mission(&mut self, decision: MissionDecision) -> Vec<Effect> {
        self.desk.is_change_expected = true;
        vec![Effect::Send(Op::DecideMission(decision))]
    }

    fn move_on_card(&mut self, rows: isize) {
        let Some(card) = self.mission_in_front() else { return };
        let last = finding_lines(&card.card.findings, |id| self.desk.folded.contains(id)).len();
        match &mut self.desk.page {
            CardPage::Findings(at) => *at = at.saturating_add_signed(rows).min(last.saturating_sub(1)),
            CardPage::Card | CardPage::Diff => {
                self.desk.scroll = self.desk.scroll.saturating_add_signed(rows);
            }
            CardPage::Budget(fields) => fields.step(rows),
        }
    }

    fn chosen_finding(&self) -> Option<String> {
        let CardPage::Findings(at) = self.desk.page else { return None };
        let card = self.mission_in_front()?;
        let lines = finding_lines(&card.card.findings, |id| self.desk.folded.contains(id));
        lines.get(at).map(|(finding, ..)| finding.id.clone())
    }

    fn fold_finding(&mut self, is_folded: bool) {
        let Some(id) = self.chosen_finding() else { return };
        if is_folded {
            self.desk.folded.insert(id);
        } else {
            self.desk.folded.remove(&id);
        }
    }
}
