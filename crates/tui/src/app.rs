//! The state of the screen, and the one way it changes: `update(app, now, msg) -> effects`, without any IO.

mod activity;
mod approving;
mod asking;
mod budget_fields;
mod contract;
mod deciding;
mod drawn;
mod effect;
mod engine;
mod form;
mod global;
mod keys;
mod missions;
mod modes;
mod mouse;
mod msg;
mod rewinding;
mod status;
mod subagents;
mod submit;
mod update;
mod writing;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use activity::{Activity, Waited};
pub(crate) use approving::Deck;
pub(crate) use budget_fields::{BudgetFields, Field};
pub(crate) use contract::ContractEdit;
pub(crate) use deciding::{CardPage, Desk};
pub(crate) use drawn::OwnStatus;
pub(crate) use effect::Effect;
pub(crate) use form::{Form, Purpose};
pub(crate) use mouse::MouseInput;
pub(crate) use msg::Msg;
pub(crate) use status::Status;
pub(crate) use update::update;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use headwater_protocol::tool::Question;
use headwater_protocol::{Delta, ModeId, ModeSpec};
use ratatui::layout::Rect;

use crate::composer::{Composer, Draft, History};
use crate::keymap::Keymap;
use crate::mission::Missions;
use crate::overlays::Overlay;
use crate::popups::Popup;
use crate::recursion_tree::RecursionTree;
use crate::setup::{Presenter, ScreenSetup, SkillLine, StyleLine, UserCommand};
use crate::theme::{ColorDepth, Theme};
use crate::transcript_pane::TranscriptPane;

/// How long a short remark stays on the edge of the composer.
const FLASH: Duration = Duration::from_secs(4);

/// What the screen was started with and never changes by itself.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) workspace: PathBuf,
    pub(crate) modes: Vec<ModeSpec>,
    pub(crate) sandbox: Vec<(ModeId, String)>,
    pub(crate) commands: Vec<UserCommand>,
    pub(crate) skills: Vec<SkillLine>,
    pub(crate) styles: Vec<StyleLine>,
    pub(crate) keymap: Keymap,
    pub(crate) color: ColorDepth,
    /// Whether the terminal keeps what is finished, and only a footer is drawn.
    pub(crate) is_inline: bool,
    /// The mode and the model to show until records say otherwise.
    pub(crate) mode: ModeId,
    pub(crate) model: String,
}

/// The state of the screen.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) theme: Theme,
    pub(crate) now: Instant,
    pub(crate) area: Rect,
    /// Rows of the transcript that are not printed yet, where the terminal keeps the others.
    pub(crate) unprinted: usize,
    pub(crate) pane: TranscriptPane,
    pub(crate) status: Status,
    pub(crate) activity: Activity,
    pub(crate) composer: Composer,
    pub(crate) history: History,
    pub(crate) deck: Deck,
    pub(crate) questions: VecDeque<Question>,
    /// Rows of the question in front that are scrolled away.
    pub(crate) question_scroll: usize,
    /// Until when a number is no answer to it.
    pub(crate) question_guard: Option<Instant>,
    /// Missions and their recursive children, by their own records.
    pub(crate) missions: Missions,
    /// The mission card in front.
    pub(crate) desk: Desk,
    /// The tree of calls, while it is open.
    pub(crate) tree: Option<RecursionTree>,
    /// What the composer is used for, when not for messages.
    pub(crate) form: Option<Form>,
    /// The message that was being written when something else needed the composer.
    pub(crate) aside: Option<Draft>,
    /// Messages sent while a turn ran, oldest first.
    pub(crate) queue: Vec<String>,
    pub(crate) pending_mode: Option<ModeId>,
    pub(crate) popup: Option<Popup>,
    /// Whether the person closed the popup of the word under the cursor.
    pub(crate) is_popup_dismissed: bool,
    pub(crate) overlay: Option<Overlay>,
    /// What a yes to the hooks of the project would be to, as they were shown last.
    pub(crate) hooks_shown: Option<String>,
    /// What a yes to each server of the project would be to, as it was shown last.
    pub(crate) servers_shown: BTreeMap<String, String>,
    /// The contract, while the person edits it.
    pub(crate) contract_edit: ContractEdit,
    /// The output style that was chosen for the next session.
    pub(crate) next_style: Option<String>,
    /// What a command of the person's says of the session.
    pub(crate) own_status: OwnStatus,
    pub(crate) is_focused: bool,
    flash: Option<(String, Instant)>,
    started: Instant,
    interrupted_at: Option<Instant>,
    /// When Esc was pressed where it had nothing to do.
    escaped_at: Option<Instant>,
    /// The message to go back to.
    chosen: Option<rewinding::Chosen>,
    press: mouse::Press,
}

