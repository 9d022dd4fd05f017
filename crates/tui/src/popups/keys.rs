//! Opening, refreshing and closing popups, and the keys they take.

use super::Popup;
use super::files::{FileHits, FileQuery, FilesPopup, mention, written};
use super::palette::{PalettePopup, command_word};
use crate::app::{App, Effect, Purpose};
use crate::commands;
use crate::keymap::{Chord, GlobalKey, PopupKey, WritingKey};

impl App {
    /// A key while a popup is open; `None` when the popup has no use for it.
    pub(crate) fn popup_key(&mut self, chord: Chord) -> Option<Vec<Effect>> {
        let has_query = self.popup.as_ref()?.has_query();
        if let Some(key) = self.config.keymap.find::<PopupKey>(chord) {
            return self.popup_action(key);
        }
        if has_query { self.query_key(chord) } else { None }
    }

    fn popup_action(&mut self, key: PopupKey) -> Option<Vec<Effect>> {
        match key {
            PopupKey::Up => self.popup_step(false),
            PopupKey::Down => self.popup_step(true),
            PopupKey::Complete => return Some(self.complete()),
            PopupKey::Accept => return self.accept(),
            PopupKey::Close => self.close_popup(),
        }
        Some(Vec::new())
    }

    fn popup_step(&mut self, is_down: bool) {
        if matches!(self.popup, Some(Popup::Search(_))) {
            self.pane.search_next(is_down);
        } else if let Some(popup) = &mut self.popup {
            popup.step(is_down);
        }
    }

    /// A key of a popup with its own query: letters go there, and only what works everywhere passes on.
    fn query_key(&mut self, chord: Chord) -> Option<Vec<Effect>> {
        let writing = self.config.keymap.find::<WritingKey>(chord);
        if let Some(typed) = chord.typed() {
            self.add_to_query(typed.encode_utf8(&mut [0; 4]));
        } else if writing == Some(WritingKey::DeleteBack) {
            self.shorten_query();
        } else if writing == Some(WritingKey::HistorySearch) {
            self.popup_step(true);
        } else if self.config.keymap.find::<GlobalKey>(chord).is_some() {
            return None;
        }
        Some(Vec::new())
    }

    /// Pasted text goes to the popup when that has a query, which is one line; whether it had one.
    pub(crate) fn paste_into_query(&mut self, text: &str) -> bool {
        let has_query = self.popup.as_ref().is_some_and(Popup::has_query);
        if has_query {
            let line = text.trim_start().lines().next().unwrap_or_default();
            self.add_to_query(&line.chars().filter(|c| !c.is_control()).collect::<String>());
        }
        has_query
    }

    fn add_to_query(&mut self, text: &str) {
        match &mut self.popup {
            Some(Popup::History(history)) => history.push(text, &self.history),
            Some(Popup::Search(search)) => search.push(text),
            Some(Popup::Files(_) | Popup::Palette(_)) | None => {}
        }
        self.search_anew();
    }

    fn shorten_query(&mut self) {
        match &mut self.popup {
            Some(Popup::History(history)) => history.delete_back(&self.history),
            Some(Popup::Search(search)) => search.delete_back(),
            Some(Popup::Files(_) | Popup::Palette(_)) | None => {}
        }
        self.search_anew();
    }

    /// Searches the transcript for what the query has become.
    fn search_anew(&mut self) {
        if let Some(Popup::Search(search)) = &mut self.popup {
            search.found(self.pane.search(search.query()));
        }
    }

    /// Puts the chosen entry into the composer.
    fn complete(&mut self) -> Vec<Effect> {
        match self.popup.take() {
            Some(Popup::Files(files)) => {
                if let Some(path) = files.hits.chosen() {
                    self.composer.complete(files.start, &written(path));
                }
            }
            Some(Popup::Palette(palette)) => {
                if let Some(entry) = palette.hits.chosen() {
                    self.composer.complete(0, &format!("/{} ", entry.name));
                }
            }
            Some(Popup::History(history)) => {
                if let Some(entry) = history.hits.chosen() {
                    self.composer.set(entry);
                }
            }
            Some(Popup::Search(search)) => self.popup = Some(Popup::Search(search)),
            None => {}
        }
        self.refresh_popup()
    }

    /// Enter: takes the chosen entry; `None` when there is none and Enter means sending.
    fn accept(&mut self) -> Option<Vec<Effect>> {
        match self.popup.as_ref()? {
            Popup::Files(files) if files.hits.is_empty() => None,
            Popup::Palette(palette) => {
                let name = palette.hits.chosen()?.name.clone();
                self.composer.set(&format!("/{name}"));
                self.popup = None;
                Some(self.submit())
            }
            Popup::Search(_) => {
                self.pane.search_next(false);
                Some(Vec::new())
            }
            Popup::Files(_) | Popup::History(_) => Some(self.complete()),
        }
    }

    /// Closes the popup; one that follows the text stays closed until the word ends.
    pub(crate) fn close_popup(&mut self) {
        match self.popup.take() {
            Some(Popup::Files(_) | Popup::Palette(_)) => self.is_popup_dismissed = true,
            Some(Popup::Search(_)) => {
                self.pane.search("");
            }
            Some(Popup::History(_)) | None => {}
        }
    }

    /// Opens, refreshes or closes the popup which follows the text.
    pub(crate) fn refresh_popup(&mut self) -> Vec<Effect> {
        let is_message = matches!(self.purpose(), Purpose::Message | Purpose::Command);
        let before = if is_message { self.composer.before_cursor() } else { "" };
        if let Some(word) = command_word(before) {
            if !self.is_popup_dismissed {
                self.popup = Some(Popup::Palette(PalettePopup::new(&commands::entries(self), word)));
            }
        } else if let Some((start, letters)) = mention(before) {
            if !self.is_popup_dismissed {
                let query = FileQuery { text: letters.to_owned() };
                return self.open_files(start, query);
            }
        } else {
            self.is_popup_dismissed = false;
            self.popup = None;
        }
        Vec::new()
    }

    fn open_files(&mut self, start: usize, query: FileQuery) -> Vec<Effect> {
        let earlier = match self.popup.take() {
            Some(Popup::Files(files)) => Some(files),
            Some(Popup::Palette(_) | Popup::History(_) | Popup::Search(_)) | None => None,
        };
        self.popup = Some(Popup::Files(FilesPopup::new(start, query.clone(), earlier)));
        vec![Effect::FindFiles(query)]
    }

    /// Takes in files that were found.
    pub(crate) fn found_files(&mut self, hits: FileHits) {
        if let Some(Popup::Files(files)) = &mut self.popup {
            files.found(hits);
        }
    }
}
