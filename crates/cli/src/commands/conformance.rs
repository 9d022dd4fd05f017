//! `headwater conformance ID|FILE… [--all] [--json]`: examines logs, ours or foreign ones (HARNESS N2).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use headwater_engine::conformance::{Finding, Origin, examine};
use headwater_engine::{SessionStore, regular_file};
use headwater_protocol::{Event, Record, SessionId};
use serde_json::{Value, json};

use crate::output;
use crate::paths::Paths;
use crate::user_error::UserError;

/// What to examine.
#[derive(Debug, Args)]
pub(crate) struct ConformanceArguments {
    /// Sessions by id (or the beginning of it), or transcript files.
    #[arg(value_name = "ID|FILE", required = true)]
    what: Vec<String>,
    /// The sessions below them too: missions, recursive children, sub-agents.
    #[arg(long = "all")]
    has_parts: bool,
    /// As one JSON object a log.
    #[arg(long = "json")]
    is_json: bool,
}

/// A log with what was found in it.
struct Examined {
    path: PathBuf,
    findings: Vec<Finding>,
}

pub(super) fn run(own: &ConformanceArguments) -> Result<u8> {
    let store = SessionStore::new(Paths::find()?.state);
    let mut paths = own.what.iter().map(|what| path_of(&store, what)).collect::<Result<Vec<_>>>()?;
    let mut seen: BTreeSet<PathBuf> = paths.iter().cloned().collect();
    let mut is_sound = true;
    while let Some(path) = (!paths.is_empty()).then(|| paths.remove(0)) {
        let bytes = regular_file::read(&path)
            .map_err(|error| UserError::failed(format!("cannot read {}: {error}", path.display())))?;
        if own.has_parts {
            paths.extend(parts_of(&store, &bytes).into_iter().filter(|part| seen.insert(part.clone())));
        }
        let findings = examine(&bytes, origin_of(&store, &path));
        let examined = Examined { path, findings };
        is_sound &= examined.holds();
        output::print(&if own.is_json { examined.as_json() + "\n" } else { examined.as_text() })?;
    }
    Ok(u8::from(!is_sound))
}

fn path_of(store: &SessionStore, what: &str) -> Result<PathBuf> {
    // What is there and is no file is said to be that, not a session that nobody knows.
    if Path::new(what).symlink_metadata().is_ok() {
        return Ok(what.into());
    }
    Ok(store.transcript(&store.find(what)?))
}

/// Whether a log lies in the store of sessions, however it was named.
fn origin_of(store: &SessionStore, path: &Path) -> Origin {
    let lies_in_store = |(path, state): (PathBuf, PathBuf)| path.starts_with(state);
    let real = path.canonicalize().ok().zip(store.state().canonicalize().ok());
    if real.is_some_and(lies_in_store) { Origin::Store } else { Origin::Elsewhere }
}

/// The logs of the sessions that a log has opened, as far as they are there.
fn parts_of(store: &SessionStore, bytes: &[u8]) -> Vec<PathBuf> {
    let text = String::from_utf8_lossy(bytes);
    let opened = text.lines().filter_map(|line| opened_by(&Record::from_line(line).ok()?));
    opened.map(|id| store.transcript(&id)).filter(|path| path.is_file()).collect()
}

fn opened_by(record: &Record) -> Option<SessionId> {
    if let Event::MissionProposed(proposed) = &record.event {
        Some(proposed.mission.clone())
    } else if let Event::ChildStarted(started) = &record.event {
        started.opened.clone()
    } else if let Event::SubagentStarted(started) = &record.event {
        Some(started.opened.clone())
    } else {
        None
    }
}

impl Examined {
    fn holds(&self) -> bool {
        self.findings.iter().all(Finding::holds)
    }

    fn as_json(&self) -> String {
        let class = |finding: &Finding| json!({"class": finding.class, "ok": finding.holds(), "about": finding.told, "faults": finding.faults});
        let classes: Vec<Value> = self.findings.iter().map(class).collect();
        json!({"log": self.path.to_string_lossy(), "ok": self.holds(), "classes": classes}).to_string()
    }

    fn as_text(&self) -> String {
        let mut text = format!("{}\n", self.path.display());
        // Writing to a String cannot fail, here and below.
        for finding in &self.findings {
            let mark = if finding.holds() { "pass" } else { "FAIL" };
            let _never = writeln!(text, "  {mark}  {:<11}{}", finding.class, finding.told);
            for fault in &finding.faults {
                let _never = writeln!(text, "        {fault}");
            }
        }
        output::without_controls(&text)
    }
}
