//! `headwater replay ID|FILE [--verify]`: folds a recorded transcript again.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use clap::Args;
use headwater_engine::{Loaded, ReplayReport, SessionStore, replay};
use headwater_protocol::{Record, RunState, views};

use crate::output;
use crate::paths::Paths;

/// What to replay.
#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// A session's id (or the beginning of it), or a transcript file.
    #[arg(value_name = "ID|FILE")]
    what: String,
    /// Demand that every view and every request come out as recorded; exit code 1 if not.
    #[arg(long = "verify")]
    is_verified: bool,
}

pub(super) fn run(own: &ReplayArguments) -> Result<u8> {
    let loaded = load(&own.what)?;
    let report = replay(&loaded.records);
    let mut faults = faults(&report);
    if !loaded.unreadable.is_empty() {
        faults.push(format!("{} lines cannot be read", loaded.unreadable.len()));
    }
    faults.extend(loaded.chain.breaks.iter().map(ToString::to_string));
    if loaded.records.is_empty() {
        faults.push("there is no record to fold".to_owned());
    }
    if !has_equal_views(&loaded.records, &report.state)? {
        faults.push("the views differ after the records were written and read again".to_owned());
    }
    output::print(&(summary(&report, &faults) + &seals(&loaded)))?;
    Ok(u8::from(own.is_verified && !faults.is_empty()))
}

fn load(what: &str) -> Result<Loaded> {
    let store = SessionStore::new(Paths::find()?.state);
    if Path::new(what).is_file() {
        return Ok(store.load_file(Path::new(what))?);
    }
    Ok(store.load(&store.find(what)?)?)
}

fn faults(report: &ReplayReport) -> Vec<String> {
    let requests = report.mismatches.iter().map(|mismatch| {
        format!(
            "record {}: the request was {} and is now {}",
            mismatch.seq, mismatch.expected, mismatch.found
        )
    });
    requests.chain(report.violations.iter().map(ToString::to_string)).collect()
}

/// Whether a fold over what another process would read gives the same state.
fn has_equal_views(records: &[Record], state: &RunState) -> Result<bool> {
    let again =
        records.iter().map(|record| Record::from_line(&record.to_line()?)).collect::<Result<Vec<_>, _>>()?;
    Ok(views::fold::<RunState>(&again) == *state)
}

/// What the seals say of whether the log is as it was written.
fn seals(loaded: &Loaded) -> String {
    let chain = &loaded.chain;
    match (chain.sealed, chain.unsealed) {
        (0, _) => "the log is not sealed: nothing says whether it was changed\n".to_owned(),
        (_, _) if !chain.breaks.is_empty() => String::new(),
        (sealed, 0) => format!("all {sealed} lines are as they were written\n"),
        (sealed, before) => {
            format!(
                "{sealed} lines are as they were written; the {before} before them are of an older program\n"
            )
        }
    }
}

fn summary(report: &ReplayReport, faults: &[String]) -> String {
    let state = &report.state;
    let mut text = format!(
        "{} records, {} requests, {} turns, {} in all{}\n",
        report.records,
        report.requests,
        state.budget.turns,
        state.budget.cost,
        if state.budget.is_cost_partial { " (some prices are unknown)" } else { "" },
    );
    if faults.is_empty() {
        text.push_str("every view and every request came out as recorded\n");
    }
    for fault in faults {
        // Writing to a String cannot fail.
        let _never = writeln!(text, "differs: {fault}");
    }
    text
}
