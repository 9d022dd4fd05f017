//! Popups above the composer: files (`@`), commands (`/`), history and search. Two follow the word under the
//! cursor, two have a query of their own.

mod choices;
mod files;
mod finder;
mod fuzzy;
mod history;
mod keys;
mod palette;
mod search;

pub(crate) use choices::{Choices, Row};
pub(crate) use files::{FileHits, FileQuery, FilesPopup};
pub(crate) use finder::Finder;
pub(crate) use history::HistoryPopup;
pub(crate) use palette::{Entry, PalettePopup};
pub(crate) use search::SearchPopup;

use crate::composer::History;

/// The popup above the composer.
#[derive(Clone, Debug)]
pub(crate) enum Popup {
    /// Files of the workspace, for the mention being written.
    Files(FilesPopup),
    /// Slash commands, for the word being written.
    Palette(PalettePopup),
    /// Messages sent before.
    History(HistoryPopup),
    /// Search in the transcript.
    Search(SearchPopup),
}

impl Popup {
    /// The history, nothing typed yet.
    pub(crate) fn history(history: &History) -> Self {
        Self::History(HistoryPopup::new(history))
    }

    /// The search, nothing typed yet.
    pub(crate) fn search() -> Self {
        Self::Search(SearchPopup::default())
    }

    /// Whether it has a query of its own; the others follow the text.
    fn has_query(&self) -> bool {
        match self {
            Self::Files(_) | Self::Palette(_) => false,
            Self::History(_) | Self::Search(_) => true,
        }
    }

    /// What stands on its frame.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Files(files) => files.title(),
            Self::Palette(_) => "commands".to_owned(),
            Self::History(history) => format!("history: {}", history.query()),
            Self::Search(search) => search.title(),
        }
    }

    /// The entries to show, and which of them is chosen.
    pub(crate) fn rows(&self) -> (Vec<Row>, usize) {
        match self {
            Self::Files(files) => files.hits.rows(|path| Row::plain(path)),
            Self::Palette(palette) => palette.hits.rows(palette::Entry::row),
            Self::History(history) => history.hits.rows(|entry| Row::plain(&entry.replace('\n', " ⏎ "))),
            Self::Search(_) => (Vec::new(), 0),
        }
    }

    fn step(&mut self, is_down: bool) {
        match self {
            Self::Files(files) => files.hits.step(is_down),
            Self::Palette(palette) => palette.hits.step(is_down),
            Self::History(history) => history.hits.step(is_down),
            Self::Search(_) => {}
        }
    }
}