impl App {
    /// The state before anything happened, with what there is to say at once.
    pub(crate) fn new(setup: &ScreenSetup, now: Instant, area: Rect) -> Self {
        let (keymap, mut remarks) = Keymap::new(&setup.keys);
        let theme = Theme::builtin(&setup.theme, setup.color).unwrap_or_else(|| {
            remarks.push(format!("There is no theme \"{}\"; /theme lists them.", setup.theme));
            Theme::builtin("dark", setup.color).unwrap_or_default()
        });
        let config = Config {
            workspace: setup.workspace.clone(),
            modes: setup.modes.clone(),
            sandbox: setup.sandbox_status.clone(),
            commands: setup.commands.clone(),
            skills: setup.skills.clone(),
            styles: setup.styles.clone(),
            keymap,
            color: setup.color,
            is_inline: setup.presenter == Presenter::Inline,
            mode: setup.mode,
            model: setup.model.clone(),
        };
        let mut app = Self::empty(config, theme, now, area);
        for notice in setup.notices.iter().chain(&remarks) {
            app.notice(notice);
        }
        app
    }

    fn empty(config: Config, theme: Theme, now: Instant, area: Rect) -> Self {
        Self {
            config,
            theme,
            now,
            area,
            unprinted: 0,
            pane: TranscriptPane::default(),
            status: Status::default(),
            activity: Activity::default(),
            composer: Composer::default(),
            history: History::default(),
            deck: Deck::default(),
            questions: VecDeque::new(),
            question_scroll: 0,
            question_guard: None,
            missions: Missions::default(),
            desk: Desk::default(),
            tree: None,
            form: None,
            aside: None,
            queue: Vec::new(),
            pending_mode: None,
            popup: None,
            is_popup_dismissed: false,
            overlay: None,
            hooks_shown: None,
            servers_shown: BTreeMap::new(),
            contract_edit: ContractEdit::default(),
            next_style: None,
            own_status: OwnStatus::default(),
            is_focused: true,
            flash: None,
            started: now,
            interrupted_at: None,
            escaped_at: None,
            chosen: None,
            press: mouse::Press::default(),
        }
    }

    /// Milliseconds since the screen began: the clock of the transcript.
    pub(crate) fn clock_ms(&self) -> u64 {
        u64::try_from(self.now.duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    /// Puts a sentence into the transcript.
    pub(crate) fn notice(&mut self, text: &str) {
        let clock = self.clock_ms();
        self.pane.apply_delta(&Delta::Notice { text: text.to_owned() }, clock);
    }

    /// Shows a short remark for a while.
    pub(crate) fn say(&mut self, remark: impl Into<String>) {
        self.flash = Some((remark.into(), self.now + FLASH));
    }

    /// The remark to show now.
    pub(crate) fn remark(&self) -> Option<&str> {
        self.flash.as_ref().filter(|(_, until)| self.now < *until).map(|(text, _)| text.as_str())
    }

    /// Takes the remark away, for a presenter that says each once.
    pub(crate) fn take_remark(&mut self) -> Option<String> {
        self.flash.take().map(|(text, _)| text)
    }

    /// Whether a turn or a command of the person runs.
    pub(crate) fn is_busy(&self) -> bool {
        self.status.phase.is_running() || self.activity.is_awaited()
    }

    /// When the next frame is due by itself; `None` while nothing moves.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let is_held = self.config.is_inline && self.pane.waits_for_colours();
        let is_tree_moving = self.tree.is_some() && self.missions.is_working();
        let is_moving = is_held || is_tree_moving || self.activity_moves() || self.pane.wants_animation();
        let animation = is_moving.then(|| self.now + Activity::FRAME);
        let flash = self.flash.as_ref().map(|(_, until)| *until).filter(|until| self.now < *until);
        let guards = [self.deck.guard(), self.desk.guard(), self.question_guard];
        let guard = guards.into_iter().flatten().filter(|until| self.now < *until).min();
        [animation, flash, guard].into_iter().flatten().min()
    }
}
