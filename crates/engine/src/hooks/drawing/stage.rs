//! What hooks that change the drawing run with, and what one run of them makes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use headwater_protocol::events::HookStatus;
use headwater_protocol::{Cancel, HookPoint, Record, SessionId};
use tokio::sync::watch;

use super::DrawingSetup;
use super::facts::{Course, Facts};
use super::message::{Batch, Message};
use crate::hooks::occasion::Occasion;
use crate::hooks::place::Place;
use crate::hooks::shelf::Hooks;
use crate::hooks::transcript;
use crate::parts::Parts;

/// Updates that may wait for a slow screen.
pub(super) const UPDATES: usize = 4_096;
/// Characters of a status line.
const LONGEST_LINE: usize = 1_000;

/// What they run with.
pub(crate) struct Stage {
    hooks: Hooks,
    setup: DrawingSetup,
    session: String,
    /// Where the transcript for hooks is written.
    transcript: PathBuf,
    workspace: PathBuf,
    home: Option<PathBuf>,
    /// The records told so far, for the transcript that hooks read.
    records: Mutex<Vec<Arc<Record>>>,
    /// Ends what still runs.
    leaving: Cancel,
}

/// What was made of something.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// What is to be drawn; `None` where it is drawn as it is.
    pub(super) text: Option<String>,
    /// Columns left free beside it.
    pub(super) padding: u16,
    /// The hooks that did badly, each with a sentence.
    pub(super) failures: Vec<(String, String)>,
}

/// The hooks of which the person was told that they do badly.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeSet<String>);

impl Told {
    /// What is to be said: of each hook once.
    pub(super) fn news(&mut self, failures: &[(String, String)]) -> Vec<String> {
        failures
            .iter()
            .filter(|(hook, _)| self.0.insert(hook.clone()))
            .map(|(_, said)| said.clone())
            .collect()
    }
}

impl Stage {
    /// What a session's hooks run with.
    pub(crate) fn new(parts: &Parts, setup: DrawingSetup, session: &SessionId) -> Self {
        Self {
            hooks: parts.hooks.clone(),
            setup,
            session: session.to_string(),
            transcript: parts.blobs.with_file_name(transcript::NAME),
            workspace: parts.workspace.clone(),
            home: parts.home.clone(),
            records: Mutex::default(),
            leaving: Cancel::new(),
        }
    }

    /// Whether a hook may change how messages are drawn.
    pub(super) fn changes_messages(&self) -> bool {
        self.hooks.are_at(&[HookPoint::MessageDisplay])
    }

    /// Keeps a record for the transcript.
    pub(super) fn keep(&self, record: &Arc<Record>) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(record));
    }

    pub(super) fn leaving(&self) -> Cancel {
        self.leaving.child()
    }

    pub(super) fn leave(&self) {
        self.leaving.cancel();
    }

    /// What hooks make of a piece of an answer; that of the last that says something counts.
    pub(super) async fn message(
        &self,
        batch: &Batch,
        message: &Message,
        course: &watch::Sender<Course>,
        cancel: &Cancel,
    ) -> Made {
        let (turn, step) = message.place;
        let facts = course.borrow().facts.clone();
        let occasion = Occasion::new(HookPoint::MessageDisplay)
            .with("turn_id", turn.to_string())
            .with("message_id", format!("{turn}.{step}"))
            .with("index", batch.index)
            .with("final", batch.is_final)
            .with("delta", batch.text.as_str());
        self.run(&occasion, &facts, cancel).await
    }

    /// What the command of the status line makes of the session: its first line.
    pub(super) async fn status(&self, facts: &Facts) -> Made {
        if !self.hooks.are_at(&[HookPoint::StatusLine]) {
            return Made::default();
        }
        let told = facts.told(&self.workspace, &self.setup.version);
        let occasion =
            told.into_iter().fold(Occasion::new(HookPoint::StatusLine), |occasion, (name, value)| {
                occasion.with(&name, value)
            });
        let mut made = self.run(&occasion, facts, &self.leaving()).await;
        made.text = made.text.map(|text| {
            text.lines().next().unwrap_or_default().chars().take(LONGEST_LINE).collect::<String>()
        });
        made
    }

    async fn run(&self, occasion: &Occasion, facts: &Facts, cancel: &Cancel) -> Made {
        let place = Place {
            hooks: &self.hooks,
            session: self.session.clone(),
            transcript: self.transcript(),
            mode: facts.session.mode,
            workspace: &self.workspace,
            home: self.home.as_deref(),
        };
        let mut made = Made::default();
        for (hook, said) in place.run_to_draw(occasion, cancel).await {
            if matches!(said.status(), HookStatus::Failed | HookStatus::TimedOut) {
                let text =
                    format!("The hook `{}` changes nothing of what is drawn: {}.", hook.name, said.text);
                // One that was ended with the turn or the session did nothing wrong.
                made.failures.extend((!cancel.is_cancelled()).then_some((hook.script, text)));
            } else if let Some(text) = said.drawn {
                (made.text, made.padding) = (Some(text), hook.padding);
            }
        }
        made
    }

    /// The transcript for hooks, as far as records came by here.
    fn transcript(&self) -> PathBuf {
        let path = self.transcript.clone();
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let write = |known| transcript::keep_up(&path, &records, known, &self.workspace);
        if let Err(error) = self.hooks.keep_up(records.len(), write) {
            tracing::warn!(%error, path = %path.display(), "the transcript for hooks cannot be written");
        }
        path
    }
}
