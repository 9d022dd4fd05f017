//! What a completion and all recursive ones below it have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_context::{Thresholds, directives_header, root_header};
use headwater_protocol::events::{MissionStarted, SessionStarted};
use headwater_protocol::repl::ReplLimits;
use headwater_protocol::views::{Children, fold};
use headwater_protocol::{Corpus, MissionBudget, ModeId, ModelInfo, Provider, Repl, SessionId, Update};
use tokio::sync::mpsc;

use crate::children::{Memo, StandIns, Widths};
use crate::clock;
use crate::ledger::{Ledger, Opening};
use crate::sessions::resumable::SCHEMA;
use crate::sessions::{LogWriter, SessionLock, SessionStore, StoreError};

/// The part of a child's window that a piece of the context may fill; the rest is for the question and the answer.
const PIECE_SHARE: f64 = 0.6;
/// Characters a token, roughly.
const CHARS_PER_TOKEN: f64 = 2.5;
/// The longest piece that is advised, whatever the window: judgement gets worse with length.
const LONGEST_PIECE: u64 = 100_000;

/// Shared by a completion and everything below it.
pub(crate) struct Family {
    pub(crate) store: SessionStore,
    pub(crate) workspace: PathBuf,
    pub(crate) strong: Arc<dyn Provider>,
    pub(crate) cheap: Arc<dyn Provider>,
    pub(crate) repl: Arc<dyn Repl>,
    pub(crate) widths: Widths,
    pub(crate) limits: ReplLimits,
    pub(crate) thresholds: Thresholds,
    pub(crate) seed: u64,
    pub(crate) version: &'static str,
    /// Who answers for a model that fails for now.
    pub(crate) stand_ins: StandIns,
    pub(crate) updates: mpsc::Sender<Update>,
}

/// A session of a completion, open for writing. The lock is held as long as it lives.
pub(crate) struct Log {
    pub(crate) ledger: Ledger,
    pub(crate) lock: SessionLock,
    pub(crate) session: SessionId,
}

impl Family {
    /// A fresh session below `parent`, without a record yet.
    pub(crate) fn fresh(&self, parent: Option<SessionId>) -> Result<Log, StoreError> {
        let (session, lock) = self.store.create(clock::system())?;
        Ok(Log { ledger: self.ledger(&session, parent)?, lock, session })
    }

    /// The session `id`, which is not there yet.
    pub(crate) fn claim(&self, id: &SessionId, parent: Option<SessionId>) -> Result<Log, StoreError> {
        let lock = self.store.claim(id)?;
        Ok(Log { ledger: self.ledger(id, parent)?, lock, session: id.clone() })
    }

    /// Teaches `memo` what the recursive children of an earlier process had been answered: a child that is asked
    /// again finds in its place what was paid for.
    pub(crate) fn learn_below(&self, children: &Children, memo: &Memo) {
        for session in children.iter().filter_map(|child| child.started.opened.as_ref()) {
            let Ok(loaded) = self.store.load(session) else { continue };
            let below: Children = fold(&loaded.records);
            memo.learn(&below);
            self.learn_below(&below, memo);
        }
    }

    /// The ledger of a session, without what its log holds.
    pub(crate) fn ledger(
        &self,
        session: &SessionId,
        parent: Option<SessionId>,
    ) -> Result<Ledger, StoreError> {
        let path = self.store.transcript(session);
        let log = LogWriter::open(&path).map_err(StoreError::io("open", &path))?;
        let (updates, redactor) = (self.updates.clone(), self.store.redactor().clone());
        let session = session.clone();
        Ok(Ledger::open(Opening { session, parent, log, updates, clock: clock::system, redactor }))
    }

    /// The first record of a session whose root is `root`.
    pub(crate) fn session_started(&self, root: &dyn Provider) -> SessionStarted {
        SessionStarted {
            schema: SCHEMA,
            version: self.version.to_owned(),
            workspace: self.workspace.to_string_lossy().into_owned(),
            vendor: root.vendor().to_owned(),
            model: root.model().clone(),
            mode: ModeId::Recursive,
            header: match self.repl.python() {
                Ok(()) => root_header(root.model(), self.repl.helpers(), self.piece_chars()),
                Err(_missing) => directives_header(self.piece_chars()),
            },
        }
    }

    /// The second record: the terms.
    pub(crate) fn mission_started(
        &self,
        question: &str,
        corpus: &Corpus,
        budget: MissionBudget,
        depth: u32,
    ) -> MissionStarted {
        MissionStarted {
            question: question.to_owned(),
            corpus: corpus.into(),
            budget,
            child_model: format!("{}/{}", self.cheap.vendor(), self.cheap.model().name),
            seed: self.seed,
            depth,
        }
    }

    /// How many characters of context one child should be handed.
    pub(crate) fn piece_chars(&self) -> u64 {
        piece_chars(self.cheap.model())
    }

    /// Where an interpreter keeps the variables of a session.
    pub(crate) fn snapshot(&self, session: &SessionId) -> PathBuf {
        self.store.directory(session).join("variables")
    }

    /// The directory of the store.
    pub(crate) fn state(&self) -> &Path {
        self.store.state()
    }
}

/// How many characters of context one child should be handed.
fn piece_chars(model: &ModelInfo) -> u64 {
    let fitting = model.window.0 as f64 * PIECE_SHARE * CHARS_PER_TOKEN;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a window is never negative or near 2^63"
    )]
    let fitting = fitting as u64;
    (fitting / 1_000 * 1_000).clamp(1_000, LONGEST_PIECE)
}

#[cfg(test)]
mod tests {
    use headwater_protocol::Tokens;

    use super::*;

    #[test]
    fn a_piece_follows_the_window_up_to_what_is_wise() {
        let chars = |window| piece_chars(&ModelInfo { window: Tokens(window), ..ModelInfo::unknown("m") });
        assert_eq!((chars(8_192), chars(32_768), chars(1_000_000)), (12_000, 49_000, 100_000));
        assert_eq!(chars(100), 1_000);
    }
}
