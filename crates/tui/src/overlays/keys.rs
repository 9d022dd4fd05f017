//! The keys of overlays.

use headwater_protocol::{Op, Query};

use super::Pick;
use crate::app::{App, Effect};
use crate::keymap::{Chord, GlobalKey, OverlayKey, WritingKey};
use crate::setup::Exit;
use crate::theme::Theme;

/// Rows that a page key moves.
const PAGE: i32 = 10;

impl App {
    /// A key while an overlay is open.
    pub(crate) fn overlay_key(&mut self, chord: Chord, global: Option<GlobalKey>) -> Vec<Effect> {
        let is_filtering = self.overlay.as_ref().is_some_and(|overlay| overlay.is_filtering);
        if is_filtering && self.filter_key(chord) {
            return Vec::new();
        }
        match self.config.keymap.find::<OverlayKey>(chord) {
            Some(key) => self.overlay_action(key),
            None => global.map_or_else(Vec::new, |key| self.global_in_overlay(key)),
        }
    }

    /// A key for the filter; whether it was one.
    fn filter_key(&mut self, chord: Chord) -> bool {
        let writing = self.config.keymap.find::<WritingKey>(chord);
        let Some(overlay) = &mut self.overlay else { return false };
        match (chord.typed(), writing) {
            (Some(character), _) => overlay.filter_text(character.encode_utf8(&mut [0; 4])),
            (None, Some(WritingKey::DeleteBack)) => overlay.filter_back(),
            (None, _) => return false,
        }
        true
    }

    fn overlay_action(&mut self, key: OverlayKey) -> Vec<Effect> {
        let Some(overlay) = &mut self.overlay else { return Vec::new() };
        match key {
            OverlayKey::Close if overlay.filter.is_some() => {
                overlay.filter = None;
                overlay.is_filtering = false;
            }
            OverlayKey::Close => self.overlay = None,
            OverlayKey::Up => overlay.scroll(-1),
            OverlayKey::Down => overlay.scroll(1),
            OverlayKey::Filter => {
                overlay.is_filtering = true;
                overlay.filter.get_or_insert_default();
            }
            OverlayKey::Accept if overlay.is_filtering => overlay.is_filtering = false,
            OverlayKey::Accept => {
                let pick = overlay.chosen();
                return pick.map_or_else(Vec::new, |pick| self.take_pick(pick));
            }
            OverlayKey::Remove => {
                if let Some(Pick::Revoke { rule, scope }) = overlay.chosen() {
                    return vec![
                        Effect::Send(Op::RevokeRule { rule, scope }),
                        Effect::Send(Op::Query(Query::Permissions)),
                    ];
                }
            }
        }
        Vec::new()
    }

    fn take_pick(&mut self, pick: Pick) -> Vec<Effect> {
        match pick {
            Pick::Resume(session) => return vec![Effect::Exit(Exit::Resume(session))],
            Pick::Theme(name) => {
                self.overlay = None;
                self.use_theme(name);
                return vec![Effect::Redraw];
            }
            Pick::EditContract => return self.edit_contract(),
            Pick::AcceptUncertainties(ids) => return self.accept_uncertainties(ids),
            Pick::ConsiderHooks { digest } => self.overlay = Some(super::hooks_question(&digest)),
            Pick::ConsiderServer(server) => self.overlay = Some(super::server(&server)),
            Pick::LookAtServers => return vec![Effect::Send(Op::Query(Query::Servers))],
            Pick::SteerServer { name, word } => {
                return vec![Effect::Send(Op::SteerServer { name, word })];
            }
            Pick::LeaveHooks => self.overlay = None,
            Pick::ApproveHooks { digest } => return vec![Effect::Send(Op::ApproveHooks { digest })],
            Pick::RewindTo { to, text } => self.overlay = Some(super::rewind_scopes(to, &text)),
            Pick::PreviewRewind { to, scope, text } => return self.preview_rewind(to, scope, text),
            Pick::Rewind { to, scope, text } => return self.rewind(to, scope, text),
            Pick::Fork { at } => {
                self.overlay = None;
                return vec![Effect::Send(Op::Fork { at: Some(at) })];
            }
            // Taken back by another key.
            Pick::Revoke { .. } => {}
        }
        Vec::new()
    }

    /// Changes the theme for this run; whether there is one of that name.
    pub(crate) fn use_theme(&mut self, name: &str) -> bool {
        let theme = Theme::builtin(name, self.config.color);
        let exists = theme.is_some();
        if let Some(theme) = theme {
            self.theme = theme;
        }
        exists
    }

    /// The few keys that work everywhere and make sense over a page.
    fn global_in_overlay(&mut self, key: GlobalKey) -> Vec<Effect> {
        let Some(overlay) = &mut self.overlay else { return Vec::new() };
        match key {
            GlobalKey::ScrollUp => overlay.scroll(-PAGE),
            GlobalKey::ScrollDown => overlay.scroll(PAGE),
            GlobalKey::ScrollTop => overlay.scroll(i32::MIN),
            GlobalKey::ScrollBottom => overlay.scroll(i32::MAX),
            GlobalKey::Help | GlobalKey::Quit => self.overlay = None,
            GlobalKey::Interrupt | GlobalKey::Redraw | GlobalKey::Suspend | GlobalKey::Tree => {
                return self.global(key);
            }
            GlobalKey::Escape
            | GlobalKey::NextMode
            | GlobalKey::PreviousMode
            | GlobalKey::Details
            | GlobalKey::Search
            | GlobalKey::PreviousPrompt
            | GlobalKey::NextPrompt
            | GlobalKey::Copy => {}
        }
        Vec::new()
    }
}
