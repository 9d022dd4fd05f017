//! Does what needs no terminal: effects that reach files, git, the engine. What comes of them returns as messages.

use std::path::PathBuf;

use tokio::sync::mpsc::Sender;

use super::outbox::Outbox;
use super::outside;
use crate::app::{Effect, Msg};
use crate::popups::Finder;
use crate::setup::{HistoryFile, ScreenSetup};

/// What is there to work with outside.
#[derive(Debug)]
pub(super) struct Places {
    workspace: PathBuf,
    history_file: Option<HistoryFile>,
    doctor: Vec<String>,
}

impl Places {
    /// Those of a screen.
    pub(super) fn of(setup: &ScreenSetup) -> Self {
        Self {
            workspace: setup.workspace.clone(),
            history_file: setup.history_file.clone(),
            doctor: setup.doctor.clone(),
        }
    }
}

/// The world outside the screen.
#[derive(Debug)]
pub(super) struct World {
    places: Places,
    finder: Option<Finder>,
    messages: Sender<Msg>,
    pub(super) outbox: Outbox,
}

impl World {
    /// What comes of effects is sent to `messages`.
    pub(super) fn new(places: Places, messages: Sender<Msg>, outbox: Outbox) -> Self {
        Self { places, finder: None, messages, outbox }
    }

    /// Reads the history file.
    pub(super) fn load_history(&self) {
        if let Some(file) = self.places.history_file.clone() {
            self.in_background(move || Some(Msg::History(outside::load_history(&file.path))));
        }
    }

    /// Does an effect; gives back those which need the terminal.
    pub(super) fn perform(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Send(op) => self.outbox.push(op),
            Effect::SaveHistory(entry) => self.save_history(entry),
            Effect::FindFiles(query) => self.finder().find(query),
            Effect::MakeDiff => self.make_diff(),
            Effect::Examine => self.examine(),
            Effect::Export { name, text } => self.export(name, text),
            Effect::Remember(line) => {
                let workspace = self.places.workspace.clone();
                self.in_background(move || Some(Msg::Remembered(outside::remember(&workspace, &line))));
            }
            other @ (Effect::Copy(_)
            | Effect::OpenEditor(_)
            | Effect::Notify(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Exit(_)) => return Some(other),
        }
        None
    }

    fn save_history(&self, entry: String) {
        if let Some(file) = self.places.history_file.clone() {
            self.in_background(move || {
                // A history that cannot be kept must not disturb the session.
                outside::save_history(&file.path, &file.redact.redact(&entry)).ok();
                None
            });
        }
    }

    fn finder(&mut self) -> &Finder {
        self.finder.get_or_insert_with(|| {
            let messages = self.messages.clone();
            Finder::start(self.places.workspace.clone(), move |hits| {
                messages.blocking_send(Msg::Files(hits)).is_ok()
            })
        })
    }

    fn make_diff(&self) {
        let (workspace, messages) = (self.places.workspace.clone(), self.messages.clone());
        tokio::spawn(async move {
            let diff = outside::diff(&workspace).await;
            // The screen may have ended meanwhile; then nobody wants the diff.
            messages.send(Msg::Diff(diff)).await.ok();
        });
    }

    fn examine(&self) {
        let (command, messages) = (self.places.doctor.clone(), self.messages.clone());
        tokio::spawn(async move {
            let report = outside::report(&command).await;
            // As above.
            messages.send(Msg::Examined(report)).await.ok();
        });
    }

    fn export(&self, name: String, text: String) {
        let workspace = self.places.workspace.clone();
        self.in_background(move || Some(Msg::Exported(outside::export(&workspace, &name, &text))));
    }

    fn in_background(&self, work: impl FnOnce() -> Option<Msg> + Send + 'static) {
        let messages = self.messages.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(message) = work() {
                // The screen may have ended meanwhile; then nobody waits for this.
                messages.blocking_send(message).ok();
            }
        });
    }
}
