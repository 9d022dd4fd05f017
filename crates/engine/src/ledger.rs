//! The ledger: the only place where a record comes into being. It numbers and dates an event, takes secrets out of
//! it, writes it to the log, folds it into the state, and tells the front end.

use std::io;
use std::sync::Arc;

use headwater_policy::Redactor;
use headwater_protocol::events::TurnEnded;
use headwater_protocol::update::Waiting;
use headwater_protocol::{
    Answer, Delta, EndReason, Event, Record, Redact as _, RunState, SessionId, Transcript, Update, View as _,
    transcript::OutOfSequence,
};
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::sessions::LogWriter;

/// The session's log, its state, and the way to the front end.
#[derive(Debug)]
pub(crate) struct Ledger {
    session: SessionId,
    parent: Option<SessionId>,
    transcript: Transcript,
    state: RunState,
    log: LogWriter,
    updates: mpsc::Sender<Update>,
    clock: Clock,
    redactor: Redactor,
}

/// A record could not be kept; nothing more may run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    /// The log cannot be written.
    #[error(
        "the session log cannot be written ({0}); free some space or check the permissions, then resume the session"
    )]
    Write(#[from] io::Error),
    /// The record cannot be put in JSON.
    #[error("a record could not be encoded: {0}")]
    Encode(#[from] serde_json::Error),
    /// The record does not continue the transcript.
    #[error(transparent)]
    Sequence(#[from] OutOfSequence),
}

impl Ledger {
    /// A ledger with no record yet.
    pub(crate) fn open(opening: Opening) -> Self {
        Self {
            session: opening.session,
            parent: opening.parent,
            transcript: Transcript::default(),
            state: RunState::default(),
            log: opening.log,
            updates: opening.updates,
            clock: opening.clock,
            redactor: opening.redactor,
        }
    }

    /// Takes over what the log holds already, and tells the front end.
    pub(crate) async fn recall(&mut self, records: Vec<Record>) -> Result<(), LedgerError> {
        for record in records {
            self.take(Arc::new(record)).await?;
        }
        Ok(())
    }

    /// Takes over what the log holds already; the front end was told before, or reads the log itself.
    pub(crate) fn recall_quietly(&mut self, records: Vec<Record>) -> Result<(), LedgerError> {
        for record in records {
            let record = Arc::new(record);
            self.transcript.append(Arc::clone(&record))?;
            self.state.apply(&record);
        }
        Ok(())
    }

    /// Makes `event` a fact.
    pub(crate) async fn record(&mut self, event: impl Into<Event>) -> Result<(), LedgerError> {
        let record = self.redactor.record(self.next(event.into()))?;
        self.log.append(record.to_line()?)?;
        self.take(Arc::new(record)).await
    }

    fn next(&self, event: Event) -> Record {
        Record {
            seq: self.transcript.next_seq(),
            at: (self.clock)(),
            session: self.session.clone(),
            parent: self.parent.clone(),
            event,
        }
    }

    async fn take(&mut self, record: Arc<Record>) -> Result<(), LedgerError> {
        self.transcript.append(Arc::clone(&record))?;
        self.state.apply(&record);
        self.tell(Update::Record(record)).await;
        Ok(())
    }

    /// Tells the front end; one that is gone misses nothing that the log does not have.
    pub(crate) async fn tell(&self, update: Update) {
        if self.updates.send(update).await.is_err() {
            tracing::debug!("the front end is gone");
        }
    }

    /// Tells the front end something that passes.
    pub(crate) async fn tell_delta(&self, delta: Delta) {
        self.tell(Update::Delta(self.without_secrets(delta))).await;
    }

    /// Sentences may quote what failed; what streams comes from the guarded provider and the filtered sandbox.
    fn without_secrets(&self, delta: Delta) -> Delta {
        match delta {
            Delta::Notice { text } => Delta::Notice { text: self.redactor.redact(&text).into_owned() },
            Delta::Waiting { on: Waiting::Retry { attempt, after, reason } } => {
                let reason = self.redactor.redact(&reason).into_owned();
                Delta::Waiting { on: Waiting::Retry { attempt, after, reason } }
            }
            other => other,
        }
    }

    /// Tells the front end the answer to a query.
    pub(crate) async fn tell_answer(&self, answer: Answer) {
        self.tell(Update::Answer(answered(&self.redactor, answer))).await;
    }

    /// Tells the front end that nothing more can be kept and why: the last thing before the session ends. The end
    /// of the turn is told as a record that the log does not have.
    pub(crate) async fn tell_end(&self, error: &LedgerError) {
        let ended = TurnEnded {
            turn: self.state.phase.turn,
            reason: EndReason::Error,
            text: error.to_string(),
            denied: self.state.approvals.denied_unattended,
            steps: self.state.budget.turn_steps,
        };
        self.tell_delta(Delta::Notice { text: error.to_string() }).await;
        self.tell_unkept(ended).await;
    }

    /// Tells the front end an event that could not be kept, as the last thing before the session ends.
    async fn tell_unkept(&self, event: impl Into<Event>) {
        // What cannot be told without secrets is not told.
        if let Ok(record) = self.redactor.record(self.next(event.into())) {
            self.tell(Update::Record(Arc::new(record))).await;
        }
    }

    /// A way to the front end for parts that must not wait.
    pub(crate) fn updates(&self) -> mpsc::Sender<Update> {
        self.updates.clone()
    }

    /// Ends a transaction: everything recorded so far is to reach the disk soon.
    pub(crate) fn commit(&mut self) {
        self.log.request_sync();
    }

    /// Waits until everything recorded so far is on the disk: what comes next cannot be taken back.
    pub(crate) async fn sync(&mut self) -> Result<(), LedgerError> {
        Ok(self.log.sync().await?)
    }

    /// The number of the next record.
    pub(crate) fn next_seq(&self) -> u64 {
        self.transcript.next_seq()
    }

    /// The session.
    pub(crate) fn session(&self) -> &SessionId {
        &self.session
    }

    /// All records, oldest first.
    pub(crate) fn records(&self) -> &[Arc<Record>] {
        self.transcript.records()
    }

    /// The records that still count, oldest first: without what was rewound.
    pub(crate) fn live(&self) -> Vec<&Arc<Record>> {
        self.transcript.live()
    }

    /// The state as of the last record.
    pub(crate) fn state(&self) -> &RunState {
        &self.state
    }

    /// What must not be kept or shown.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What tells the time.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// The time.
    pub(crate) fn now(&self) -> headwater_protocol::Timestamp {
        (self.clock)()
    }
}

/// What a ledger begins with.
pub(crate) struct Opening {
    /// The session.
    pub(crate) session: SessionId,
    /// The session it was started from.
    pub(crate) parent: Option<SessionId>,
    /// Its log.
    pub(crate) log: LogWriter,
    /// The way to the front end.
    pub(crate) updates: mpsc::Sender<Update>,
    /// The time.
    pub(crate) clock: Clock,
    /// What must not be kept or shown.
    pub(crate) redactor: Redactor,
}

/// An answer without secrets: of all answers, only a preview holds what files say.
pub(crate) fn answered(redactor: &Redactor, answer: Answer) -> Answer {
    match answer {
        Answer::RewindPreview(mut preview) => {
            preview.diff = redactor.redact(&preview.diff).into_owned();
            Answer::RewindPreview(preview)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::UserMessage;

    use super::*;
    use crate::clock;

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_log_that_takes_no_record_ends_with_turn_ended_all_the_same() {
        let (updates, mut told) = mpsc::channel(8);
        let log = LogWriter::open(std::path::Path::new("/dev/full")).unwrap();
        let session = SessionId::new("s");
        let mut ledger = Ledger::open(Opening {
            session,
            parent: None,
            log,
            updates,
            clock: clock::system,
            redactor: Redactor::default(),
        });
        let error = ledger.record(UserMessage { text: "go".into() }).await.unwrap_err();
        ledger.tell_end(&error).await;
        drop(ledger);
        let Some(Update::Delta(Delta::Notice { text })) = told.recv().await else { panic!("a notice first") };
        assert!(text.contains("cannot be written"), "{text}");
        let Some(Update::Record(last)) = told.recv().await else { panic!("then the end") };
        let Event::TurnEnded(ended) = &last.event else { panic!("an end, not {}", last.event.tag()) };
        assert_eq!((last.seq, ended.reason, &ended.text), (0, EndReason::Error, &text));
        assert_eq!(told.recv().await, None);
    }
}
