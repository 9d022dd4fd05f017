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
            OverlayKey::Accept | OverlayKey::Remove => {
                let pick = overlay.chosen();
                return pick.map_or_else(Vec::new, |pick| self.take_pick(pick, key));
            }
        }
        Vec::new()
    }

    fn take_pick(&mut self, pick: Pick, key: OverlayKey) -> Vec<Effect> {
        match pick {
            Pick::Resume(session) if key == OverlayKey::Accept => vec![Effect::Exit(Exit::Resume(session))],
            Pick::Revoke { rule, scope } if key == OverlayKey::Remove => {
                vec![
                    Effect::Send(Op::RevokeRule { rule, scope }),
                    Effect::Send(Op::Query(Query::Permissions)),
                ]
            }
            Pick::Theme(name) if key == OverlayKey::Accept => {
                self.overlay = None;
                self.use_theme(name);
                vec![Effect::Redraw]
            }
            Pick::EditContract if key == OverlayKey::Accept => self.edit_contract(),
            Pick::AcceptUncertainties(ids) if key == OverlayKey::Accept => self.accept_uncertainties(ids),
            Pick::EditContract | Pick::AcceptUncertainties(_) => Vec::new(),
            Pick::ConsiderHooks { digest } if key == OverlayKey::Accept => {
                self.overlay = Some(super::hooks_question(&digest));
                Vec::new()
            }
            Pick::LeaveHooks if key == OverlayKey::Accept => {
                self.overlay = None;
                Vec::new()
            }
            Pick::ApproveHooks { digest } if key == OverlayKey::Accept => {
                vec![Effect::Send(Op::ApproveHooks { digest })]
            }
            Pick::RewindTo { to, text } if key == OverlayKey::Accept => {
                self.overlay = Some(super::rewind_scopes(to, &text));
                Vec::new()
            }
            Pick::PreviewRewind { to, scope, text } if key == OverlayKey::Accept => {
                self.preview_rewind(to, scope, text)
            }
            Pick::Rewind { to, scope, text } if key == OverlayKey::Accept => self.rewind(to, scope, text),
            Pick::Fork { at } if key == OverlayKey::Accept => {
                self.overlay = None;
                vec![Effect::Send(Op::Fork { at: Some(at) })]
            }
            Pick::RewindTo { .. } | Pick::PreviewRewind { .. } | Pick::Rewind { .. } | Pick::Fork { .. } => {
                Vec::new()
            }
            Pick::ConsiderHooks { .. } | Pick::LeaveHooks | Pick::ApproveHooks { .. } => Vec::new(),
            Pick::Resume(_) | Pick::Revoke { .. } | Pick::Theme(_) => Vec::new(),
        }
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
