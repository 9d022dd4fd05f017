//! Running one block: a record before, a record after, and the calls it makes written to the log meanwhile.

use std::time::Duration;

use headwater_protocol::events::{CellReturned, CellStarted};
use headwater_protocol::repl::{BudgetReport, CellError, CellOutcome, CellRequest};
use headwater_protocol::{Cancel, Event, Tokens, Usd};
use tokio::sync::mpsc;

use super::feedback::{CallTally, feedback};
use super::host::Counts;
use super::root::Root;
use crate::children::JournalEntry;
use crate::ledger::{Ledger, LedgerError};
use crate::turn::TurnError;

/// Runs `code` as the next block.
pub(super) async fn run_block(root: &mut Root<'_>, code: &str) -> Result<CellOutcome, TurnError> {
    let cell = root.ledger.state().mission.cells + 1;
    // A block that the last process did not finish has its record already.
    let is_begun = root.ledger.state().mission.open_cell == Some(cell) && was_begun(root.ledger, code);
    if !is_begun {
        root.ledger.record(CellStarted { cell, code: code.to_owned() }).await?;
    }
    let before = (root.account.report(), root.tally.counts());
    let cancel = root.cancel.child();
    let left = Duration::from_secs(root.account.report().seconds_left);
    let ran = {
        let request = CellRequest { cell, code: code.to_owned() };
        let run = root.interpreter.run(request, cancel.clone());
        let work = async {
            let ran = with_deadline(run, left, &cancel).await;
            // Calls that the block waits for no longer come to their ends before anything else happens.
            root.tools.settled().await;
            ran
        };
        pump(root.ledger, &mut root.journal, work).await?
    };
    let outcome = ran.unwrap_or_else(|error| CellOutcome {
        error: Some(CellError { line: None, message: error.to_string() }),
        ..CellOutcome::default()
    });
    let tally = tally_since(root, before);
    keep(root, cell, &outcome, tally).await?;
    Ok(outcome)
}

async fn keep(
    root: &mut Root<'_>,
    cell: u32,
    outcome: &CellOutcome,
    tally: CallTally,
) -> Result<(), TurnError> {
    let is_repeated = is_repeated(root.ledger, outcome);
    let text = feedback(cell, outcome, tally, &root.account.report(), is_repeated);
    let is_changed = |name: &String| outcome.changed.contains(name);
    let variables = outcome.variables.iter().filter(|variable| is_changed(&variable.name)).cloned().collect();
    let returned = CellReturned {
        cell,
        stdout: outcome.stdout.clone(),
        stdout_bytes: outcome.stdout_bytes,
        shown: outcome.shown.clone(),
        error: outcome.error.clone(),
        answer: outcome.answer.clone(),
        variables,
        text,
        millis: millis(outcome.ran),
        waited_millis: millis(outcome.waited),
    };
    root.ledger.record(returned).await?;
    root.ledger.commit();
    Ok(())
}

/// What the calls of a block came to: its part of the account, and what came for nothing or not at all.
fn tally_since(root: &Root<'_>, (before, counted): (BudgetReport, Counts)) -> CallTally {
    let (now, counts) = (root.account.report(), root.tally.counts());
    let cached = counts.cached.saturating_sub(counted.cached);
    CallTally {
        calls: now.calls.saturating_sub(before.calls) + cached,
        cached,
        errors: counts.errors.saturating_sub(counted.errors),
        tokens: Tokens(now.tokens.saturating_sub(before.tokens)),
        cost: Usd((now.cost_usd - before.cost_usd).max(0.0)),
    }
}

/// Whether the last block that began has this code.
fn was_begun(ledger: &Ledger, code: &str) -> bool {
    let last = ledger.records().iter().rev().find_map(|record| {
        if let Event::CellStarted(cell) = &record.event { Some(cell.code.as_str()) } else { None }
    });
    last == Some(code)
}

/// Whether a block printed what the one before it printed.
fn is_repeated(ledger: &Ledger, outcome: &CellOutcome) -> bool {
    let before = ledger
        .records()
        .iter()
        .rev()
        .find_map(|record| if let Event::CellReturned(cell) = &record.event { Some(cell) } else { None });
    before.is_some_and(|before| {
        !outcome.stdout.is_empty() && before.stdout == outcome.stdout && before.shown == outcome.shown
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Runs `work`, and cancels it when the time is up.
async fn with_deadline<T>(work: impl Future<Output = T>, left: Duration, cancel: &Cancel) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        outcome = &mut work => outcome,
        () = tokio::time::sleep(left) => {
            cancel.cancel();
            work.await
        }
    }
}

/// Runs `work` and writes what it journals meanwhile.
pub(crate) async fn pump<T>(
    ledger: &mut Ledger,
    journal: &mut mpsc::Receiver<JournalEntry>,
    work: impl Future<Output = T>,
) -> Result<T, LedgerError> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            Some(entry) = journal.recv() => entry.write(ledger).await?,
            outcome = &mut work => {
                // What it sent with its last breath is still a fact.
                while let Ok(entry) = journal.try_recv() {
                    entry.write(ledger).await?;
                }
                return Ok(outcome);
            }
        }
    }
}
