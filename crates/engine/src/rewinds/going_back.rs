//! Going back, and taking that back.
//!
//! Files go first, as a change like that of a tool: what is replaced is kept and recorded, then it is replaced, then how it
//! was left is recorded. A process that ends between leaves a change that was cut off, and the same rewind carries it to
//! its end. The conversation goes with the last record.

use headwater_protocol::Event;
use headwater_protocol::events::{
    Checkpointed, FilesChanged, KeptFile, RewindScope, Rewound, Uncovered, change_of_rewind,
};

use super::lives::Lives;
use crate::checkpoints::{Checkpoints, Restored, blocking};
use crate::ledger::{Ledger, LedgerError};
use crate::sessions::SessionStore;

/// Who changed the files that are put back, as sentences say it.
pub(super) const WHO: &str = "the agent";
/// The changes as the records call them.
const REWIND: &str = "/rewind";
const REDO: &str = "/redo";

/// Why the session did not go back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RewindError {
    /// It cannot; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// The log cannot be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What became of the files.
#[derive(Default)]
struct Outcome {
    restored: Vec<String>,
    kept: Vec<KeptFile>,
    uncovered: Vec<Uncovered>,
}

/// Goes back to the message of record `to`. Nothing may run.
pub(crate) async fn rewind(
    (ledger, store): (&mut Ledger, &SessionStore),
    checkpoints: Checkpoints,
    to: u64,
    scope: RewindScope,
) -> Result<(), RewindError> {
    check_point(ledger, to).map_err(RewindError::Refused)?;
    let files = if scope.has_files() {
        put_back((ledger, store), checkpoints, to, REWIND).await?
    } else {
        Outcome::default()
    };
    finish(
        ledger,
        Rewound { to, scope, redoes: None, restored: vec![], kept: vec![], uncovered: vec![] },
        files,
    )
    .await
}

/// Whether a record is a message one can go back to; the error is a sentence.
pub(crate) fn check_point(ledger: &Ledger, to: u64) -> Result<(), String> {
    let is_point = ledger.state().rewinds.points().any(|point| point == to);
    is_point
        .then_some(())
        .ok_or_else(|| format!("Record {to} is no message one can go back to; /rewind lists them."))
}

/// Takes the last rewind back.
pub(crate) async fn redo(
    (ledger, store): (&mut Ledger, &SessionStore),
    checkpoints: Checkpoints,
) -> Result<(), RewindError> {
    let Some(last) = ledger.state().rewinds.redoable() else {
        let text =
            "There is no rewind to take back: nothing was rewound, or the conversation has gone on since.";
        return Err(RewindError::Refused(text.to_owned()));
    };
    let from = change_of(ledger, last.seq).filter(|_| last.scope.has_files());
    let files = match from {
        Some(from) => put_back((ledger, store), checkpoints, from, REDO).await?,
        None => Outcome::default(),
    };
    let (to, scope, redoes) = (last.to, last.scope, Some(last.seq));
    finish(ledger, Rewound { to, scope, redoes, restored: vec![], kept: vec![], uncovered: vec![] }, files)
        .await
}

async fn finish(ledger: &mut Ledger, rewound: Rewound, files: Outcome) -> Result<(), RewindError> {
    let Outcome { restored, kept, uncovered } = files;
    ledger.record(Rewound { restored, kept, uncovered, ..rewound }).await?;
    ledger.commit();
    Ok(())
}

/// Puts every file back that was changed from a record on, as far as nobody else has changed it.
async fn put_back(
    (ledger, store): (&mut Ledger, &SessionStore),
    checkpoints: Checkpoints,
    from: u64,
    command: &str,
) -> Result<Outcome, RewindError> {
    let refused = |why: String| RewindError::Refused(format!("Nothing was taken back: {why}."));
    let lives = Lives::of(ledger, store);
    let checkpoints = checkpoints.with(lives.directories.clone());
    let (files, uncovered) = (lives.since(from), lives.uncovered_since(from));
    let looking = checkpoints.clone();
    let looked = blocking(move || {
        let plan = looking.would_restore(files, WHO)?;
        let current = looking.keep_all(&plan.files)?;
        Ok((plan, current))
    });
    let (plan, current) = looked.await.map_err(refused)?;
    if plan.files.is_empty() {
        return Ok(Outcome { restored: Vec::new(), kept: plan.kept, uncovered });
    }
    let call = change_of_rewind(ledger.next_seq());
    let command = Some(command.to_owned());
    ledger.record(Checkpointed { call: call.clone(), command, files: current, uncovered: vec![] }).await?;
    ledger.commit();
    let held = plan.files.clone();
    let restoring = blocking(move || {
        let outcome = checkpoints.restore(held, WHO)?;
        let left = checkpoints.as_left(&outcome.restored)?;
        Ok((outcome, left))
    });
    let (Restored { restored, kept: more }, files) = restoring.await.map_err(refused)?;
    ledger.record(FilesChanged { call, files, uncovered: vec![] }).await?;
    let mut kept = plan.kept;
    let new: Vec<KeptFile> = more.into_iter().filter(|file| !kept.contains(file)).collect();
    kept.extend(new);
    Ok(Outcome { restored, kept, uncovered })
}

/// The record with which the change of files of a rewind begins; `None` where it changed none.
fn change_of(ledger: &Ledger, rewind: u64) -> Option<u64> {
    let before = ledger.records().get(..usize::try_from(rewind).ok()?)?;
    let Event::FilesChanged(changed) = &before.last()?.event else { return None };
    let begun = before.iter().rfind(|record| {
        matches!(&record.event, Event::Checkpointed(kept) if kept.call == changed.call && kept.command.is_some())
    })?;
    Some(begun.seq)
}
