//! What works everywhere: escape in its fixed order, interrupting, quitting, scrolling, copying.

use std::time::Duration;

use headwater_protocol::Op;

use super::{App, Effect, Purpose};
use crate::keymap::GlobalKey;
use crate::overlays;
use crate::popups::Popup;
use crate::setup::Exit;
use crate::transcript_pane::Scroll;

/// Within this time a second Ctrl+C quits.
const TWICE: Duration = Duration::from_secs(2);

/// Keys that move the view on the transcript.
const MOVES: [GlobalKey; 7] = [
    GlobalKey::ScrollUp,
    GlobalKey::ScrollDown,
    GlobalKey::ScrollTop,
    GlobalKey::ScrollBottom,
    GlobalKey::Search,
    GlobalKey::PreviousPrompt,
    GlobalKey::NextPrompt,
];

impl App {
    pub(crate) fn global(&mut self, key: GlobalKey) -> Vec<Effect> {
        if self.config.is_inline && MOVES.contains(&key) {
            self.say("The terminal has the transcript: scroll and search there.");
            return Vec::new();
        }
        match key {
            GlobalKey::NextMode => return self.cycle_mode(true),
            GlobalKey::PreviousMode => return self.cycle_mode(false),
            GlobalKey::Interrupt => return self.interrupt_or_quit(),
            GlobalKey::Escape => return self.escape(),
            GlobalKey::Quit => return self.quit_when_empty(),
            GlobalKey::Help => self.open_help(),
            GlobalKey::Details => self.pane.toggle_details(),
            GlobalKey::Tree => self.open_tree(),
            GlobalKey::ScrollUp => self.pane.scroll(Scroll::Page(-1)),
            GlobalKey::ScrollDown => self.pane.scroll(Scroll::Page(1)),
            GlobalKey::ScrollTop => self.pane.scroll(Scroll::Top),
            GlobalKey::ScrollBottom => self.pane.scroll(Scroll::End),
            GlobalKey::Search => self.popup = Some(Popup::search()),
            GlobalKey::PreviousPrompt => self.pane.jump_prompt(false),
            GlobalKey::NextPrompt => self.pane.jump_prompt(true),
            GlobalKey::Copy => return self.copy_something(),
            GlobalKey::Redraw => return vec![Effect::Redraw],
            GlobalKey::Suspend => return vec![Effect::Suspend],
        }
        Vec::new()
    }

    /// Close a popup, else interrupt, else clear: in this order (INTERFACE, "Keys"). With nothing of that to do, twice goes
    /// back.
    fn escape(&mut self) -> Vec<Effect> {
        if self.popup.is_some() {
            self.close_popup();
            return Vec::new();
        }
        if self.form.is_some() {
            self.leave_form();
            return Vec::new();
        }
        if self.is_busy() {
            return vec![Effect::Send(Op::Interrupt)];
        }
        if self.composer.is_empty() && !self.pane.has_selection() {
            return self.escape_at_rest();
        }
        self.pane.clear_selection();
        self.composer.clear();
        Vec::new()
    }

    fn interrupt_or_quit(&mut self) -> Vec<Effect> {
        let is_second = self.interrupted_at.is_some_and(|first| self.now.duration_since(first) < TWICE);
        if is_second {
            return vec![Effect::Exit(Exit::Quit)];
        }
        self.interrupted_at = Some(self.now);
        self.say("Ctrl+C again quits");
        if self.overlay.take().is_some() || self.tree.take().is_some() {
            return Vec::new();
        }
        if self.is_busy() {
            return vec![Effect::Send(Op::Interrupt)];
        }
        self.close_popup();
        self.composer.clear();
        Vec::new()
    }

    fn quit_when_empty(&mut self) -> Vec<Effect> {
        if self.composer.is_empty() {
            return vec![Effect::Exit(Exit::Quit)];
        }
        self.composer.delete_forward();
        self.refresh_popup()
    }

    /// Opens help for what has the focus now.
    pub(crate) fn open_help(&mut self) {
        self.overlay = Some(overlays::help(self));
    }

    /// Copies the selection, or else the newest answer, as source text.
    pub(crate) fn copy_something(&mut self) -> Vec<Effect> {
        let text = self.pane.copy_text().or_else(|| self.pane.last_answer());
        if text.is_none() {
            self.say("There is nothing to copy yet.");
        }
        text.map(Effect::Copy).into_iter().collect()
    }

    /// Pasted text goes into the composer; line ends in it never send anything.
    pub(super) fn pasted(&mut self, text: &str) -> Vec<Effect> {
        if let Some(overlay) = &mut self.overlay {
            overlay.filter_text(text);
            return Vec::new();
        }
        if self.tree.is_some() || self.paste_into_query(text) || self.is_approving() {
            return Vec::new();
        }
        self.history.stay();
        self.composer.paste(text);
        if self.purpose() == Purpose::Message { self.refresh_popup() } else { Vec::new() }
    }
}
